import HybridMerging

/// Random numbers that a seed repeats: Vigna's SplitMix64.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Makes three-way texts in which the rules of diffs and merges show.
struct RandomTexts {
    /// What the texts look like.
    enum Shape: CaseIterable {
        /// Few different lines, so that they repeat.
        case repeating
        /// The sides have nothing to do with the base.
        case unrelated
        /// Blank lines, indentation, braces.
        case code
        /// Lines end in LF, CR LF or nothing at all.
        case lineEnds
        /// Hundreds of lines, most of them more than 64 times, so that the histogram gives up.
        case crowded
        /// As ``crowded``, with stretches of unique lines.
        case speckled
        /// A few repeated lines far apart among lines that are in no other text: what the classical diff weeds out.
        case sparse
        /// Long lines, and bytes that are no text.
        case raw
        /// Thousands of lines, so that the classical diff stops early.
        case large
        /// Tens of thousands of lines, of which long stretches come elsewhere: only here does the classical diff
        /// look for promising ways.
        case huge
        /// Blocks moved, copied and swapped.
        case shuffled
        /// A handful of lines at most.
        case tiny
    }

    private var random: SplitMix
    private var fresh = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    mutating func next(_ shape: Shape) -> ThreeWay<[UInt8]> {
        switch shape {
        case .repeating:
            let alphabet = below(8) + 1
            return sides(of: lines(below(60), alphabet), alphabet, edits: below(6) + 1)
        case .unrelated:
            let alphabet = below(10) + 1
            return ThreeWay(
                base: join(lines(below(40), alphabet)), ours: join(lines(below(40), alphabet)),
                theirs: join(lines(below(40), alphabet)))
        case .code:
            let made = (0..<below(80)).map { _ in codeLine() }
            return sides(of: made, 0, edits: below(8) + 1)
        case .lineEnds:
            let ends = below(4)
            let alphabet = below(6) + 1
            let text = sides(of: lines(below(20), alphabet), alphabet, edits: below(4) + 1)
            return ThreeWay(
                base: withEnds(text.base, ends), ours: withEnds(text.ours, ends),
                theirs: withEnds(text.theirs, ends))
        case .crowded:
            let alphabet = below(4) + 1
            return sides(of: lines(66 * alphabet + below(300), alphabet), alphabet, edits: below(30) + 1)
        case .speckled:
            let alphabet = below(3) + 1
            let made = lines(200 + below(500), alphabet).map { line in
                one(in: 4) ? unique() : line
            }
            return sides(of: made, alphabet, edits: below(40) + 1)
        case .sparse:
            let alphabet = below(3) + 1
            let gap = below(14) + 4
            let count = 66 * gap * alphabet + below(800)
            return ThreeWay(
                base: join(spread(count, gap, alphabet)), ours: join(spread(count, gap, alphabet)),
                theirs: join(spread(count, gap, alphabet)))
        case .raw:
            let made = (0..<below(12)).map { _ in
                (0..<below(300)).map { _ in UInt8.random(in: 1...255, using: &random) }.filter { $0 != 10 }
            }
            return sides(of: made, 0, edits: below(4) + 1)
        case .large:
            let alphabet = below(12) + 2
            let made = lines(1500 + below(2500), alphabet)
            return sides(of: made, alphabet, edits: 200 + below(900))
        case .huge:
            let alphabet = 160 + below(60)
            let made = lines(37_000 + below(4000), alphabet)
            return ThreeWay(
                base: join(made), ours: join(cut(made, alphabet)), theirs: join(cut(made, alphabet)))
        case .shuffled:
            let made = lines(below(60) + 5, below(30) + 2)
            return ThreeWay(base: join(made), ours: join(moved(made)), theirs: join(moved(made)))
        case .tiny:
            let alphabet = below(3) + 1
            let made = (0..<3).map { _ in join(lines(below(5), alphabet)) }
            return ThreeWay(base: made[0], ours: made[1], theirs: made[2])
        }
    }

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    private mutating func one(in count: Int) -> Bool { below(count) == 0 }

    private mutating func unique() -> [UInt8] {
        fresh += 1
        return Array("unique \(fresh)".utf8)
    }

    private mutating func lines(_ count: Int, _ alphabet: Int) -> [[UInt8]] {
        (0..<count).map { _ in letter(alphabet) }
    }

