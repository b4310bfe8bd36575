/// An option of git's merge strategy, as `git merge -X` and `git merge-tree -X` take it.
///
/// Source: git-merge(1), "MERGE STRATEGIES".
public struct StrategyOption: Sendable {
    private let change: @Sendable (inout MergeOptions) -> Void

    /// Why a text is no option that can be followed.
    public enum Refusal: Error, Hashable, Sendable {
        /// git does not know it either.
        case unknown
        /// git knows it, and it is not followed here: what is asked for, in words.
        case notFollowed(String)
    }

    /// Reads an option.
    ///
    /// Example: `StrategyOption("find-renames=70%")`.
    public init(_ text: String) throws(Refusal) {
        if let plain = Self.plain(text) {
            change = plain
        } else if let renames = try Self.renames(text) {
            change = renames
        } else {
            throw Self.refusal(text)
        }
    }

    /// Sets what the option asks for; the last of several counts.
    public func apply(to options: inout MergeOptions) { change(&options) }

    private typealias Change = @Sendable (inout MergeOptions) -> Void

    private static func plain(_ text: String) -> Change? {
        switch text {
        case "ours": { $0.favor = .ours }
        case "theirs": { $0.favor = .theirs }
        case "ignore-space-change": { $0.whitespace = max($0.whitespace, .ignoreAmount) }
        case "ignore-all-space": { $0.whitespace = max($0.whitespace, .ignoreAll) }
        case "ignore-space-at-eol": { $0.whitespace = max($0.whitespace, .ignoreAtEnd) }
        case "ignore-cr-at-eol": { $0.whitespace = max($0.whitespace, .ignoreReturnAtEnd) }
        case "no-renames": { $0.detectsRenames = false }
        case "find-renames":
            {
                $0.detectsRenames = true
                $0.renameScore = MergeOptions().renameScore
            }
        // What merging does anyway.
        case "histogram", "diff-algorithm=histogram", "no-renormalize": { _ in }
        default: nil
        }
    }

    private static func renames(_ text: String) throws(Refusal) -> Change? {
        for name in ["find-renames=", "rename-threshold="] where text.hasPrefix(name) {
            guard let score = score(text.dropFirst(name.count)) else { throw .unknown }
            return {
                $0.detectsRenames = true
                // No share at all stands for git's own choice.
                $0.renameScore = score == 0 ? MergeOptions().renameScore : score
            }
        }
        return nil
    }

    /// A share such as `70%`, `0.7` or `7`, which is that behind the decimal point.
    private static func score(_ text: Substring) -> Int? {
        var (number, scale, isBehindPoint) = (0, 1, false)
        for (place, character) in text.enumerated() {
            if character == ".", !isBehindPoint {
                (scale, isBehindPoint) = (1, true)
            } else if character == "%" {
                guard place == text.count - 1 else { return nil }
                scale = isBehindPoint ? scale * 100 : 100
            } else if let digit = character.wholeNumberValue, character.isASCII {
                guard scale < 100_000 else { continue }
                (scale, number) = (scale * 10, number * 10 + digit)
            } else {
                return nil
            }
        }
        return number >= scale ? MergeOptions.wholeScore : MergeOptions.wholeScore * number / scale
    }

    private static func refusal(_ text: String) -> Refusal {
        switch text {
        case "patience", "diff-algorithm=patience", "diff-algorithm=minimal", "diff-algorithm=myers",
            "diff-algorithm=default":
            .notFollowed("lines are compared by histogram only")
        case "renormalize": .notFollowed("files are merged as they are stored")
        default:
            text == "subtree" || text.hasPrefix("subtree=")
                ? .notFollowed("trees are merged at their roots only") : .unknown
        }
    }
}
