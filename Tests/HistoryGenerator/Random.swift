/// A small seeded random number generator: SplitMix64 (Steele, Lea, Flood 2014).
///
/// The same seed gives the same numbers on every machine, so that a history has a name: seed and number.
package struct Random: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that gives the sequence of this seed.
    package init(seed: UInt64) { state = seed }

    /// A generator for one of the many parts of a seed, independent of the parts before it.
    package init(seed: UInt64, part: Int) {
        self.init(seed: seed)
        let start = next()
        state = start ^ (UInt64(truncatingIfNeeded: part) &* 0x9E37_79B9_7F4A_7C15)
        _ = next()
    }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number of the range.
    package mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// An element of a list that is not empty.
    package mutating func pick<T>(_ list: [T]) -> T { list[pick(0...list.count - 1)] }

    /// True in so many of a hundred cases.
    package mutating func chance(_ percent: Int) -> Bool { pick(0...99) < percent }

    /// An element, each as often as its weight says.
    package mutating func pick<T>(weighted list: [(weight: Int, value: T)]) -> T {
        var left = pick(0...list.reduce(0) { $0 + $1.weight } - 1)
        for item in list {
            left -= item.weight
            if left < 0 { return item.value }
        }
        preconditionFailure("weights changed")
    }
}
