/// A file of a tree that attributes give a filter or an encoding.
package struct FilteredFile: Hashable, Sendable {
    package var path: RepoPath
    package var entry: TreeEntry
    package var use: FilterUse
}

extension Repository {
    /// The files of a tree, in git's order, whose attribute `filter` or `working-tree-encoding` has a value.
    ///
    /// Attributes come from the tree's own `.gitattributes` files, `info/attributes` and the user's own attributes,
    /// never from the working tree. Whether a driver is configured plays no part. Reads all trees.
    package func filteredFiles(in tree: ObjectID) throws(GitError) -> [FilteredFile] {
        if tree == Repository.emptyTree { return [] }
        let store = try ObjectStore(self, treeBytes: 1 << 20)
        let top = try Self.ownAttributes(store.tree(tree), store, isTop: true)
        let attributes = try TreeAttributes(self, top: top)
        var found: [FilteredFile] = []
        var waiting = [(tree: tree, path: RepoPath.root, base: 0, chain: TreeAttributes.Chain())]
        while let next = waiting.popLast() {
            let tree = try store.tree(next.tree)
            var chain = next.chain
            if let own = try Self.ownAttributes(tree, store, isTop: next.path.isRoot) {
                chain = attributes.entering(own, base: next.base, below: chain)
            }
            for (name, entry) in tree.entries {
                let path = next.path.appending(name)
                if entry.isTree {
                    waiting.append((entry.id, path, path.bytes.count + 1, chain))
                } else if entry.isRegularFile, attributes.mayConvert(chain) {
                    let use = path.bytes.withUnsafeBytes {
                        attributes.conversion($0, name: next.base, chain).filter
                    }
                    if use != .none { found.append(FilteredFile(path: path, entry: entry, use: use)) }
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Why a file of a tree may not be converted as its attributes say; nil where each may.
    package func refusedFilter(in tree: ObjectID, registration: String? = nil) throws(GitError) -> String? {
        let files = try filteredFiles(in: tree)
        if files.isEmpty { return nil }
        let drivers = try filterDrivers(registration: registration)
        for file in files {
            do throws(GitError) {
                _ = try drivers.attribute(file.use, of: file.path)
            } catch {
                return error.reason
            }
        }
        return nil
    }

    private static func ownAttributes(
        _ tree: TreeObject, _ store: ObjectStore, isTop: Bool
    ) throws(GitError) -> AttributeText? {
        guard let entry = tree.entry(named: Array(".gitattributes".utf8)[...]), entry.isRegularFile else {
            return nil
        }
        return AttributeText(try store.blob(entry.id), allowsMacros: isTop)
    }
}
