internal import HybridGit

/// A set of small numbers, one bit each.
struct Bits: Hashable {
    private(set) var words: [UInt64]

    /// The empty set of numbers below `count`.
    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }
    mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }
    mutating func remove(_ number: Int) { words[number >> 6] &= ~(1 << UInt64(number & 63)) }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The least number; nil for none.
    var first: Int? { next(from: 0) }

    /// The least number not below `start`; nil for none.
    func next(from start: Int) -> Int? {
        var word = start >> 6
        guard word < words.count else { return nil }
        var bits = words[word] & (.max << UInt64(start & 63))
        while bits == 0 {
            word += 1
            guard word < words.count else { return nil }
            bits = words[word]
        }
        return word << 6 + bits.trailingZeroBitCount
    }

    func forEach(_ body: (Int) -> Void) {
        for (place, word) in words.enumerated() {
            var bits = word
            while bits != 0 {
                body(place << 6 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }

    mutating func formUnion(_ other: Bits) { for at in words.indices { words[at] |= other.words[at] } }
    mutating func subtract(_ other: Bits) { for at in words.indices { words[at] &= ~other.words[at] } }
    mutating func formIntersection(_ other: Bits) {
        for at in words.indices { words[at] &= other.words[at] }
    }

    func intersection(_ other: Bits) -> Bits {
        var result = self
        result.formIntersection(other)
        return result
    }

    func isDisjoint(with other: Bits) -> Bool {
        for at in words.indices where words[at] & other.words[at] != 0 { return false }
        return true
    }

    /// How many numbers are in both.
    func overlap(_ other: Bits) -> Int {
        var count = 0
        for at in words.indices { count += (words[at] & other.words[at]).nonzeroBitCount }
        return count
    }
}
