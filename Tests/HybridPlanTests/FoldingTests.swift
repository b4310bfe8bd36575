import HybridPlan
import TestSupport
import Testing

/// What meets where names are folded: every list made by chance against every path of a small alphabet, spelled in every
/// way, with a matcher of its own; and what is said of classes by name.
@Suite struct FoldingTests {
    private typealias Bytes = ArraySlice<UInt8>

    // MARK: A plain matcher

    /// A class's members, read as git reads them, for classes without escapes and names of classes.
    private static func members(_ text: Bytes) -> Set<UInt8> {
        let isNegated = text.first == 33
        let inner = Array(text.dropFirst(isNegated ? 1 : 0))
        var found: Set<UInt8> = []
        var at = 0
        while at < inner.count {
            if at + 2 < inner.count, inner[at + 1] == 45 {
                found.formUnion(inner[at]...inner[at + 2])
                at += 3
            } else {
                found.insert(inner[at])
                at += 1
            }
        }
        return isNegated ? Set(UInt8(1)...255).subtracting(found).subtracting([47]) : found
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

    /// Whether a pattern covers a path; `isTaken` as git compares without case: the path holds no capital.
    private static func matches(_ pattern: Bytes, _ path: Bytes, isTaken: Bool, isStart: Bool = true) -> Bool
    {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case 42:
            let behind = pattern.drop { $0 == 42 }
            let isDeep = isStart && pattern.count - behind.count > 1 && (behind.isEmpty || behind.first == 47)
            if isDeep, behind.isEmpty { return !path.isEmpty }
            if isDeep, matches(behind.dropFirst(), path, isTaken: isTaken) { return true }
            var left = path
            while true {
                if matches(behind, left, isTaken: isTaken, isStart: false) { return true }
                guard let next = left.first, isDeep || next != 47 else { return false }
                left = left.dropFirst()
            }
        case 63:
            return path.first.map { $0 != 47 } == true
                && matches(rest, path.dropFirst(), isTaken: isTaken, isStart: false)
        case 91:
            let end = rest.dropFirst().firstIndex(of: 93)!
            let members = members(rest[..<end])
            guard let next = path.first else { return false }
            // A letter in either case; in a negated class, both.
            let isLetter = isTaken && (97...122).contains(next)
            let cases = [next] + (isLetter ? [next - 32] : [])
            let isIn =
                rest.first == 33
                ? cases.allSatisfy(members.contains) : cases.contains(where: members.contains)
            guard isIn else { return false }
            return matches(rest[(end + 1)...], path.dropFirst(), isTaken: isTaken, isStart: false)
        default:
            return path.first == (isTaken ? lower(first) : first)
                && matches(rest, path.dropFirst(), isTaken: isTaken, isStart: first == 47)
        }
    }

    private static func covers(_ claim: Claim, _ path: Bytes, isTaken: Bool = false) -> Bool {
        let text = Array(claim.path.utf8)[...]
        if PathPattern.hasWildcard(claim.path) { return matches(text, path, isTaken: isTaken) }
        let name = isTaken ? text.map(lower) : Array(text)
        return path.elementsEqual(name) || path.starts(with: name + [47]) && path.count > name.count + 1
    }

    // MARK: Every path

    private static let paths: [[UInt8]] = {
        let letters = Array("aAbB_".utf8)
        let names = letters.map { [$0] } + letters.flatMap { one in letters.map { [one, $0] } }
        return names + names.flatMap { one in names.map { one + [47] + $0 } }
    }()
    /// The paths by their spelling in small letters.
    private static let spelledAs: [(folded: [UInt8], spellings: [Int])] = Dictionary(
        grouping: paths.indices, by: { paths[$0].map(lower) }
    ).map { (folded: $0.key, spellings: $0.value) }

    private struct Dice {
        var state: UInt64
        mutating func pick<T>(_ choices: [T]) -> T {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return choices[Int(state >> 33) % choices.count]
        }
    }

    private static func glob(_ dice: inout Dice) -> String {
        let pieces = [
            "a", "A", "b", "B", "_", "*", "?", "[!a]", "[!a-b]", "[A-B]", "[a-b]", "[aA]", "[!A]", "[!_]",
            "[!B_]",
            "*",
        ]
        return (0..<dice.pick([1, 1, 2])).map { _ in
            dice.pick([false, false, false, false, true])
                ? "**" : (0..<dice.pick([1, 2])).map { _ in dice.pick(pieces) }.joined()
        }.joined(separator: "/")
    }

