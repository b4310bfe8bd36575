/// What the worktrees of a repository share and a worker may change: configuration, hooks, attributes, refs.
public struct SharedState: Codable, Hashable, Sendable {
    /// The values of each key in each configuration file, by the file's path.
    public var settings: [String: [String: [String]]]
    /// A mark of mode and content of each file that git obeys, by its path in the git directory.
    public var files: [String: String]
    /// The ids that branches, tags and the stash name, by full name.
    public var refs: [String: String]

    /// Makes a state.
    public init(
        settings: [String: [String: [String]]] = [:], files: [String: String] = [:],
        refs: [String: String] = [:]
    ) {
        self.settings = settings
        self.files = files
        self.refs = refs
    }

    /// One thing that is not as it was.
    public struct Change: Hashable, Sendable {
        /// What a change can do.
        public enum Kind: Hashable, Sendable {
            /// It makes git run or read something else: the run stops.
            case executes
            /// It is said, and the run goes on.
            case reported
        }
        /// The key, the file or the ref.
        public var what: String
        /// What it can do.
        public var kind: Kind
        /// Before and after, one line.
        public var detail: String
        /// How to bring back what was, as a command or a sentence.
        public var undo: String
        /// The program whose set-up it looks like; nil where it is none that is known.
        public var tool: SetUpTool?
    }

    /// What differs between two states, in the order of names.
    ///
    /// Complexity: O(n log n) in the number of entries.
    public static func changes(
        from old: SharedState, to new: SharedState, around: Surroundings = Surroundings()
    ) -> [Change] {
        settingChanges(old, new, around) + fileChanges(old, new, around) + refChanges(old, new)
    }

    private static func fileChanges(
        _ old: SharedState, _ new: SharedState, _ around: Surroundings
    ) -> [Change] {
        Set(old.files.keys).union(new.files.keys).sorted().compactMap { path in
            let (before, after) = (old.files[path], new.files[path])
            guard before != after else { return nil }
            let harmless =
                path.hasSuffix("info/exclude") || path.hasSuffix("/shallow")
                || path.hasSuffix(".sample") && ![before, after].contains { $0.map(isExecutable) ?? false }
            let deed = before == nil ? "it is new" : after == nil ? "it is gone" : "it was changed"
            return Change(
                what: neutralise(path), kind: harmless ? .reported : .executes, detail: deed,
                undo: before == nil ? "rm \(quoted(path))" : "bring \(neutralise(path)) back as it was",
                tool: after == nil ? nil : around.content(path).flatMap(SetUpTool.of))
        }
    }

    private static func refChanges(_ old: SharedState, _ new: SharedState) -> [Change] {
        replacements(old, new)
            + old.refs.keys.sorted().compactMap { ref in
                guard !ref.hasPrefix(replace), let before = old.refs[ref], new.refs[ref] != before else {
                    return nil
                }
                let branch = "refs/heads/"
                let name = String(ref.dropFirst(branch.count))
                // Never over what is there now: it may be the user's own new commit.
                let undo =
                    !ref.hasPrefix(branch)
                    ? "git update-ref \(quoted(ref + (new.refs[ref] == nil ? "" : "-before"))) \(before)"
                    : "git branch \(quoted(name + (new.refs[ref] == nil ? "" : "-before"))) \(before)"
                return Change(
                    what: neutralise(ref), kind: .reported,
                    detail: "was \(before), is \(new.refs[ref] ?? "gone")", undo: undo)
            }
    }

    private static let replace = "refs/replace/"

    /// Replacements make git read another object than the one that was merged and verified (git-replace(1)).
    private static func replacements(_ old: SharedState, _ new: SharedState) -> [Change] {
        Set(old.refs.keys).union(new.refs.keys).filter { $0.hasPrefix(replace) }.sorted().compactMap { ref in
            let (before, after) = (old.refs[ref], new.refs[ref])
            guard before != after else { return nil }
            return Change(
                what: neutralise(ref), kind: .executes,
                detail: "was \(before ?? "not there"), is \(after ?? "gone")",
                undo: before.map { "git update-ref \(quoted(ref)) \($0)" }
                    ?? "git update-ref -d \(quoted(ref))"
            )
        }
    }

    private static func isExecutable(_ mark: String) -> Bool {
        guard let mode = mark.split(separator: " ").first.flatMap({ Int($0, radix: 8) }) else { return true }
        return mode & 0o111 != 0 || mode & 0o170000 != 0o100000
    }

    /// Safe on a terminal, and one word for a shell.
    static func quoted(_ text: String) -> String {
        "'"
            + neutralise(text).split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: "'\\''")
            + "'"
    }
}
