import HybridGit

/// A map that is walked in the order of git's hash table of strings (`strmap`).
///
/// Where git walks such a table, ties between equally good renames are broken by its order; the same answer needs the same
/// order. Strings are hashed by FNV-1; a bucket gives its newest entry first; a table of 64 buckets grows fourfold when it
/// is filled to 80 %.
struct HashOrderedMap<Value> {
    private var table = [Int32](repeating: -1, count: 64)
    private var chain: [Int32] = []
    private var hashes: [UInt32] = []
    private(set) var keys: [RepoPath] = []
    private var values: [Value] = []

    var isEmpty: Bool { keys.isEmpty }
    var count: Int { keys.count }

    subscript(key: RepoPath) -> Value? {
        get { find(key, Self.hash(key)).map { values[$0] } }
        set {
            guard let newValue else { preconditionFailure("entries stay") }
            let hash = Self.hash(key)
            if let found = find(key, hash) {
                values[found] = newValue
                return
            }
            keys.append(key)
            values.append(newValue)
            hashes.append(hash)
            chain.append(-1)
            link(keys.count - 1)
            if keys.count > table.count * 80 / 100 { grow() }
        }
    }

    /// The entries in the order of the table.
    var ordered: [(key: RepoPath, value: Value)] {
        var list: [(key: RepoPath, value: Value)] = []
        list.reserveCapacity(keys.count)
        for var entry in table {
            while entry >= 0 {
                list.append((keys[Int(entry)], values[Int(entry)]))
                entry = chain[Int(entry)]
            }
        }
        return list
    }

    /// Takes out all entries; the table keeps its size, as git's does from one pass to the next.
    mutating func removeAll() {
        table = [Int32](repeating: -1, count: table.count)
        (chain, hashes, keys, values) = ([], [], [], [])
    }

    private mutating func link(_ entry: Int) {
        let bucket = Int(hashes[entry]) & (table.count - 1)
        chain[entry] = table[bucket]
        table[bucket] = Int32(entry)
    }

    private mutating func grow() {
        let old = table
        table = [Int32](repeating: -1, count: old.count * 4)
        for var entry in old {
            while entry >= 0 {
                let next = chain[Int(entry)]
                link(Int(entry))
                entry = next
            }
        }
    }

    private func find(_ key: RepoPath, _ hash: UInt32) -> Int? {
        var entry = table[Int(hash) & (table.count - 1)]
        while entry >= 0 {
            if hashes[Int(entry)] == hash, keys[Int(entry)] == key { return Int(entry) }
            entry = chain[Int(entry)]
        }
        return nil
    }

    private static func hash(_ key: RepoPath) -> UInt32 {
        key.bytes.reduce(0x811c_9dc5) { ($0 &* 0x0100_0193) ^ UInt32($1) }
    }
}
