import Foundation
import HybridBase
import TestSupport
import Testing

@testable import HybridPlan

/// Claims made to be misread, each pair answered by hand, by git, and by looking at every path of a small alphabet.
@Suite struct AdverseClaimsTests {
    /// Two jobs' claims and how they meet: `-` not at all, `case` or `unicode` only where names are folded, `exact`.
    private struct Row: CustomStringConvertible {
        var one: [String]
        var two: [String]
        var expected: String
        /// What stands at the base.
        var base: [String] = []

        var description: String { "\(one) against \(two)" }
    }

    private static let rows: [Row] = [
        // Classes.
        Row(one: ["[a-c]*"], two: ["[!a-c]*"], expected: "case"),
        Row(one: ["[a-c]?"], two: ["[A-C]?"], expected: "case"),
        Row(one: ["[a-cA-C]*"], two: ["[!a-cA-C]*"], expected: "-"),
        Row(one: ["[[:lower:]]*"], two: ["[[:upper:]]*"], expected: "case"),
        Row(one: ["[[:lower:]1]"], two: ["[[:digit:]x]"], expected: "exact"),
        Row(one: ["[![:lower:]]"], two: ["[![:upper:]]"], expected: "exact"),
        Row(one: ["[]]"], two: ["./[[]"], expected: "-"),
        Row(one: ["[!]]"], two: ["]"], expected: "-"),
        Row(one: ["[]-a]"], two: ["^"], expected: "exact"),
        Row(one: ["[]-^]"], two: ["./[!a]"], expected: "exact"),
        Row(one: ["./[a-]"], two: ["./[--/]"], expected: "exact"),
        Row(one: ["./[^^]"], two: ["^"], expected: "-"),
        Row(one: ["./[a^]"], two: ["^"], expected: "exact"),
        Row(one: ["./[!-a]"], two: ["./[a-]"], expected: "case"),
        Row(one: ["[!a][!b]"], two: ["ab"], expected: "case"),
        Row(one: ["[!a][!b]"], two: ["[ab][ab]"], expected: "exact"),
        Row(one: ["a[!a]*"], two: ["a/b"], expected: "-"),
        Row(one: ["[.-]a"], two: [".a"], expected: "exact"),
        Row(one: ["./[*]"], two: ["a"], expected: "-"),
        Row(one: ["./[a-c-e]"], two: ["-"], expected: "exact"),
        // `**` at both ends.
        Row(one: ["**/a/**"], two: ["**/b/**"], expected: "exact"),
        Row(one: ["**/a"], two: ["a/**"], expected: "exact"),
        Row(one: ["**/a/**"], two: ["a"], expected: "exact"),
        Row(one: ["**/a/**"], two: ["*"], expected: "-"),
        Row(one: ["**/ab"], two: ["**/a"], expected: "-"),
        Row(one: ["a/**/b"], two: ["a/b/**"], expected: "exact"),
        Row(one: ["**/a/b"], two: ["**/b/a"], expected: "-"),
        Row(one: ["**/a/*"], two: ["*/b"], expected: "exact"),
        Row(one: ["**/a/**/b"], two: ["b/**/a"], expected: "-"),
        Row(one: ["**/a/**/b"], two: ["b/**"], expected: "exact"),
        Row(one: ["*/**"], two: ["*"], expected: "-"),
        Row(one: ["**/**/*/**"], two: ["a", "!a/**"], expected: "-"),
        // What a list takes away.
        Row(one: ["a/**", "!a/b/**"], two: ["a/b/**"], expected: "-"),
        Row(one: ["a/**", "!a/b"], two: ["a/b/ab"], expected: "-"),
        Row(one: ["a/**", "!a/*"], two: ["a/b"], expected: "exact"),
        Row(one: ["a/**", "!a/*"], two: ["a/b", "!a/b/**"], expected: "-"),
        Row(one: ["a/**", "!a/b/**", "a/b/ab"], two: ["a/b/**"], expected: "exact"),
        Row(one: ["**", "!**/b"], two: ["**/b"], expected: "-"),
        Row(one: ["**", "!**/b/**"], two: ["b"], expected: "exact"),
        Row(one: ["**", "!b"], two: ["b/a"], expected: "-"),
        Row(one: ["**", "!b/*"], two: ["b/a/x"], expected: "exact"),
        Row(one: ["*", "!a*"], two: ["a?"], expected: "-"),
        Row(one: ["A*", "!a*"], two: ["ab"], expected: "case"),
        Row(one: ["*", "![a-b]*", "!A*", "!B*"], two: ["[!1x]?"], expected: "exact"),
        Row(one: ["a?", "!ab"], two: ["?b"], expected: "-"),
        Row(one: ["a", "!a/b"], two: ["a/b"], expected: "-"),
        Row(one: ["a", "!a/b"], two: ["**/b", "!b/**"], expected: "exact"),
        // Folders against globs.
        Row(one: ["a"], two: ["a*"], expected: "exact"),
        Row(one: ["a"], two: ["*/b"], expected: "exact"),
        Row(one: ["a/"], two: ["a/b"], expected: "exact"),
        Row(one: ["ab"], two: ["a?/b/**"], expected: "exact"),
        Row(one: ["a/b"], two: ["**/b/*"], expected: "exact"),
        Row(one: ["a/b"], two: ["a/[!b]*"], expected: "case"),
        // A file at the base holds nothing, and a folder in its place takes it away.
        Row(one: ["a"], two: ["*/b"], expected: "-", base: ["a"]),
        Row(one: ["a"], two: ["a/*"], expected: "exact", base: ["a"]),
        Row(one: ["?"], two: ["a/b*"], expected: "exact", base: ["a"]),
        Row(one: ["a/*"], two: ["**/a"], expected: "exact", base: ["a"]),
        Row(one: ["a/*"], two: ["b/**"], expected: "-", base: ["a"]),
        Row(one: ["*", "!a"], two: ["a/b"], expected: "-", base: ["a"]),
        Row(one: ["**/a", "!a/**"], two: ["a/b/*"], expected: "exact", base: ["a"]),
        Row(one: ["./[a]"], two: ["a"], expected: "-", base: ["[a]"]),
        Row(one: ["[a]/*"], two: ["a/b"], expected: "exact", base: ["[a]"]),
        // Both ends of a rename.
        Row(one: ["a -> b"], two: ["b"], expected: "exact"),
        Row(one: ["a -> b"], two: ["a/b"], expected: "exact"),
        Row(one: ["a -> b"], two: ["./[!a]"], expected: "exact"),
        Row(one: ["a -> b/a"], two: ["b/*"], expected: "exact"),
        Row(one: ["a -> b"], two: ["c -> b"], expected: "exact"),
        Row(one: ["a -> b"], two: ["b -> c"], expected: "exact"),
        Row(one: ["a -> A"], two: ["ab -> aB"], expected: "-"),
        Row(one: ["ab -> c"], two: ["x -> C"], expected: "case"),
        Row(one: ["a -> b"], two: ["**", "!a", "!b"], expected: "-"),
        // Case.
        Row(one: ["Ab/*"], two: ["aB/**"], expected: "case"),
        Row(one: ["**/A"], two: ["a/b"], expected: "exact"),
        Row(one: ["*/A"], two: ["b/a"], expected: "case"),
        Row(one: ["[a-z][A-Z]"], two: ["[A-Z][a-z]"], expected: "case"),
        Row(one: ["a/B", "!a/b"], two: ["A/b"], expected: "case"),
        Row(one: ["ß"], two: ["??"], expected: "exact"),
        Row(one: ["ß"], two: ["?"], expected: "-"),
        Row(one: ["ß*"], two: ["SS"], expected: "case"),
        // Composition.
        Row(one: ["é/a"], two: ["e\u{301}/**"], expected: "unicode"),
        Row(one: ["e*"], two: ["é"], expected: "unicode"),
        Row(one: ["e*", "!é"], two: ["e\u{301}"], expected: "exact"),
        Row(one: ["é*", "!é"], two: ["e\u{301}"], expected: "-"),
        Row(one: ["É"], two: ["e\u{301}/b"], expected: "case"),
        Row(one: ["???"], two: ["é"], expected: "unicode"),
        Row(one: ["\u{212A}"], two: ["K"], expected: "unicode"),
        Row(one: ["\u{212A}/*"], two: ["k/a"], expected: "case"),
        Row(one: ["\u{AC00}"], two: ["\u{1100}\u{1161}/a"], expected: "unicode"),
    ]

