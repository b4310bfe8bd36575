public import HybridGit

/// A file, or a whole folder, that is missing from a merged tree.
public struct LostContent: Hashable, Sendable {
    /// Where it stood, or was to stand.
    public var path: RepoPath
    /// The file or folder.
    public var entry: TreeEntry
}

extension MergeEngine {
    /// The tree of an answer with everything in it that git's tree leaves out.
    ///
    /// What is missing goes to its path, or beside it with `~lost` behind its name where something else stands there.
    /// The same tree where nothing is missing. The new objects wait in ``store``.
    public func wholeTree(of answer: MergeAnswer) throws(GitError) -> ObjectID {
        guard !answer.lost.isEmpty else { return answer.tree }
        var edits: [RepoPath: TreeEntry?] = [:]
        // git's entries that name nothing.
        for item in answer.conflicted where item.entry.mode == 0 { edits[item.path] = .some(nil) }
        var files: [(path: RepoPath, entry: TreeEntry)] = []
        for item in answer.lost { try collect(item, &files) }
        for file in files {
            var path = file.path
            var suffix = 0
            while try isTaken(path, answer.tree, edits) {
                path = RepoPath(bytes: file.path.bytes + (suffix == 0 ? "~lost" : "~lost_\(suffix)").utf8)
                suffix += 1
            }
            edits[path] = file.entry
        }
        if let whole = try edit(answer.tree, edits.map({ ($0.key.bytes[...], $0.value) })) { return whole }
        return try store.write(tree: [])
    }

    private func collect(
        _ lost: LostContent, _ files: inout [(path: RepoPath, entry: TreeEntry)]
    ) throws(GitError) {
        guard lost.entry.isTree else {
            files.append((lost.path, lost.entry))
            return
        }
        let tree = try store.tree(lost.entry.id)
        for index in 0..<tree.count {
            try collect(
                LostContent(path: lost.path.appending(tree.name(index)), entry: tree.items[index].entry),
                &files)
        }
    }

    /// Whether something stands at a path, or a file where one of its folders would have to be.
    private func isTaken(
        _ path: RepoPath, _ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]
    ) throws(GitError) -> Bool {
        if let edit = edits[path] { return edit != nil }
        var folder = path.folder
        while !folder.bytes.isEmpty {
            if let edit = edits[folder], edit != nil { return true }
            folder = folder.folder
        }
        var entry = TreeEntry(mode: 0o40000, id: tree)
        for part in path.bytes.split(separator: 47) {
            guard entry.isTree else { return true }
            guard let next = try store.tree(entry.id).entry(named: part) else { return false }
            entry = next
        }
        return true
    }

    private func edit(
        _ id: ObjectID?, _ edits: [(path: ArraySlice<UInt8>, entry: TreeEntry?)]
    ) throws(GitError) -> ObjectID? {
        let tree: TreeObject
        if let id { tree = try store.tree(id) } else { tree = TreeObject.empty }
        var records: [TreeRecord] = []
        var below: [ArraySlice<UInt8>: [(path: ArraySlice<UInt8>, entry: TreeEntry?)]] = [:]
        for edit in edits {
            if let slash = edit.path.firstIndex(of: 47) {
                below[edit.path[..<slash], default: []].append((edit.path[(slash + 1)...], edit.entry))
            } else {
                records.append(TreeRecord(name: edit.path, entry: edit.entry))
            }
        }
        for (name, inner) in below {
            let old = tree.entry(named: name)
            let new = try edit(old?.isTree == true ? old?.id : nil, inner)
            records.append(TreeRecord(name: name, entry: new.map { TreeEntry(mode: 0o40000, id: $0) }))
        }
        return try TreeAssembly.write(ours: id, tree, records: records, in: store)
    }
}
