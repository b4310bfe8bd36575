public import HybridGit

extension MergeEngine {
    /// The conflicts of an answer, path by path, with the lines that do not fit together.
    ///
    /// Reads the conflicted texts again.
    public func conflicts(in answer: MergeAnswer) throws(GitError) -> [Conflict] {
        var entries: [RepoPath: ThreeWay<TreeEntry?>] = [:]
        for item in answer.conflicted {
            entries[item.path, default: ThreeWay(repeating: nil)][item.stage] = item.entry
        }
        var origins: [RepoPath: ThreeWay<RepoPath?>] = [:]
        for item in answer.conflicted where item.origin != item.path {
            origins[item.path, default: ThreeWay(repeating: nil)][item.stage] = item.origin
        }
        var kinds: [RepoPath: [ConflictKind]] = [:]
        for message in answer.messages {
            guard case .conflict(let kind) = message.type else { continue }
            // A path that is only mentioned has its say where nothing else is said of it.
            for (place, path) in message.paths.enumerated() where place == 0 || entries[path] != nil {
                if kinds[path]?.contains(kind) != true { kinds[path, default: []].append(kind) }
            }
        }
        for path in answer.lost.map(\.path) where kinds[path]?.contains(.contentLost) != true {
            kinds[path, default: []].append(.contentLost)
        }
        var conflicts: [Conflict] = []
        for path in Set(entries.keys).union(kinds.keys).sorted() {
            var hunks: [Conflict.Hunk] = []
            if let text = answer.texts[path] {
                hunks = Conflict.hunks(text.hunks, in: try context.blobs(text.files))
            }
            conflicts.append(
                Conflict(
                    path: path, kinds: kinds[path] ?? [],
                    entries: entries[path] ?? ThreeWay(repeating: nil),
                    origins: origins[path] ?? ThreeWay(repeating: nil), hunks: hunks))
        }
        return conflicts
    }
}