    private struct Base: BaseTree {
        var files: [String]

        func entry(_ path: String) -> BaseEntry? {
            if files.contains(where: { PathFolding.areSame($0, path) }) { return .file }
            return files.contains { $0.hasPrefix(path + "/") } ? .directory : nil
        }
    }

    private static func plan(_ row: Row) throws -> Plan {
        let jobs = [row.one, row.two].enumerated().map { ["name": "J\($0)", "files": $1] as [String: Any] }
        let all: [String: Any] = ["task": ["name": "T"], "verify": "true", "jobs": jobs]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: all), as: UTF8.self)
        return try Plan.parse(text, format: .json, file: "plan", exists: { row.base.contains($0) })
    }

    // MARK: git

    private typealias Bytes = [UInt8]

    /// git's answers about a set of paths; one index for each depth, as no index holds a file and a folder of one name.
    private final class Oracle {
        private let sandbox: Sandbox
        private let depths: [Int]
        private var known: [Bytes: Set<Bytes>] = [:]

        init(_ paths: Set<Bytes>) throws {
            sandbox = try Sandbox()
            try sandbox.repository([:])
            let byDepth = Dictionary(grouping: paths) { $0.count { $0 == 47 } }
            depths = byDepth.keys.sorted()
            for (depth, paths) in byDepth {
                var lines = Data()
                for path in paths {
                    lines +=
                        Data("100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 0\t".utf8) + Data(path) + [0]
                }
                let done = try sandbox.run(
                    "git", "update-index", "-z", "--index-info", in: "repo",
                    environment: ["GIT_INDEX_FILE": "index\(depth)"], input: lines)
                try #require(done.code == 0, "\(done.err)")
            }
        }

        /// The paths that a pathspec with this magic covers.
        func paths(_ magic: String, _ text: String) throws -> Set<Bytes> {
            // As bytes: two texts of one composition are equal to Swift.
            let key = Array(":(\(magic))\(text)".utf8)
            if let found = known[key] { return found }
            var found: Set<Bytes> = []
            for depth in depths {
                let done = try sandbox.run(
                    "git", "ls-files", "-z", "--", ":(\(magic))\(text)", in: "repo",
                    environment: ["GIT_INDEX_FILE": "index\(depth)"])
                try #require(done.code == 0, "\(done.err)")
                for path in done.out.utf8.split(separator: 0) { found.insert(Array(path)) }
            }
            known[key] = found
            return found
        }
    }

    /// What each claim of a job covers, in order.
    private func covers(_ claims: [Claim], _ row: Row, _ oracle: Oracle, icase: Bool) throws -> [Set<Bytes>] {
        try claims.map { claim in
            let isName =
                !PathPattern.hasWildcard(claim.path)
                || row.base.contains { PathFolding.areSame($0, claim.path) }
            var found = try oracle.paths((icase ? "icase," : "") + (isName ? "literal" : "glob"), claim.path)
            if isName {
                // Below what is a file at the base is nothing.
                if row.base.contains(claim.path) {
                    found = found.filter { $0.count <= claim.path.utf8.count }
                }
            } else {
                // A pathspec is also the name that it spells; a claim is one of both.
                let own = Array(claim.path.utf8)
                found = found.filter { $0 != own && !$0.starts(with: own + [47]) }
            }
            return found
        }
    }

    /// The paths that a list leaves to its job: for each the last claim that covers it decides.
    private func owned(_ claims: [Claim], _ sets: [Set<Bytes>], only counts: [Bool]) -> Set<Bytes> {
        var out: Set<Bytes> = []
        for (place, claim) in claims.enumerated() where counts[place] {
            if claim.isExcluded { out.subtract(sets[place]) } else { out.formUnion(sets[place]) }
        }
        return out
    }

    private static let universe: Set<Bytes> = {
        let names = [
            "a", "b", "c", "ab", "ba", "aa", "bb", "ac", "A", "B", "C", "AB", "Ab", "aB", "x", "xb", "X", "é",
            "e\u{301}", "É", "E\u{301}", "ss", "SS", "ß", ".a", "-", "]", "[", "^", "e", "1", "1x", "K", "k",
            "\u{212A}", "\u{AC00}", "\u{1100}\u{1161}", "[a]",
        ]
        let few = ["a", "b", "ab", "A", "x", "é", "e\u{301}", "aB", "B"]
        let two = names.flatMap { one in names.map { "\(one)/\($0)" } }
        let three = few.flatMap { one in few.flatMap { two in few.map { "\(one)/\(two)/\($0)" } } }
        return Set((names + two + three).map { Array($0.utf8) })
    }()

    @Test func everyPairIsAnsweredAsGitAndEveryPathSay() throws {
        #expect(Self.rows.count >= 40)
        var found: [(row: Row, plan: Plan, overlap: CheckReport.Overlap?)] = []
        for row in Self.rows {
            let plan = try Self.plan(row)
            let base = Base(files: row.base)
            let overlap = try CheckReport.make(plan: plan, base: base, targetExists: true).overlaps.first
            var turned = plan
            turned.jobs.swapAt(0, 1)
            let other = try CheckReport.make(plan: turned, base: base, targetExists: true).overlaps.first
            #expect(Self.kind(overlap) == row.expected, "\(row): \(overlap?.path ?? "-")")
            #expect(Self.kind(other) == row.expected, "\(row), turned round: \(other?.path ?? "-")")
            found.append((row, plan, overlap))
        }
        let witnesses = found.compactMap(\.overlap).map { Array($0.path.utf8) }
        let oracle = try Oracle(Self.universe.union(witnesses))
        for (row, plan, overlap) in found {
            let lists = plan.jobs.map(\.files)
            let sets = try lists.map { try covers($0, row, oracle, icase: false) }
            let own = zip(lists, sets).map { owned($0, $1, only: $0.map { _ in true }) }
            let common = own[0].intersection(own[1])
            // One takes away the file that stands where the other's folder would be.
            let isObstacle = overlap?.kind == "directory"
            switch row.expected {
            case "exact":
                let witness = Array(try #require(overlap).path.utf8)
                #expect(isObstacle || common.contains(witness), "\(row): \(overlap?.path ?? "")")
            case "case", "unicode": #expect(common.isEmpty, "\(row)")
            default:
                #expect(
                    common.isEmpty, "\(row): \(common.prefix(3).map { String(decoding: $0, as: UTF8.self) })")
            }
            if row.expected == "exact" { continue }
            // Composition: what each covers, spelled in one way.
            let spelled = own.map { Set($0.map(Self.decomposed)) }
            let isComposed = !spelled[0].isDisjoint(with: spelled[1])
            #expect(isComposed == (row.expected == "unicode"), "\(row)")
            if row.expected == "unicode" { continue }
            // Case: a claim stands for every spelling of what it covers (`[!a]` covers A, and A is a elsewhere); what is
            // taken away is taken as git compares ASCII, where it takes something away from its own list.
            let folded = try lists.indices.map { list in
                let (claims, exact) = (lists[list], sets[list])
                let counts = claims.indices.map { place in
                    !claims[place].isExcluded
                        || claims.indices.contains {
                            $0 < place && !claims[$0].isExcluded && !exact[$0].isDisjoint(with: exact[place])
                        }
                }
                let taken = try covers(claims, row, oracle, icase: true)
                let spelled = claims.indices.map { place in
                    Set((claims[place].isExcluded ? taken : exact)[place].map(Self.small))
                }
                return Set(owned(claims, spelled, only: counts).map(Self.decomposed))
            }
            let isASCII = (row.one + row.two).allSatisfy { $0.utf8.allSatisfy { $0 < 128 } }
            if isASCII {
                #expect(folded[0].isDisjoint(with: folded[1]) == (row.expected == "-"), "\(row)")
            }
        }
    }

    // MARK: Lists made by chance

    /// Names, folders, globs and what is taken away again, on bases that hold files, against every path.
    @Test(arguments: Array(0..<5) + [32, 33, 34, 43, 73, 102, 111])
    func mixedListsAgainstEveryPath(_ seed: Int) throws {
        var state = UInt64(seed) &* 7919 + 3
        func pick<T>(_ choices: [T]) -> T {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return choices[Int(state >> 33) % choices.count]
        }
        let base = Base(files: pick([[], ["a"], ["b/a"], ["a", "b/c"], ["c/a/b", "b"]]))
        let lists = (0..<16).map { _ in
            (0..<pick([1, 2, 3, 4])).map { place in
                let depth = pick([1, 1, 2, 2, 3])
                let path = (0..<depth).map { _ in
                    pick(["a", "b", "c", "a", "b", "*", "?", "[ab]", "[!a]", "**"])
                }
                return Claim(
                    path: path.joined(separator: "/"), isExcluded: place > 0 && pick([true, false, false]))
            }
        }
        let plan = Plan(
            task: PlannedTask(name: "t"),
            jobs: lists.enumerated().map { Job(name: "\($0)", id: "j\($0)", files: $1) })
        let report = try CheckReport.make(plan: plan, base: base, targetExists: true)
        func covers(_ claim: Claim, _ path: String) -> Bool {
            if !PathPattern.hasWildcard(claim.path) {
                // What is taken away is taken with all that might come below it.
                let isFile = base.files.contains(claim.path) && !claim.isExcluded
                return path == claim.path || !isFile && path.hasPrefix(claim.path + "/")
            }
            return PatternPairsTests.plain(Array(claim.path.utf8)[...], Array(path.utf8)[...])
        }
        func owns(_ list: [Claim], _ path: String) -> Bool {
            list.last { covers($0, path) }.map { !$0.isExcluded } ?? false
        }
        let paths = PatternPairsTests.paths
        let owned = lists.map { list in Set(paths.indices.filter { owns(list, paths[$0]) }) }
        var meeting = 0
        for one in lists.indices {
            for two in lists.indices where two > one {
                let names = ["\(one)", "\(two)"]
                let found = report.overlaps.first { Set($0.jobs) == Set(names) }
                let isCommon = !owned[one].isDisjoint(with: owned[two])
                let told = "\(lists[one].map(\.text)) \(lists[two].map(\.text)) on \(base.files)"
                if isCommon { #expect(found != nil, "\(told)") }
                guard let found else { continue }
                meeting += 1
                let path = found.path
                if owns(lists[one], path), owns(lists[two], path) { continue }
                // `[!a]` holds A, which is a elsewhere.
                let spelled = path.reduce(into: [""]) { all, letter in
                    let both = Set([String(letter), letter.uppercased()])
                    all = all.flatMap { start in both.map { start + $0 } }
                }
                if found.kind == "case", spelled.contains(where: { owns(lists[one], $0) }),
                    spelled.contains(where: { owns(lists[two], $0) })
                {
                    continue
                }
                // The one holds a file, the other something below it.
                let holds = [(one, two), (two, one)].contains { holder, other in
                    base.files.contains { file in
                        (path == file || path.hasPrefix(file + "/")) && owns(lists[holder], file)
                            && lists[other].contains { !$0.isExcluded && $0.path.hasPrefix(file + "/") }
                    }
                }
                #expect(found.kind == "directory" && holds, "\(told): \(path) \(found.kind)")
            }
        }
        #expect((10...118).contains(meeting), "\(meeting)")
    }

    /// A file that any job may touch is nobody's, also where a glob says so and both name it.
    @Test func aGlobOfHotFilesCoversTheFileThatIsNamed() throws {
        var plan = try Self.plan(Row(one: ["app.lock"], two: ["app.lock"], expected: "-"))
        plan.hot = [HotFile(path: "*.lock", policy: .union)]
        func paths(_ files: [String]) throws -> [String] {
            try CheckReport.make(plan: plan, base: Base(files: files), targetExists: true).overlaps.map(
                \.path)
        }
        #expect(try paths(["app.lock"]) == [])
        // A folder of that name is none of those files.
        #expect(try paths(["app.lock/x"]).count == 1)
        plan.hot = []
        #expect(try paths(["app.lock"]) == ["app.lock"])
    }

    private static func kind(_ overlap: CheckReport.Overlap?) -> String {
        guard let kind = overlap?.kind else { return "-" }
        return ["case", "unicode"].contains(kind) ? kind : "exact"
    }

    /// Without ASCII's capitals.
    private static func small(_ path: Bytes) -> Bytes {
        path.map { (65...90).contains($0) ? $0 + 32 : $0 }
    }

    private static func decomposed(_ path: Bytes) -> Bytes {
        Array(String(decoding: path, as: UTF8.self).decomposedStringWithCanonicalMapping.utf8)
    }

    /// What git would read as an escape is refused: a claim has no second way to spell a byte.
    @Test(arguments: [
        #"a\*"#, #"\[a\]"#, #"[\]]"#, #"a/\b"#, "a/**/../b", "a//b", "./../a", "a/./b", "a\u{202E}b",
    ])
    func whatIsEscapedOrHiddenIsRefused(_ path: String) {
        #expect(throws: HybridError.self) { try Self.plan(Row(one: [path], two: ["x"], expected: "")) }
    }
}
