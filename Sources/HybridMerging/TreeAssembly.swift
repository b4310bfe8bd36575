import HybridGit

/// Writes a merged folder: our version of it with some entries changed.
enum TreeAssembly {
    /// The id of the merged tree; nil where nothing is left in it.
    ///
    /// Our own tree is taken as it stands when no record differs from it, so that only changed folders are written. Of
    /// several records for one name, the one that puts something in counts. Grows with the size of the folder.
    static func write(
        ours: ObjectID?, _ tree: TreeObject, records: [TreeRecord], in store: ObjectStore
    ) throws(GitError) -> ObjectID? {
        var final: [ArraySlice<UInt8>: TreeEntry?] = [:]
        for record in records {
            if record.entry != nil || final[record.name] == nil { final[record.name] = .some(record.entry) }
        }
        let changes = final.filter { tree.entry(named: $0.key) != $0.value }
        if changes.isEmpty, tree.isCanonical { return tree.count == 0 ? nil : ours }
        var added: [(name: ArraySlice<UInt8>, entry: TreeEntry)] = changes.compactMap { name, entry in
            entry.map { (name, $0) }
        }
        added.sort { TreeObject.order($0.name, $0.entry.isTree, $1.name, $1.entry.isTree) < 0 }
        var entries: [(name: ArraySlice<UInt8>, entry: TreeEntry)] = []
        entries.reserveCapacity(tree.count + added.count)
        var next = 0
        for index in 0..<tree.count {
            let name = tree.name(index)
            let entry = tree.items[index].entry
            while next < added.count,
                TreeObject.order(added[next].name, added[next].entry.isTree, name, entry.isTree) < 0
            {
                entries.append(added[next])
                next += 1
            }
            if changes.isEmpty || changes[name] == nil { entries.append((name, entry)) }
        }
        entries += added[next...]
        return entries.isEmpty ? nil : try store.write(tree: TreeObject.content(entries))
    }
}
