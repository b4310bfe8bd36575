#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One path that the index holds otherwise than HEAD.
public struct StagedChange: Hashable, Sendable {
    /// The path.
    public var path: RepoPath
    /// What HEAD holds; nil for nothing.
    public var old: TreeEntry?
    /// What the index holds; nil for nothing.
    public var new: TreeEntry?
}

extension Repository {
    /// What a commit of an index would change against HEAD, sorted by path, renames as a deletion and an addition.
    ///
    /// `index` is its file, such as git names to its hooks; the worktree's own when nil. Entries that are only intended
    /// to be added are none (`git add -N`). Reads the index file and those trees that the index's own record of trees
    /// does not vouch for: with a fresh record, its time is that of reading one file. Throws where the file is
    /// damaged. Source: gitformat-index(5).
    public func stagedChanges(index: String? = nil) throws(GitError) -> [StagedChange] {
        let head = try headCommit()
        var tree: ObjectID?
        if let head { tree = try commit(head).tree }
        let file = try IndexFile(
            index ?? gitDirectory + "index", sharedIn: String(gitDirectory.dropLast()))
        var comparison = StagedComparison(repository: self, file: file)
        try comparison.compare(tree, file.trees, entries: 0..<file.count, prefix: 0)
        return comparison.changes.sorted { $0.path < $1.path }
    }
}

/// Walks HEAD's tree and the index side by side.
private struct StagedComparison {
    let repository: Repository
    let file: IndexFile
    var changes: [StagedChange] = []

    init(repository: Repository, file: IndexFile) {
        self.repository = repository
        self.file = file
    }

    /// Compares one folder: a tree, and the entries whose names begin with the folder's `prefix` bytes.
    mutating func compare(
        _ tree: ObjectID?, _ known: IndexFile.Tree?, entries: Range<Int>, prefix: Int
    ) throws(GitError) {
        if let tree, known?.id == tree { return }
        var old: [[UInt8]: TreeEntry] = [:]
        if let tree { for (name, entry) in try repository.tree(tree).entries { old[Array(name)] = entry } }
        let folder = RepoPath(
            bytes: entries.isEmpty ? [] : file.name(entries.lowerBound)[..<max(prefix - 1, 0)])
        var at = entries.lowerBound
        while at < entries.upperBound {
            let rest = file.name(at)[prefix...]
            guard let slash = rest.firstIndex(of: RepoPath.separator) else {
                let name = Array(rest)
                let new = file.entry(at)
                at += 1
                if file.isIntended(at - 1) { continue }
                let before = old[name]
                if before?.isTree != true { old[name] = nil }
                let stood = before?.isTree == true ? nil : before
                if stood != new || file.stage(at - 1) != 0 { add(folder.appending(name), stood, new) }
                continue
            }
            let name = Array(rest[..<slash])
            let end = file.end(of: at..<entries.upperBound, sharing: prefix + name.count + 1)
            let before = old[name].flatMap { $0.isTree ? $0 : nil }
            if before != nil { old[name] = nil }
            if end == at + 1, slash == rest.endIndex - 1 {
                // A folder outside the sparse checkout stands as one entry.
                if before != file.entry(at) { add(folder.appending(name), before, file.entry(at)) }
            } else {
                try compare(
                    before?.id, known?.children[name], entries: at..<end, prefix: prefix + name.count + 1)
            }
            at = end
        }
        // Only the root can be without entries, and its prefix is empty.
        for (name, entry) in old { try remove(folder.appending(name), entry) }
    }

    private mutating func add(_ path: RepoPath, _ old: TreeEntry?, _ new: TreeEntry?) {
        let change = StagedChange(path: path, old: old, new: new)
        // An unmerged path has up to three entries.
        if changes.last?.path != change.path { changes.append(change) }
    }

    /// Everything below a name is gone from the index.
    private mutating func remove(_ path: RepoPath, _ entry: TreeEntry) throws(GitError) {
        guard entry.isTree else {
            add(path, entry, nil)
            return
        }
        for (name, inner) in try repository.tree(entry.id).entries { try remove(path.appending(name), inner) }
    }
}