    /// What a claim covers of all paths, and of all spellings in small letters where it takes away; each is matched once.
    private struct Covered {
        let claim: Claim
        let paths: Set<Int>
        let folded: Set<Int>

        init(_ claim: Claim) {
            self.claim = claim
            paths = Set(FoldingTests.paths.indices.filter { covers(claim, FoldingTests.paths[$0][...]) })
            let spelled = claim.isExcluded ? FoldingTests.spelledAs : []
            folded = Set(spelled.indices.filter { covers(claim, spelled[$0].folded[...], isTaken: true) })
        }
    }

    /// A claim, and what its list takes away behind it.
    private struct Held {
        let claim: Claim
        /// What of the list takes something from this very claim, and what does not.
        let taking: [Covered]
        let others: [Covered]
        /// The paths that are left to it.
        let owned: Set<Int>
        /// What it owns a spelling of, and what is taken from it in every spelling.
        let spelled: Set<Int>
        let gone: Set<Int>

        init(_ own: Covered, taken: [Covered]) {
            claim = own.claim
            taking = taken.filter { !$0.paths.isDisjoint(with: own.paths) }
            others = taken.filter { $0.paths.isDisjoint(with: own.paths) }
            let owned = taking.reduce(own.paths) { $0.subtracting($1.paths) }
            self.owned = owned
            let all = FoldingTests.spelledAs
            spelled = Set(all.indices.filter { all[$0].spellings.contains(where: owned.contains) })
            gone = taking.reduce([]) { $0.union($1.folded) }
        }

        func owns(_ path: [UInt8]) -> Bool {
            covers(claim, path[...]) && !(taking + others).contains { covers($0.claim, path[...]) }
        }

        /// Whether both own some spelling of a path, and nothing that takes something from its own claim takes it away.
        func meets(_ other: Held) -> Bool {
            !spelled.intersection(other.spelled).subtracting(gone).subtracting(other.gone).isEmpty
        }

        /// The same for any one path, in small letters.
        func meets(_ other: Held, at folded: [UInt8], _ spellings: [[UInt8]]) -> Bool {
            spellings.contains(where: owns) && spellings.contains(where: other.owns)
                && !(taking + other.taking).contains { covers($0.claim, folded[...], isTaken: true) }
        }
    }