    private mutating func letter(_ alphabet: Int) -> [UInt8] {
        if alphabet == 0 { return one(in: 2) ? codeLine() : unique() }
        let letter = below(alphabet)
        return letter == 0 ? [] : Array("line \(letter)".utf8)
    }

    private mutating func codeLine() -> [UInt8] {
        let depth = below(3)
        let words = ["", "", "}", "{", "return", "if x {", "} else {", "// -", "end", "value = \(below(40))"]
        let word = words[below(words.count)]
        if word.isEmpty { return [] }
        return Array((String(repeating: one(in: 5) ? "\t" : "    ", count: depth) + word).utf8)
    }

    private mutating func sides(of base: [[UInt8]], _ alphabet: Int, edits: Int) -> ThreeWay<[UInt8]> {
        let shared = one(in: 3) ? edited(base, alphabet, below(edits + 1)) : base
        return ThreeWay(
            base: join(base), ours: join(edited(shared, alphabet, edits)),
            theirs: join(edited(shared, alphabet, below(edits + 1) + 1)))
    }

    private mutating func edited(_ base: [[UInt8]], _ alphabet: Int, _ edits: Int) -> [[UInt8]] {
        var text = base
        for _ in 0..<edits {
            let at = below(text.count + 1)
            let length = min(below(4), text.count - at)
            switch below(6) {
            case 0: text.removeSubrange(at..<at + length)
            case 1: text.insert(contentsOf: lines(below(4), alphabet), at: at)
            case 2: text.replaceSubrange(at..<at + length, with: lines(below(4), alphabet))
            case 3: text.insert(contentsOf: text[at..<at + length], at: below(text.count + 1))
            case 4: text.insert(unique(), at: at)
            default:
                let changed = lines(length, alphabet)
                text.replaceSubrange(at..<at + length, with: changed)
            }
        }
        return text
    }

    private mutating func moved(_ base: [[UInt8]]) -> [[UInt8]] {
        var text = base
        for _ in 0..<below(4) + 1 {
            let at = below(text.count)
            let length = min(below(10) + 1, text.count - at)
            let block = Array(text[at..<at + length])
            if !one(in: 3) { text.removeSubrange(at..<at + length) }
            text.insert(contentsOf: block, at: below(text.count + 1))
        }
        return text
    }

    /// Repeated lines, one in about `gap`, among unique ones; here and there a pair that two texts may share.
    private mutating func spread(_ count: Int, _ gap: Int, _ alphabet: Int) -> [[UInt8]] {
        var here = gap
        return (0..<count).map { _ in
            if one(in: 40) { here = below(gap * 2) + 1 }
            if one(in: here) { return letter(alphabet) }
            return one(in: 60) ? Array("rare \(below(40))".utf8) : unique()
        }
    }

    /// Stretches of a text with other lines between them, sometimes going back.
    ///
    /// Gains of about four lines an edit are what the classical diff calls promising, and stretches of about
    /// 20 lines are what it calls long.
    private mutating func cut(_ base: [[UInt8]], _ alphabet: Int) -> [[UInt8]] {
        var text: [[UInt8]] = []
        let shortest = 8 + below(15)
        let (spread, gap) = (4 + below(17), 4 + below(13))
        let isScattered = one(in: 6)
        var at = 0
        while at < base.count, text.count < base.count * 2 {
            let length = min(shortest + below(spread), base.count - at)
            text += base[at..<at + length]
            text += lines(below(gap), alphabet)
            at += length + below(gap)
            if one(in: 50) { at = max(0, at - below(300)) }
            if isScattered { at = below(base.count + base.count / 1000) }
        }
        return text
    }

    private mutating func join(_ lines: [[UInt8]]) -> [UInt8] {
        var bytes = Array(lines.joined(separator: [10]))
        if !lines.isEmpty, !one(in: 5) { bytes.append(10) }
        return bytes
    }

    /// 0: all LF; 1: all CR LF; 2 and 3: mixed, the latter with CRs of their own.
    private mutating func withEnds(_ bytes: [UInt8], _ kind: Int) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            guard byte == 10 else { return [byte] }
            switch kind {
            case 0: return [10]
            case 1: return [13, 10]
            case 2: return one(in: 2) ? [13, 10] : [10]
            default: return [[10], [13, 10], [13, 13, 10], [13]][below(4)]
            }
        }
    }
}
