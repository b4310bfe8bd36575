import HybridGit

/// Writes a tree with some paths changed: only the folders on the way are read, and each is written once.
enum TreePatch {
    /// A path and what stands there afterwards; nil takes it out.
    typealias Edit = (path: RepoPath, entry: TreeEntry?)

    /// A folder that becomes empty goes; a file in the way of a folder gives way to it.
    static func apply(
        _ edits: [Edit], to tree: ObjectID, in store: ObjectStore
    ) throws(GitError) -> ObjectID {
        guard !edits.isEmpty else { return tree }
        if let changed = try write(edits[...], from: 0, tree, store) { return changed }
        return try store.write(tree: [])
    }

    /// What is to happen at and below one name of a folder.
    private struct Name {
        var text: ArraySlice<UInt8>
        /// nil where the name itself is not changed.
        var here: TreeEntry??
        var below: [Edit] = []

        func entry(
            before: TreeEntry?, _ start: Int, _ store: ObjectStore
        ) throws(GitError) -> TreeEntry? {
            if case .some(.some(let entry)) = here { return entry }
            let folder = before.flatMap { $0.isTree ? $0.id : nil }
            guard folder != nil || below.contains(where: { $0.entry != nil }) else {
                // Removals below what is no folder have nothing to take out.
                return here == nil ? before : nil
            }
            if below.isEmpty { return nil }
            let id = try TreePatch.write(below[...], from: start + text.count + 1, folder, store)
            return id.map { TreeEntry(mode: 0o40000, id: $0) }
        }
    }

    /// The id of a changed folder; nil where nothing is left in it.
    private static func write(
        _ edits: ArraySlice<Edit>, from start: Int, _ folder: ObjectID?, _ store: ObjectStore
    ) throws(GitError) -> ObjectID? {
        var names: [Name] = []
        var places: [ArraySlice<UInt8>: Int] = [:]
        for edit in edits {
            let rest = edit.path.bytes[start...]
            let end = rest.firstIndex(of: 47) ?? rest.endIndex
            let text = rest[..<end]
            let place = places[text] ?? names.count
            if place == names.count {
                places[text] = place
                names.append(Name(text: text))
            }
            if end == rest.endIndex {
                names[place].here = edit.entry
            } else {
                names[place].below.append(edit)
            }
        }
        let old = try folder.map { (id) throws(GitError) in try store.tree(id) } ?? .empty
        var changes: [(name: ArraySlice<UInt8>, entry: TreeEntry?)] = []
        for name in names {
            let before = old.entry(named: name.text)
            let after = try name.entry(before: before, start, store)
            if after != before { changes.append((name.text, after)) }
        }
        guard !changes.isEmpty else { return folder }
        let content = old.content(changing: changes)
        return content.isEmpty ? nil : try store.write(tree: content, from: folder)
    }
}
