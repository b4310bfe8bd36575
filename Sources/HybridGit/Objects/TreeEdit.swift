/// Where trees are read from, and where new ones go.
public protocol TreeStore: TreeSource {
    /// Takes in the content of a tree and gives its id.
    ///
    /// `origin` is the tree that it was made from by changing some entries; nil where there is none.
    func write(tree bytes: [UInt8], from origin: ObjectID?) throws(GitError) -> ObjectID
}

extension TreeStore {
    /// A tree with some paths changed; nil takes a path out.
    ///
    /// A folder that becomes empty goes; a file in the way of a folder gives way to it. A folder in which nothing changes
    /// stays itself, whatever way its modes are written; as git's index does. Only the folders on the way are read, and
    /// each is written once.
    public func editTree(_ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]) throws(GitError) -> ObjectID {
        guard !edits.isEmpty else { return tree }
        let list = edits.map { TreeEdit(rest: $0.key.bytes[...], entry: $0.value) }
        if let edited = try write(list, tree) { return edited }
        return try write(tree: [], from: nil)
    }

    /// The id of a changed folder; nil where nothing is left in it.
    private func write(_ edits: [TreeEdit], _ folder: ObjectID?) throws(GitError) -> ObjectID? {
        var names: [EditedName] = []
        var places: [ArraySlice<UInt8>: Int] = [:]
        for edit in edits {
            let end = edit.rest.firstIndex(of: RepoPath.separator) ?? edit.rest.endIndex
            let text = edit.rest[..<end]
            let place = places[text] ?? names.count
            if place == names.count {
                places[text] = place
                names.append(EditedName(text: text))
            }
            if end == edit.rest.endIndex {
                names[place].here = edit.entry
            } else {
                names[place].below.append(TreeEdit(rest: edit.rest[(end + 1)...], entry: edit.entry))
            }
        }
        let old = try folder.map { (id) throws(GitError) in try tree(id) } ?? .empty
        var records: [TreeRecord] = []
        for name in names {
            let before = old.entry(named: name.text)
            let after = try entry(name, before: before)
            if after != before { records.append(TreeRecord(name: name.text, entry: after)) }
        }
        return records.isEmpty ? folder : try write(old, changing: records, from: folder)
    }

    private func entry(_ name: EditedName, before: TreeEntry?) throws(GitError) -> TreeEntry? {
        if case .some(.some(let entry)) = name.here { return entry }
        let folder = before.flatMap { $0.isTree ? $0.id : nil }
        guard folder != nil || name.below.contains(where: { $0.entry != nil }) else {
            // Removals below what is no folder have nothing to take out.
            return name.here == nil ? before : nil
        }
        return name.below.isEmpty ? nil : try write(name.below, folder).map { .tree($0) }
    }

    /// The id of a merged folder: `tree`, whose id is `origin`, with some names changed; nil where nothing is left in it.
    ///
    /// A tree in which no record changes anything is taken as it stands, unless its modes are written in an old way: git's
    /// merge writes every folder anew that it enters. Of several records for one name, the one that puts something in
    /// counts. Grows with the size of the folder.
    package func mergeTree(
        _ tree: TreeObject, from origin: ObjectID?, changing records: [TreeRecord]
    ) throws(GitError) -> ObjectID? {
        var changes: [TreeRecord] = []
        changes.reserveCapacity(records.count)
        var places: [ArraySlice<UInt8>: Int] = [:]
        for record in records {
            if let place = places[record.name] {
                if let entry = record.entry { changes[place].entry = entry }
            } else {
                places[record.name] = changes.count
                changes.append(record)
            }
        }
        if tree.count > 0 { changes.removeAll { tree.entry(named: $0.name) == $0.entry } }
        if changes.isEmpty, tree.isCanonical { return tree.count == 0 ? nil : origin }
        return try write(tree, changing: changes, from: origin)
    }

    private func write(
        _ tree: TreeObject, changing records: [TreeRecord], from origin: ObjectID?
    ) throws(GitError) -> ObjectID? {
        let content = tree.content(changing: records)
        return content.isEmpty ? nil : try write(tree: content, from: origin)
    }
}

/// What is to stand at a path below some folder; nil takes it out.
private struct TreeEdit {
    var rest: ArraySlice<UInt8>
    var entry: TreeEntry?
}

/// What is to happen at and below one name of a folder.
private struct EditedName {
    var text: ArraySlice<UInt8>
    /// nil where the name itself is not changed.
    var here: TreeEntry??
    var below: [TreeEdit] = []
}
