public import HybridGit

/// A path where two sides do not merge cleanly.
public struct Conflict: Hashable, Sendable {
    /// The path.
    public var path: RepoPath
    /// git's names for what is wrong, such as "CONFLICT (contents)".
    public var types: [String]
    /// What each side has there.
    public var entries: ThreeWay<TreeEntry?>
    /// Where each version came from, where it was renamed; nil otherwise.
    public var origins: ThreeWay<RepoPath?>
    /// The places that differ, for texts.
    public var hunks: [Hunk]

    /// Lines of one side.
    public struct Span: Hashable, Sendable {
        /// The number of the first line, from 1.
        public var start: Int
        /// The lines, without their ends.
        public var lines: [String]
    }

    /// One place where both sides changed the same lines differently.
    public struct Hunk: Hashable, Sendable {
        /// The merge base's lines.
        public var base: Span
        /// Our lines.
        public var ours: Span
        /// Their lines.
        public var theirs: Span
    }
}

extension MergeEngine {
    /// The conflicts of an answer, path by path, with the lines that do not fit together.
    ///
    /// Reads the conflicted texts again.
    public func conflicts(in answer: MergeAnswer) throws(GitError) -> [Conflict] {
        var entries: [RepoPath: ThreeWay<TreeEntry?>] = [:]
        for item in answer.conflicted {
            entries[item.path, default: ThreeWay(base: nil, ours: nil, theirs: nil)][item.stage] = item.entry
        }
        var origins: [RepoPath: ThreeWay<RepoPath?>] = [:]
        for item in answer.conflicted where item.origin != item.path {
            origins[item.path, default: ThreeWay(base: nil, ours: nil, theirs: nil)][item.stage] = item.origin
        }
        var types: [RepoPath: [String]] = [:]
        for message in answer.messages where message.type.isConflict {
            // A path that is only mentioned has its say where nothing else is said of it.
            for (place, path) in message.paths.enumerated() where place == 0 || entries[path] != nil {
                if types[path]?.contains(message.type.rawValue) != true {
                    types[path, default: []].append(message.type.rawValue)
                }
            }
        }
        var conflicts: [Conflict] = []
        for path in Set(entries.keys).union(types.keys).sorted() {
            var hunks: [Conflict.Hunk] = []
            if let text = answer.texts[path] {
                var files = ThreeWay<[UInt8]>(base: [], ours: [], theirs: [])
                for stage in MergeStage.allCases {
                    if let id = text.files[stage] { files[stage] = try store.blob(id) }
                }
                hunks = Conflict.Hunk.list(text.hunks, in: files)
            }
            conflicts.append(
                Conflict(
                    path: path, types: types[path] ?? [],
                    entries: entries[path] ?? ThreeWay(base: nil, ours: nil, theirs: nil),
                    origins: origins[path] ?? ThreeWay(base: nil, ours: nil, theirs: nil), hunks: hunks))
        }
        return conflicts
    }
}
