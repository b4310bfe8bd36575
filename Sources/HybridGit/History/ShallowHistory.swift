#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The history of a shallow clone, which ends where its commits were cut off.
///
/// libgit2 before 1.7 looks for the parents behind the edge and fails. Such histories are short: they are walked as a whole.
struct ShallowHistory {
    private let store: ObjectStore
    private let edges: Set<ObjectID>

    fileprivate init(_ repository: Repository) throws(GitError) {
        store = try ObjectStore(repository, treeBytes: 0)
        edges = try repository.shallowEdges()
    }

    func mergeBases(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> [ObjectID] {
        let history = try CommitHistory(store)
        return try history.mergeBases(history.node(a), history.node(b)).map(history.id)
    }

    func reaches(_ ancestor: ObjectID, from tip: ObjectID) throws(GitError) -> Bool {
        try mergeBases(ancestor, tip).contains(ancestor)
    }

    /// The commits in the history of the tips that are in none of the excluded ones', no commit before one that stands on
    /// it, else newest first.
    func commits(from tips: [ObjectID], excluding: [ObjectID]) throws(GitError) -> [ObjectID] {
        let out = try all(from: excluding, but: [:])
        let found = try all(from: tips, but: out)
        var children: [ObjectID: Int] = [:]
        for header in found.values { for parent in header.parents { children[parent, default: 0] += 1 } }
        var ready = found.keys.filter { children[$0] == nil }
        var ordered: [ObjectID] = []
        while let next = ready.indices.max(by: { date(ready[$0], found) < date(ready[$1], found) }) {
            let id = ready.remove(at: next)
            ordered.append(id)
            for parent in found[id]?.parents ?? [] where found[parent] != nil {
                children[parent, default: 0] -= 1
                if children[parent] == 0 { ready.append(parent) }
            }
        }
        return ordered
    }

    private func date(_ id: ObjectID, _ found: [ObjectID: CommitHeader]) -> Int64 { found[id]?.date ?? 0 }

    private func all(
        from tips: [ObjectID], but known: [ObjectID: CommitHeader]
    ) throws(GitError) -> [ObjectID: CommitHeader] {
        var (found, waiting) = ([ObjectID: CommitHeader](), tips)
        while let id = waiting.popLast() {
            if found[id] != nil || known[id] != nil { continue }
            var header = try CommitHeader(try store.commitContent(id), id)
            if edges.contains(id) { header.parents = [] }
            found[id] = header
            waiting += header.parents
        }
        return found
    }
}

extension Repository {
    /// Where the history of a shallow clone is cut off: commits whose parents are not there.
    func shallowEdges() throws(GitError) -> Set<ObjectID> {
        let text = try Disk.text(commonDirectory + "shallow") ?? ""
        return Set(text.split(separator: "\n").compactMap { ObjectID(hex: String($0)) })
    }

    /// Whether the history is cut off anywhere.
    package func isShallow() throws(GitError) -> Bool {
        try (Disk.find(commonDirectory + "shallow")?.st_size ?? 0) > 0
    }

    func cutHistory() throws(GitError) -> ShallowHistory { try ShallowHistory(self) }
}
