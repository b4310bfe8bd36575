public import HybridGit

/// What a merge came to.
public struct MergeAnswer: Sendable {
    /// Whether nothing is in the way: git calls it clean, nothing is lost, and no message tells of a conflict.
    public var isClean: Bool
    /// Whether git calls it clean, which it does for some merges that lose a file or tell of a conflict.
    public var isCleanForGit: Bool
    /// The merged tree; where there are conflicts, the files in it show them with markers.
    public var tree: ObjectID
    /// The versions of conflicted paths, by path and stage, as git's index would hold them.
    ///
    /// Can be empty although the merge is not clean: a renamed folder whose new place is unclear has no versions.
    public var conflicted: [ConflictedEntry]
    /// What there is to say, by path; notes included.
    public var messages: [MergeMessage]
    /// git's advice about conflicted submodules; empty for none.
    public var advice: [UInt8]
    /// Whether the advice is for stderr (git from 2.45 on), or stands behind the messages.
    public var isAdviceApart = true
    /// The `merge.renameLimit` that would have been needed to look for all renames; nil where none was left out.
    public var neededRenameLimit: Int?
    /// What the tree leaves out although nobody took it away.
    ///
    /// git, in every version, loses such content in rare cases, when files and folders are renamed onto each other; the tree
    /// is git's to the byte, so whoever uses it must put these back. Never with a clean merge.
    public var lost: [LostContent]
    var texts: [RepoPath: TextConflict]

    /// One version of a conflicted path.
    public struct ConflictedEntry: Hashable, Sendable {
        /// The path.
        public var path: RepoPath
        /// Which version.
        public var stage: MergeStage
        /// Where the version stood before it was renamed; the path itself otherwise.
        public var origin: RepoPath
        /// What stands there; nothing in the rare cases in which git records a stage without content.
        public var entry: TreeEntry
    }
}

extension MergeAnswer {
    /// What a person should know beside the answer; empty almost always.
    public var warnings: [String] {
        var warnings = lost.map {
            "\($0.path): git's own answer leaves this out of the merged tree although nobody took it away"
        }
        if let needed = neededRenameLimit {
            warnings.append(
                "too many files to look for all renames; to look for them: git config merge.renameLimit \(needed)"
            )
        }
        return warnings
    }

    /// What git tells on stderr, line by line; empty almost always.
    public var hints: [String] {
        guard isAdviceApart, !advice.isEmpty else { return [] }
        return String(decoding: advice, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

extension MergeAnswer {
    /// How an answer is written: the forms of `git merge-tree --write-tree`.
    public struct Format: Sendable {
        /// The verdict in front, as `--stdin` has it: 1 clean, 0 not.
        public var withVerdict: Bool
        /// NUL ends each field, as with `-z`; otherwise lines, with paths quoted where they hold unusual bytes.
        public var isTerminated: Bool
        /// Each conflicted path once, without modes, ids and stages.
        public var namesOnly: Bool
        /// Whether messages are written; nil for those of merges that are not clean.
        public var messages: Bool?

        /// Makes a format.
        public init(
            withVerdict: Bool = false, isTerminated: Bool = false, namesOnly: Bool = false,
            messages: Bool? = nil
        ) {
            self.withVerdict = withVerdict
            self.isTerminated = isTerminated
            self.namesOnly = namesOnly
            self.messages = messages
        }

        /// The bytes of an answer.
        public func bytes(_ answer: MergeAnswer) -> [UInt8] {
            let end: UInt8 = isTerminated ? 0 : 10
            var out: [UInt8] = []
            if withVerdict { out += [answer.isCleanForGit ? 49 : 48, end] }
            out += answer.tree.description.utf8
            out.append(end)
            var last: RepoPath?
            for item in answer.conflicted where !namesOnly || item.path != last {
                if !namesOnly {
                    let octal = item.entry.kind.octal
                    let padded = String(repeating: "0", count: max(0, 6 - octal.count)) + octal
                    out += "\(padded) \(item.entry.id) \(item.stage.number)\t".utf8
                }
                out += isTerminated ? item.path.bytes : PathQuoting.quoted(item.path.bytes)
                out.append(end)
                last = item.path
            }
            if messages ?? !answer.isCleanForGit {
                out.append(end)
                for message in answer.messages { append(message, to: &out) }
                if !answer.isAdviceApart { out += answer.advice }
            }
            if withVerdict { out.append(end) }
            return out
        }

        private func append(_ message: MergeMessage, to out: inout [UInt8]) {
            if isTerminated {
                out += "\(message.paths.count)\0".utf8
                for path in message.paths { out += path.bytes + [0] }
                out += "\(message.type.text)\0".utf8
            }
            out += message.text
            out.append(10)
            if isTerminated { out.append(0) }
        }
    }
}

/// A text that conflicts: the versions, and the lines of each conflict.
struct TextConflict: Sendable {
    var files: ThreeWay<ObjectID?>
    var hunks: [TextMerge.Hunk]
}

/// Paths as git shows them: in double quotes with C's escapes where a byte is unusual (`core.quotePath`).
enum PathQuoting {
    static func quoted(_ path: [UInt8]) -> [UInt8] {
        guard path.contains(where: { $0 < 32 || $0 >= 127 || $0 == 34 || $0 == 92 }) else { return path }
        var out: [UInt8] = [34]
        for byte in path {
            switch byte {
            case 7...13: out += [92, Array("abtnvfr".utf8)[Int(byte) - 7]]
            case 34, 92: out += [92, byte]
            case ..<32, 127...:
                let octal = String(byte, radix: 8)
                out += [92] + Array((String(repeating: "0", count: 3 - octal.count) + octal).utf8)
            default: out.append(byte)
            }
        }
        return out + [34]
    }
}
