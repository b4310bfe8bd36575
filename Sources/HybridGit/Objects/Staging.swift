internal import CLibgit2

/// An object that exists in memory only.
struct WaitingObject: Sendable {
    var type: git_object_t
    var bytes: [UInt8]
    /// The tree that it was made from.
    var origin: ObjectID?
    /// How many waited when it came.
    var number = 0
}

extension ObjectStore {
    /// Writes what waits in memory into the repository as one pack, synced to disk.
    ///
    /// What the repository holds already is left out. Grows with what is new.
    public func save() throws(GitError) {
        defer { forget() }
        _ = try writePack(written.filter { isNew($0.key) }.map { ($0.key, $0.value.type) }, keptFor: nil)
    }

    /// Writes what a commit reaches as one pack, synced to disk, and forgets what waits in memory.
    ///
    /// Without `known` that is what waits; all else is in the repository to stay. With `known`, which must be commits that
    /// refs name or that are kept otherwise, it is everything beyond them. What the repository holds already is written all
    /// the same: it may lie in a pack that no ref reaches, and be deleted with it. Grows with what waits, or with what
    /// differs from the known commits.
    ///
    /// What it gives keeps the pack until a ref names the commit; `owner` says for whom.
    public func save(
        reachableFrom tip: ObjectID, beyond known: [ObjectID]? = nil, keptFor owner: String
    ) throws(GitError) -> KeptPack? {
        defer { forget() }
        let found: [(ObjectID, git_object_t)]
        if let known {
            found = try reachable(from: tip, beyond: known)
        } else {
            found = try waiting(reachableFrom: tip)
        }
        return try writePack(found, keptFor: (owner, tip))
    }

    /// Writes what waits in memory into the repository: one pack where that is much, single objects otherwise.
    ///
    /// A sync of each of many files takes longer than all else together. Without `keeping` all are single: git's repack
    /// deletes a pack that no ref reaches, and leaves single objects alone. Of what the repository holds already git is told
    /// that it is in use.
    func saveNew(_ keeping: PackKeeping?) throws(GitError) {
        defer { forget() }
        let new = written.filter { isNew($0.key) }
        let isMuch = new.count > Self.few
        for (id, object) in written where keeping == nil || !isMuch || new[id] == nil {
            _ = try repository.write(object.bytes, object.type)
        }
        guard let keeping, isMuch, let first = new.keys.first else { return }
        keeping.hold(try writePack(new.map { ($0.key, $0.value.type) }, keptFor: (keeping.owner, first)))
    }

    /// How many new objects stay single ones.
    private static let few = 200

    private func waiting(reachableFrom tip: ObjectID) throws(GitError) -> [(ObjectID, git_object_t)] {
        var found: [(ObjectID, git_object_t)] = []
        var seen: Set<ObjectID> = []
        var open = [tip]
        while let id = open.popLast() {
            // What is not waiting is in the repository, and all that it reaches.
            guard let object = written[id], seen.insert(id).inserted else { continue }
            found.append((id, object.type))
            switch object.type {
            case GIT_OBJECT_COMMIT:
                let commit = try CommitHeader(object.bytes, id)
                open += commit.parents
                open.append(commit.tree)
            case GIT_OBJECT_TREE: open += try tree(id).items.map(\.entry.id)
            default: break
            }
        }
        return found
    }

    private func reachable(
        from tip: ObjectID, beyond known: [ObjectID]
    ) throws(GitError) -> [(ObjectID, git_object_t)] {
        var found: [(ObjectID, git_object_t)] = []
        var seen = Set(known)
        let bases = try known.map { (id) throws(GitError) in try CommitHeader(commitContent(id), id).tree }
        var commits = [tip]
        var trees: [(id: ObjectID, bases: [ObjectID])] = []
        while let id = commits.popLast() {
            guard seen.insert(id).inserted else { continue }
            let commit = try CommitHeader(commitContent(id), id)
            found.append((id, GIT_OBJECT_COMMIT))
            commits += commit.parents
            trees.append((commit.tree, bases))
        }
        while let (id, bases) = trees.popLast() {
            guard !bases.contains(id), seen.insert(id).inserted else { continue }
            found.append((id, GIT_OBJECT_TREE))
            let old = try bases.map { (id) throws(GitError) in try tree(id) }
            for (name, entry) in try tree(id).entries where entry.kind != .gitlink {
                let there = old.compactMap { $0.entry(named: name) }
                if entry.isTree {
                    trees.append((entry.id, there.filter(\.isTree).map(\.id)))
                } else if !there.contains(where: { $0.id == entry.id }), seen.insert(entry.id).inserted {
                    found.append((entry.id, GIT_OBJECT_BLOB))
                }
            }
        }
        return found
    }

    /// Packs objects: commits, trees, blobs, and of each kind those that wait, the newest first.
    ///
    /// So the newest version of a folder is whole, and older ones are what they differ in, as git does it.
    private func writePack(
        _ ids: [(id: ObjectID, type: git_object_t)], keptFor owner: (name: String, tip: ObjectID)?
    ) throws(GitError) -> KeptPack? {
        let order = ids.map { ($0.id, $0.type, written[$0.id]?.number ?? -1) }
            .sorted { a, b in a.1 != b.1 ? a.1.rawValue < b.1.rawValue : a.2 > b.2 }
        guard !order.isEmpty else { return nil }
        let pack = try PackWriter(in: repository.commonDirectory + "objects/pack", count: order.count)
        var madeFrom: [ObjectID: (id: ObjectID, bytes: [UInt8])] = [:]
        for (id, type, _) in order {
            let waiting = written[id]
            let bytes: [UInt8]
            if let waiting { bytes = waiting.bytes } else { bytes = try content(id, type) }
            try pack.add(id, type, bytes, like: madeFrom.removeValue(forKey: id))
            if let origin = waiting?.origin { madeFrom[origin] = (id, bytes) }
        }
        return try pack.finish(keptFor: owner)
    }
}
