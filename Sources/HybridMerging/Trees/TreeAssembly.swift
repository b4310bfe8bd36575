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
        var changes: [(name: ArraySlice<UInt8>, entry: TreeEntry?)] = []
        changes.reserveCapacity(records.count)
        var places: [ArraySlice<UInt8>: Int] = [:]
        for record in records {
            if let place = places[record.name] {
                if let entry = record.entry { changes[place].entry = entry }
            } else {
                places[record.name] = changes.count
                changes.append((record.name, record.entry))
            }
        }
        if tree.count > 0 { changes.removeAll { tree.entry(named: $0.name) == $0.entry } }
        if changes.isEmpty, tree.isCanonical { return tree.count == 0 ? nil : ours }
        let content = tree.content(changing: changes)
        return content.isEmpty ? nil : try store.write(tree: content, from: ours)
    }
}
