import HybridPlan
import Testing

/// The table of pairs, pairs made by chance, and lists with negations, against every path of a small alphabet.
@Suite struct PatternPairsTests {
    static var pairs: [(String, String, String)] {
        table.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3 else { return nil }
            return (words[0], words[1], words[2])
        }
    }

    private func overlaps(_ one: String, _ two: String) throws -> [CheckReport.Overlap] {
        let plan = Plan(
            task: PlannedTask(name: "t"),
            jobs: [one, two].enumerated().map { Job(name: "j\($0)", id: "j\($0)", files: [Claim(path: $1)]) })
        struct Nothing: BaseTree { func entry(_ path: String) -> BaseEntry? { nil } }
        return try CheckReport.make(plan: plan, base: Nothing(), targetExists: true).overlaps
    }

    @Test func theTableIsLongEnough() { #expect(Self.pairs.count >= 150) }

    @Test func everyPairOfTheTable() throws {
        for (one, two, expected) in Self.pairs {
            let patterns = [one, two].map { PathPattern($0, isLiteral: false) }
            for pair in [[one, two], [two, one]] {
                let found = try overlaps(pair[0], pair[1])
                switch expected {
                case "-": #expect(found.isEmpty, "\(one) \(two): \(found.map(\.path))")
                case "case", "unicode": #expect(found.map(\.kind) == [expected], "\(one) \(two)")
                default:
                    let path = expected.hasSuffix("/") ? String(expected.dropLast()) : expected
                    for pattern in patterns { #expect(pattern.matches(path), "\(pattern.text) \(path)") }
                    #expect(
                        found.count == 1 && !["case", "unicode"].contains(found.first?.kind), "\(one) \(two)")
                    let witness = try #require(found.first?.path, "\(one) \(two)")
                    for pattern in patterns {
                        #expect(pattern.matches(witness), "\(pattern.text) \(witness)")
                    }
                }
            }
        }
    }

    // MARK: Generated pairs

    /// wildmatch written again in the plainest way, so that the two cannot share a mistake; these patterns hold no
    /// range and no escape.
    static func plain(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>, isStart: Bool = true) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case 42:
            let behind = pattern.drop { $0 == 42 }
            let isDeep = isStart && pattern.count - behind.count > 1 && (behind.isEmpty || behind.first == 47)
            if isDeep, behind.isEmpty { return !path.isEmpty }
            if isDeep, plain(behind.dropFirst(), path) { return true }
            var left = path
            while true {
                if plain(behind, left, isStart: false) { return true }
                guard let next = left.first, isDeep || next != 47 else { return false }
                left = left.dropFirst()
            }
        case 63: return path.first.map { $0 != 47 } == true && plain(rest, path.dropFirst(), isStart: false)
        case 91:
            let end = rest.dropFirst().firstIndex(of: 93)!
            let isNegated = rest.first == 33
            let members = rest[..<end].dropFirst(isNegated ? 1 : 0)
            guard let next = path.first, next != 47, members.contains(next) != isNegated else { return false }
            return plain(rest[(end + 1)...], path.dropFirst(), isStart: false)
        default: return path.first == first && plain(rest, path.dropFirst(), isStart: first == 47)
        }
    }

    private struct Dice {
        var state: UInt64
        mutating func roll(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
    }

    /// A glob over a small alphabet; every one holds a wildcard.
    private static func glob(_ dice: inout Dice) -> String {
        let pieces = ["a", "b", "c", "a", "b", "*", "?", "[ab]", "[!a]", "[bc]", "**", "[!bc]", "*"]
        while true {
            let parts = (0...dice.roll(3)).map { _ -> String in
                if dice.roll(5) == 0 { return "**" }
                return (0...dice.roll(3)).map { _ in pieces[dice.roll(pieces.count)] }.joined()
            }
            let text = parts.joined(separator: "/")
            if PathPattern.hasWildcard(text) { return text }
        }
    }

    /// All paths of up to three components over a, b, c: long names where there are few, short ones where many.
    static let paths: [String] = {
        func names(_ length: Int) -> [String] {
            length == 0 ? [""] : names(length - 1).flatMap { name in ["a", "b", "c"].map { name + $0 } }
        }
        let short = (1...2).flatMap(names)
        let long = (1...4).flatMap(names)
        let two = short.flatMap { one in short.map { one + "/" + $0 } }
        let three = short.flatMap { one in two.map { one + "/" + $0 } }
        return long + two + three
    }()

    @Test func twentyThousandPairsAgainstEveryPath() {
        var dice = Dice(state: 20_000)
        let bytes = Self.paths.map { Array($0.utf8)[...] }
        let globs = Array(Set((0..<330).map { _ in Self.glob(&dice) })).sorted()
        var sets: [[UInt64]] = []
        var patterns: [PathPattern] = []
        for glob in globs {
            let pattern = PathPattern(glob, isLiteral: false)
            var set = [UInt64](repeating: 0, count: bytes.count / 64 + 1)
            let text = Array(glob.utf8)[...]
            for (number, path) in bytes.enumerated() {
                let expected = Self.plain(text, path)
                if pattern.matches(path) != expected {
                    Issue.record("\(glob) and \(Self.paths[number]): \(expected) expected")
                }
                if expected { set[number / 64] |= 1 << UInt64(number % 64) }
            }
            patterns.append(pattern)
            sets.append(set)
        }
        var compared = 0
        var meeting = 0
        for one in patterns.indices {
            for two in patterns.indices where two > one && compared < 20_000 {
                compared += 1
                let common = zip(sets[one], sets[two]).contains { $0 & $1 != 0 }
                if let path = PatternIntersection.witness(patterns[one], patterns[two]) {
                    meeting += 1
                    for glob in [globs[one], globs[two]]
                    where !Self.plain(Array(glob.utf8)[...], Array(path.utf8)[...]) {
                        Issue.record("\(globs[one]) and \(globs[two]): \(path) is not in \(glob)")
                    }
                } else if common {
                    Issue.record("\(globs[one]) and \(globs[two]) have common paths")
                }
            }
        }
        #expect(compared == 20_000)
        // Both answers must be common, or the pairs prove little.
        #expect((2000...18_000).contains(meeting), "\(meeting)")
    }

    @Test(arguments: 0..<15)
    func listsWithNegationsAgainstEveryPath(_ seed: Int) throws {
        var dice = Dice(state: UInt64(seed) + 77)
        let lists = (0..<14).map { _ in
            (0...dice.roll(3)).map { place in
                Claim(path: Self.glob(&dice), isExcluded: place > 0 && dice.roll(2) == 0)
            }
        }
        let jobs = lists.enumerated().map { Job(name: "\($0)", id: "j\($0)", files: $1) }
        struct Nothing: BaseTree { func entry(_ path: String) -> BaseEntry? { nil } }
        let report = try CheckReport.make(
            plan: Plan(task: PlannedTask(name: "t"), jobs: jobs), base: Nothing(), targetExists: true)
        let found = Dictionary(
            uniqueKeysWithValues: report.overlaps.map { (Set($0.jobs.map { Int($0)! }), $0) })
        func covers(_ list: [Claim], _ path: ArraySlice<UInt8>) -> Bool {
            list.last { Self.plain(Array($0.path.utf8)[...], path) }.map { !$0.isExcluded } ?? false
        }
        let sets = lists.map { list in ClaimSet(list) { _ in false } }
        let owned = lists.map { list in
            Self.paths.indices.filter { covers(list, Array(Self.paths[$0].utf8)[...]) }
        }
        for (list, set) in zip(owned, sets) {
            let own = Set(list)
            for number in stride(from: 0, to: Self.paths.count, by: 7) {
                #expect((set.covers(Self.paths[number]) != nil) == own.contains(number))
            }
        }
        for one in lists.indices {
            for two in lists.indices where two > one {
                let common = !Set(owned[one]).isDisjoint(with: owned[two])
                if let overlap = found[[one, two]] {
                    guard !["case", "unicode"].contains(overlap.kind) else { continue }
                    #expect(!overlap.isUndecided)
                    let path = Array(overlap.path.utf8)[...]
                    #expect(
                        covers(lists[one], path) && covers(lists[two], path),
                        "\(lists[one].map(\.text)) \(lists[two].map(\.text)) \(overlap.path)")
                } else {
                    #expect(!common, "\(lists[one].map(\.text)) \(lists[two].map(\.text))")
                }
            }
        }
    }
}
