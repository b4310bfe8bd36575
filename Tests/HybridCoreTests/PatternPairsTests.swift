import Testing

@testable import HybridCore

/// Pairs of claims with a path that both cover, or "-" where none can exist.
///
/// Written by hand from wildmatch.c and the manual pages of git. A word instead of a path is the kind of an overlap
/// that exists only for file systems that fold names.
@Suite struct PatternPairsTests {
    static let table = """
        a a a
        a b -
        a ab -
        src src/a.py src/a.py
        src src src
        src/a src/ab -
        src src2/a -
        a.py a.py/b a.py/b
        a/b/c a/b a/b/c
        * a a
        * .hidden .hidden
        .* *.py .py
        .* a -
        *.py *.md -
        *.py a* a.py
        *.py *_test.py a_test.py
        a* *b ab
        a*b b*a -
        a*c a*b*c abc
        a*b*c acb -
        a*b*c a?c abc
        a?c abc abc
        a?c ac -
        a?c abbc -
        a?c a/c -
        a*c a/c -
        ?? a -
        ?? ab ab
        ??? ?? -
        * a/b -
        */b a/b a/b
        */* a/b a/b
        */* a/b/c -
        */* * -
        a/* a/b a/b
        a/* a/b/c -
        a/* */b a/b
        a/*/c a/b/* a/b/c
        a/*/c a/b/c a/b/c
        a/*/c a/b/d -
        a/*/c a/b/c/d -
        a/*/c a/c a/c/c
        src/*.py src/sub/x.py -
        src/*.py src/a.py src/a.py
        src/*.py src/*.md -
        src/*.py src/a*.py src/a.py
        src/*/a.py src/*/b.py -
        ** a a
        ** a/b/c a/b/c
        ** * a
        ** **/x x
        ** a/** a/b
        **/x x x
        **/x a/x a/x
        **/x a/b/x a/b/x
        **/x ax ax/x
        **/x a/bx a/bx/x
        **/x x/y x/y/x
        **/x */x a/x
        **/x a/*/x a/b/x
        **/x **/y -
        **/x.py *.py x.py
        **/*.py src/*.py src/a.py
        **/*.py src/*.md -
        **/*.py docs/**/*.md -
        **/a/** b/a/c b/a/c
        **/a/** a/b a/b
        **/a/** *a -
        **/a/** b/** b/a/c
        **/a/b a/**/b a/b
        a/** a a/b
        a/** a/b a/b
        a/** a/b/c a/b/c
        a/** ab/c -
        a/** b/** -
        a/** a/*/c a/b/c
        a/** */b a/b
        a/** * -
        a/** a/b/** a/b/c
        a/**/b a/b a/b
        a/**/b a/c/b a/c/b
        a/**/b a/c/d/b a/c/d/b
        a/**/b ab -
        a/**/b a/c a/c/b
        a/**/b a/*/c -
        a/**/b a/*/b a/c/b
        a/**/b */b a/b
        a/**/z a/b/c/z a/b/c/z
        a/**/b/**/c a/b/c a/b/c
        a/**/b/**/c a/x/b/y/c a/x/b/y/c
        a/**/b/**/c a/c a/c/b/c
        a/**/b/**/c a/c/b a/c/b/c
        **/**/x x x
        **/**/x a/x a/x
        ***/x a/x a/x
        *** a/b a/b
        a** ab ab
        a** a/b -
        a**b axxb axxb
        a**b a/b -
        a**b a*b ab
        a**/b ab/b ab/b
        a**/b a/x/b -
        **a ba ba
        **a b/a -
        x/**a x/ba x/ba
        x/**a x/b/a -
        a/**b a/xb a/xb
        a/**b a/x/b -
        [ab] a a
        [ab] c -
        [ab] [bc] b
        [ab] [cd] -
        [ab].py b.py b.py
        [a-c] b b
        [a-c] d -
        [a-c] [c-e] c
        [a-b] [d-e] -
        [c-a] a -
        [c-a] * c
        [a-cx-z] y y
        [a-cx-z] [d-w] -
        [!a] b b
        [!a] a -
        [^a] b b
        [^a] a -
        [!a] [a] -
        [!a] [!b] c
        [!a-z] b -
        [!a-z] 1 1
        [!a-y] [a-z] z
        [!0-9] [0-9] -
        [!a]* a* -
        [!a]*.py b*.py b.py
        src/[!a]*.py src/a*.py -
        [!/] a a
        a[/]b a/b -
        a[!x]b a/b -
        a[+-0]b a/b -
        []] ] ]
        []a] a a
        []a] b -
        [!]] ] -
        [!]] a a
        [a-] - -/
        [-a] a a
        [-a] b -
        [a-] b -
        [[] [ [/
        [[]id] x -
        a[[]b a[b a[b/
        [[:digit:]] 5 5
        [[:digit:]] a -
        [[:digit:]] [0-9] 3
        [[:digit:]] [[:alpha:]] -
        [[:alpha:]] a a
        [[:alpha:]] 1 -
        [[:alpha:]] é -
        [[:upper:]] A A
        [[:upper:]] [[:digit:]] -
        [[:upper:]] a case
        [[:lower:]] a a
        [[:lower:]] A case
        [[:alnum:]] _ -
        [[:alnum:]_] _ _
        [[:alnum:]] [!a-z0-9] A
        [[:space:]] a -
        [[:punct:]] - -/
        [[:punct:]] [[:alnum:]] -
        [[:xdigit:]] f f
        [[:xdigit:]] g -
        [[:xdigit:]] [g-z] -
        [[:blank:]] [[:graph:]] -
        [[:print:]] é -
        [[:cntrl:]] [[:print:]] -
        [![:digit:]] 7 -
        [![:digit:]] a a
        [![:alpha:]] [[:alpha:]] -
        [[:digit:][:upper:]] 4 4
        [[:digit:]a-c] b b
        [[:digit:]a-c] d -
        [[:word:]] a -
        [[:digit:]]* a* -
        v[0-9].txt v[!0-9].txt -
        v[0-9]* v1.txt v1.txt
        ? é -
        ?? é é
        ??? é unicode
        * é é
        é* *.py é.py
        é.py è.py -
        [é] é -
        日* 日本 日本
        ??? 日 日
        ? 日 -
        日 本 -
        README readme case
        Src/a src/a case
        Src src/a.py case
        src/A.py src/*.py src/A.py
        SRC/*.py src/a.py case
        src/*.PY src/a.py case
        Src/** src/x case
        src/A* src/a* case
        [A-C] [a-c] case
        [A-C] d -
        STRASSE straße case
        straße strasse case
        straße/* STRASSE/a case
        é.py e\u{301}.py unicode
        é/* e\u{301}/a unicode
        é e\u{301}/a unicode
        É e\u{301} case
        e\u{301}* é.py unicode
        ?? e\u{301} unicode
        [.] ? -
        [.][.] ?? -
        [.]? [.]? .a
        a/[.] a/? -
        [.]git [.]g* -
        [.]gi[t] ???? -
        [.]gitx [.]g* .gitx
        *a*a*a*a*b *a*a*a*a*c -
        *a*a*a*a* *b*b*b*b* aaaabbbb
        *.* a -
        *.* a.b a.b
        *-*.js a.js -
        test_*.py *_test.py test_test.py
        test_*.py *_x.py test_x.py
        """

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