    @Test(arguments: 0..<draws(8)) func listsAgainstEveryPathInEverySpelling(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &* 104_729 + 17)
        let lists = (0..<24).map { _ in
            (0..<dice.pick([1, 1, 2, 3])).map { place in
                Claim(path: Self.glob(&dice), isExcluded: place > 0 && dice.pick([true, true, false]))
            }
        }
        let jobs = lists.enumerated().map { Job(name: "\($0)", id: "j\($0)", files: $1) }
        struct Nothing: BaseTree { func entry(_ path: String) -> BaseEntry? { nil } }
        let report = try CheckReport.make(
            plan: Plan(task: PlannedTask(name: "t"), jobs: jobs), base: Nothing(), targetExists: true)
        let found = Dictionary(
            uniqueKeysWithValues: report.overlaps.map { (Set($0.jobs), $0) })
        let held = lists.map { list in
            let covered = list.map(Covered.init)
            return list.indices.filter { !list[$0].isExcluded }.map { place in
                Held(covered[place], taken: covered[place...].filter(\.claim.isExcluded))
            }
        }
        var counts = (exact: 0, folded: 0, none: 0)
        for one in lists.indices {
            for two in lists.indices where two > one {
                let told = "\(lists[one].map(\.text)) \(lists[two].map(\.text))"
                let pairs = held[one].flatMap { a in held[two].map { (a, $0) } }
                let isExact = pairs.contains { !$0.owned.isDisjoint(with: $1.owned) }
                let isFolded = !isExact && pairs.contains { $0.meets($1) }
                let overlap = found[[jobs[one].name, jobs[two].name]]
                if isExact {
                    counts.exact += 1
                } else if isFolded {
                    counts.folded += 1
                } else {
                    counts.none += 1
                }
                guard let overlap else {
                    #expect(!isExact && !isFolded, "\(told)")
                    continue
                }
                // Given up after some places that only one of them holds: taken for an overlap, and said so.
                if overlap.isUndecided { continue }
                // What is shown may lie beyond the small alphabet: it is looked at by itself.
                let witness = Array(overlap.path.utf8)
                let isShown = pairs.contains { a, b in
                    guard [a.claim.text, b.claim.text] == overlap.claims else { return false }
                    if overlap.kind != "case" { return a.owns(witness) && b.owns(witness) }
                    return a.meets(b, at: witness.map(Self.lower), Self.spellings(witness))
                }
                #expect(isShown, "\(told): \(overlap.path) \(overlap.kind)")
            }
        }
        // Each answer must be common, or the lists prove little.
        #expect(counts.exact > 40 && counts.folded > 0 && counts.none > 40, "\(counts)")
    }

    private static func spellings(_ path: [UInt8]) -> [[UInt8]] {
        path.reduce(into: [[]]) { all, byte in
            let small = lower(byte)
            all = all.flatMap {
                (97...122).contains(small) ? [$0 + [small], $0 + [small - 32]] : [$0 + [byte]]
            }
        }
    }

    // MARK: By name

    private func overlaps(_ one: [String], _ two: [String]) throws -> [CheckReport.Overlap] {
        struct Nothing: BaseTree { func entry(_ path: String) -> BaseEntry? { nil } }
        let jobs = [one, two].enumerated().map { number, files in
            Job(
                name: "\(number)", id: "j\(number)",
                files: files.map {
                    $0.hasPrefix("!")
                        ? Claim(path: String($0.dropFirst()), isExcluded: true) : Claim(path: $0)
                })
        }
        return try CheckReport.make(
            plan: Plan(task: PlannedTask(name: "t"), jobs: jobs), base: Nothing(), targetExists: true
        ).overlaps
    }

    @Test(
        arguments: [
            (["src/app.py"], ["src/[!a-z]*"], "case"),
            (["src/[!a-z]*"], ["src/[a-z]*"], "case"),
            (["src/[!a-zA-Z]*"], ["src/app.py"], "-"),
            (["src/app.py"], ["src/[!b]*"], "glob"),
            (["Docs/*_test.md"], ["Docs/**", "!Docs/?*.md"], "-"),
            (["Docs/*_test.md"], ["docs/**", "!docs/*.md"], "-"),
            (["src/**", "!src/[!A-Z]*"], ["src/app.py"], "case"),
            (["src/**", "!src/app.py"], ["SRC/app.py"], "-"),
            (["src/**", "!src/*.py"], ["src/app.py"], "-"),
            (["src/[!A-Z]*"], ["src/[A-Z]*"], "case"),
            (["[!a]"], ["[a]"], "case"),
        ] as [([String], [String], String)])
    func byName(_ one: [String], _ two: [String], _ kind: String) throws {
        #expect(try overlaps(one, two).map(\.kind) == (kind == "-" ? [] : [kind]))
        #expect(try overlaps(two, one).map(\.kind) == (kind == "-" ? [] : [kind]))
    }

    /// What a search shows can be written down, and is in both; what could only meet beyond UTF-8 does not meet.
    @Test(
        arguments: [
            ("?", ["?", "![ -~]", "![[:cntrl:]]"], nil), ("[é]x", ["?x"], nil),
            ("??", ["[!-~][!-~]", "![ -~]*"], true),
            ("é*", ["?[!a]*"], true), ("caf??", ["café"], true), ("caf?", ["café"], nil),
            ("???", ["[!-~]*"], true),
            ("*", ["**/?[Éé]"], true), ("*/*É", ["[aÉ][É]/**"], true), ("*", ["*[é]"], true),
            ("??", ["??", "!?[ -~]", "!?[[:cntrl:]]"], true), ("??", ["?[é]", "!?[ -~]"], true),
            ("?", ["[é]"], nil),
            ("日*", ["???[!x]"], true), ("*", ["[!-~]?", "![a-z]*"], true),
        ] as [(String, [String], Bool?)])
    func witnessesAreText(_ one: String, _ two: [String], _ meets: Bool?) throws {
        let found = try overlaps([one], two).first { !["case", "unicode"].contains($0.kind) }
        #expect((found != nil) == (meets ?? false), "\(found?.path ?? "-")")
        guard let path = found?.path else { return }
        #expect(!path.unicodeScalars.contains("\u{FFFD}"))
        for text in [one, two[0]] {
            #expect(PathPattern(text, isLiteral: false).matches(path), "\(text) \(path)")
        }
    }
}
