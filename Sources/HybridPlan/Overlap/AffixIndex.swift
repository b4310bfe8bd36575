internal import HybridGit
internal import HybridMerging

/// Texts in order, to find those that begin with another or are its beginning.
struct AffixIndex {
    private let entries: [(key: [UInt8], value: Int)]
    /// The lengths that keys have.
    private let lengths: Set<Int>

    init(_ entries: [(key: [UInt8], value: Int)]) {
        lengths = Set(entries.map(\.key.count))
        self.entries = entries.sorted {
            $0.key == $1.key ? $0.value < $1.value : $0.key.lexicographicallyPrecedes($1.key)
        }
    }

    /// Where the texts that begin with `key` stand.
    func extending(_ key: [UInt8]) -> Range<Int> {
        let first = partition { $0.lexicographicallyPrecedes(key) }
        let last = partition { $0.lexicographicallyPrecedes(key) || $0.starts(with: key) }
        return first..<last
    }

    /// Where the texts stand that begin with `key` or that `key` begins with.
    func compatible(_ key: [UInt8]) -> [Range<Int>] {
        var found = [extending(key)]
        for length in 0..<key.count where lengths.contains(length) {
            let start = Array(key[..<length])
            let first = partition { $0.lexicographicallyPrecedes(start) }
            guard first < entries.count, entries[first].key == start else { continue }
            let last = partition { $0.lexicographicallyPrecedes(start) || $0 == start }
            found.append(first..<last)
        }
        return found.filter { !$0.isEmpty }
    }

    func value(_ place: Int) -> Int { entries[place].value }

    /// The first place whose key `isBefore` does not hold for.
    private func partition(_ isBefore: ([UInt8]) -> Bool) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(entries[middle].key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
