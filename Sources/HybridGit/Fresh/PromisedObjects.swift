internal import CLibgit2

extension Repository {
    /// The remotes at which a partial clone left objects, that of `extensions.partialClone` first; empty for any other.
    ///
    /// Source: git's partial-clone document.
    package func promisorRemotes() throws(GitError) -> [String] {
        var found: [String] = []
        if let name = try configString("extensions.partialclone") { found.append(name) }
        var config: OpaquePointer?
        try check(git_repository_config_snapshot(&config, handle), "read configuration", commonDirectory)
        defer { git_config_free(config) }
        var iterator: OpaquePointer?
        try check(
            git_config_iterator_glob_new(&iterator, config, "^remote\\..*\\.promisor$"), "read configuration",
            commonDirectory)
        defer { git_config_iterator_free(iterator) }
        var names: [String] = []
        while true {
            var entry: UnsafeMutablePointer<git_config_entry>?
            let status = git_config_next(&entry, iterator)
            if status == GIT_ITEROVER.rawValue { break }
            try check(status, "read configuration", commonDirectory)
            if let entry { names.append(String(cString: entry.pointee.name)) }
        }
        for name in names where try configBool(name) == true {
            let remote = String(name.dropFirst("remote.".count).dropLast(".promisor".count))
            if !found.contains(remote) { found.append(remote) }
        }
        return found
    }

    /// What the repository lacks of a tree: folders, of which nobody knows yet what they hold, and files.
    ///
    /// Of files only those that are wanted. Grows with the size of the tree.
    package func missingObjects(
        below tree: ObjectID, where isWanted: (RepoPath) -> Bool = { _ in true }
    ) throws(GitError) -> [ObjectID] {
        var search = MissingSearch(store: try ObjectStore(self, treeBytes: 1 << 20))
        try search.look(.tree(tree), at: .root, isWanted)
        return search.found
    }

    /// What the repository lacks of what each tip's tree holds otherwise than the base's, on both sides.
    ///
    /// Grows with what differs.
    package func missingObjects(between base: ObjectID, and tips: [ObjectID]) throws(GitError) -> [ObjectID] {
        var search = MissingSearch(store: try ObjectStore(self, treeBytes: 1 << 20))
        let before = try commit(base).tree
        for tip in tips { try search.compare(before, commit(tip).tree) }
        return search.found
    }
}

/// Collects objects that are not in the repository, each once.
private struct MissingSearch {
    let store: ObjectStore
    var found: [ObjectID] = []
    private var seen: Set<ObjectID> = []

    init(store: ObjectStore) { self.store = store }

    /// False where the object itself is not there.
    private mutating func has(_ id: ObjectID) -> Bool {
        if id == Repository.emptyTree || !store.isNew(id) { return true }
        if seen.insert(id).inserted { found.append(id) }
        return false
    }

    mutating func look(
        _ entry: TreeEntry, at path: RepoPath, _ isWanted: (RepoPath) -> Bool
    ) throws(GitError) {
        guard entry.kind != .gitlink, entry.isTree || isWanted(path), has(entry.id), entry.isTree else {
            return
        }
        for (name, inner) in try store.tree(entry.id).entries {
            try look(inner, at: path.appending(name), isWanted)
        }
    }

    mutating func compare(_ old: ObjectID, _ new: ObjectID) throws(GitError) {
        let isThere = (has(old), has(new))
        guard isThere == (true, true), old != new else { return }
        for difference in try store.differences(from: old, to: [new]).joined() {
            if let old = difference.old, let new = difference.new, old.isTree, new.isTree {
                try compare(old.id, new.id)
            } else {
                for entry in [difference.old, difference.new].compactMap({ $0 }) {
                    try look(entry, at: .root) { _ in true }
                }
            }
        }
    }
}
