import HybridBase
import HybridPlan
import TestSupport
import Testing

/// A base with these files.
private struct Files: BaseTree {
    var files: Set<String>
    var links: Set<String> = []

    func entry(_ path: String) -> BaseEntry? {
        if links.contains(path) { return .symlink }
        if files.contains(path) { return .file }
        return files.contains { $0.hasPrefix(path + "/") } ? .directory : nil
    }
}

private func check(_ jobs: [[String]], base: Set<String> = [], _ change: (inout Plan) -> Void = { _ in })
    throws -> CheckReport
{
    var plan = Plan(
        task: PlannedTask(name: "t"),
        jobs: jobs.enumerated().map { index, files in
            Job(name: "job \(index)", id: "job-\(index)", files: files.map { Claim(path: $0) })
        }, verify: [.shell("true")])
    change(&plan)
    return try CheckReport.make(plan: plan, base: Files(files: base), targetExists: true)
}

@Suite struct OverlapTests {
    @Test(
        "finds overlaps, with a path that both cover",
        arguments: [
            ("a.py", "a.py", "path"), ("src", "src/a.py", "directory"), ("src/**", "src/a.py", "glob"),
            ("src/*.py", "src/a*", "glob"), ("*.py", "a.py", "glob"), ("**/x", "a/b", "glob"),
            ("**/x", "*.y", nil), ("**/x", "*.y/**", "glob"),
            ("a/*/c", "a/b/*", "glob"),
            ("README", "readme", "case"), ("é.py", "e\u{301}.py", "unicode"), ("STRASSE", "straße", "case"),
            ("src/a.py", "src/b.py", nil), ("src/a", "src/ab", nil), ("src/*.py", "src/*.md", nil),
            ("a/**/z", "a/b/c/z", "glob"), ("a?c", "a/c", nil), ("[ab].py", "b.py", "glob"),
            ("[!a].py", "a.py", "case"), ("[!aA].py", "a.py", nil), ("[b!a].py", "A.py", "case"),
            ("[!a].py", "1.py", "glob"),
            ("*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*a*c", nil), ("src/*", "src/a/b/c", nil),
            ("src/*", "src/a", "glob"), ("src/*/**", "src/a/b/c", "glob"),
            ("Src/**", "src/x", "case"),
        ])
    func overlaps(_ one: String, _ two: String, _ kind: String?) throws {
        for pair in [[[one], [two]], [[two], [one]]] {
            let report = try check(pair)
            #expect(report.overlaps.map(\.kind) == [kind].compactMap { $0 }, "\(one) \(two)")
            #expect(report.mayRun == (kind == nil))
            if let found = report.overlaps.first {
                #expect(Set(found.jobs) == ["job 0", "job 1"])
                #expect(report.checklist[0].problems.first?.contains(found.path) == true)
                if kind == "glob" || kind == "path" || kind == "directory" {
                    #expect(PathPattern(one, isLiteral: false).matches(found.path))
                    #expect(PathPattern(two, isLiteral: false).matches(found.path))
                }
            }
        }
    }

    @Test(arguments: 0..<30)
    func findsWhatComparingEveryPairFinds(_ seed: Int) throws {
        var state = UInt64(seed)
        func pick(_ choices: [String]) -> String {
            // A small generator, so that a failing plan can be made again from its seed.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return choices[Int(state >> 33) % choices.count]
        }
        let claims = (0..<40).map { _ in
            (0...Int(pick(["0", "1", "2", "3"]))!).map { _ in
                pick(["a", "b", "A", "Straße", "strasse", "*", "?", "a*", "**", "[ab]", "é", "e\u{301}"])
            }.joined(separator: "/")
        }
        let patterns = claims.map { PathPattern($0, isLiteral: false) }
        var expected: Set<[Int]> = []
        for one in patterns.indices {
            for two in patterns.indices where two > one {
                if PatternIntersection.witness(patterns[one], patterns[two]) != nil
                    || PatternIntersection.witness(patterns[one], patterns[two], folding: true) != nil
                {
                    expected.insert([one, two])
                }
            }
        }
        let found = try check(claims.map { [$0] }).overlaps.map { overlap in
            overlap.jobs.map { Int($0.dropFirst(4))! }.sorted()
        }
        #expect(Set(found) == expected)
        #expect(found.count == expected.count)
    }

    @Test func aThousandJobsAreCheckedInSeconds() throws {
        let jobs = (0..<1000).map { job in
            (0..<4).map { "src/d\(job % 10)/f\(job)-\($0).txt" }
        }
        let began = ContinuousClock.now
        let report = try check(jobs) { plan in
            for job in plan.jobs.indices.dropFirst() {
                plan.jobs[job].dependencies = [Claim(path: "src/d0/f0-0.txt", kind: .read)]
            }
        }
        #expect(report.mayRun)
        #expect(report.waves.map(\.count) == [1, 999])
        // Comparing every pair of claims took minutes.
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test(arguments: [
        ("src", "src/a/b", true), ("src/*.py", "src/a.py", true), ("src/*.py", "src/d/a.py", false),
        ("src/*", "src/a/b", false), ("*", ".a", true), ("?", "é", false), ("??", "é", true),
        ("**/a/**/b", "x/a/y/a/b", true), ("[]-a]", "]", true), ("[[:digit:]x]", "7", true),
        ("[[:no:]]", "n", false), ("[a-]", "-", true), ("[b-a]", "a", false), ("a**/b", "ax/b", true),
        ("a**/b", "ax/y/b", false), ("**", "a/b", true), ("*a*b/**/c", "xaab/y/c", true),
        ("**/t.py", "t.py", true),
        ("**/t.py", "a/b/t.py", true), ("a/**", "a", false), ("a/**", "a/b", true), ("a?", "ab", true),
        ("a?", "a/", false),
        ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false),
        ("[", "[", true), ("a**b", "axxb", true), ("a**b", "a/b", false),
    ])
    func wildmatch(_ pattern: String, _ path: String, _ expected: Bool) {
        #expect(PathPattern(pattern, isLiteral: false).matches(path) == expected)
    }

    @Test func theOrchestratorsFilesAreNobodyElses() throws {
        let report = try check([["src/base.py"]]) { $0.orchestrator.files = [Claim(path: "src/base.py")] }
        #expect(report.overlaps.first.map { Set($0.jobs) } == ["job 0", "orchestrator"])
        let list = try check([["src/__init__.py"]]) {
            $0.exports = [ExportList(file: "src/__init__.py", form: .python)]
        }
        #expect(list.overlaps.count == 1)
    }

    @Test func wavesMendAnOverlap() throws {
        let report = try check([["a"], ["a"], ["b"]])
        #expect(!report.mayRun)
        #expect(report.repairs.contains { $0.contains("--waves") })
        var plan = Plan(
            task: PlannedTask(name: "t"),
            jobs: [["a"], ["a"], ["b"]].enumerated().map {
                Job(name: "job \($0)", id: "job-\($0)", files: $1.map { Claim(path: $0) })
            }, verify: [.shell("true")])
        plan = try #require(try report.repairedByWaves(plan))
        let mended = try CheckReport.make(plan: plan, base: Files(files: []), targetExists: true)
        #expect(mended.mayRun)
        #expect(mended.waves == [[0, 2], [1]])
    }

    @Test func dependenciesMustComeFromSomewhere() throws {
        func depends(_ path: String, base: Set<String> = []) throws -> CheckReport {
            try check([["a.py"], ["b.py"]], base: base) {
                $0.jobs[0].dependencies = [Claim(path: path, kind: .read)]
            }
        }
        #expect(try !depends("x.py").mayRun)
        #expect(try depends("x.py", base: ["x.py"]).mayRun)
        // Made by another job: it comes first.
        #expect(try depends("b.py").waves == [[1], [0]])
        let circle = try check([["a.py"], ["b.py"]]) {
            $0.jobs[0].needs = ["job 1"]
            $0.jobs[1].needs = ["job 0"]
        }
        #expect(!circle.mayRun && circle.waves.isEmpty)
        #expect(circle.checklist[2].problems.first?.contains("job 0 → job 1 → job 0") == true)
    }

    @Test func aMissingVerifyCommandIsSaidButStopsNobody() throws {
        let report = try check([["a"]]) { $0.verify = [] }
        #expect(!report.isClear)
        #expect(report.mayRun)
    }

    @Test func aLinkOnTheWayIsRefused() throws {
        let plan = Plan(
            task: PlannedTask(name: "t"), jobs: [Job(name: "j", id: "j", files: [Claim(path: "out/x")])],
            verify: [.shell("true")])
        let base = Files(files: ["a"], links: ["out"])
        #expect(try !CheckReport.make(plan: plan, base: base, targetExists: true).mayRun)
    }

    @Test func ticksOnlyItsOwnBoxes() throws {
        let report = try check([["a"], ["a"]])
        let text =
            "## Conflict Analysis:\r\n- [ ] No file overlaps  \r\n* [x] Clear interfaces\r\n- [X] Dependencies documented\n- [ ] Integration path clear\n### Other\n- [ ] No file overlaps"
        let ticked = try ChecklistEdit.ticked(Array(text.utf8), report: report, file: "p")
        let expected = text.replacing("- [ ] Integration", with: "- [x] Integration")
        #expect(String(decoding: ticked, as: UTF8.self) == expected)
        #expect(throws: HybridError.self) {
            try ChecklistEdit.ticked(Array("# x\n".utf8), report: report, file: "p")
        }
    }
}

@Suite struct AuditTests {
    /// Nothing is known of the files but their names.
    private let unknown = Audit.Texts<Never>(edits: { _ in nil }, lines: { _ in .success(1...1) })

    private func breaches(_ claims: [Claim], _ touched: [Audit.Touched]) -> [String] {
        let jobs = [
            Job(name: "one", id: "one", files: claims),
            Job(name: "two", id: "two", files: [Claim(path: "two")]),
        ]
        let plan = Plan(task: PlannedTask(name: "t"), jobs: jobs)
        return Audit.breaches(of: jobs[0], index: 0, plan: plan, touched: touched, texts: unknown).map(\.path)
    }

    @Test func whatIsNotClaimedIsABreach() {
        let claims = [
            Claim(path: "src"), Claim(path: "new.py", kind: .create), Claim(path: "old.py", kind: .delete),
        ]
        #expect(breaches(claims, [.init(path: "src/a/b"), .init(path: "new.py", isCreate: true)]) == [])
        #expect(breaches(claims, [.init(path: "srcs/a"), .init(path: "SRC/a")]) == ["srcs/a", "SRC/a"])
        #expect(breaches(claims, [.init(path: "new.py")]) == ["new.py"])
        #expect(breaches(claims, [.init(path: "old.py")]) == ["old.py"])
        #expect(breaches(claims, [.init(path: "old.py", isDelete: true)]) == [])
    }

    @Test func linksOutSubmodulesAndAttributesAreBreaches() {
        let all = [Claim(path: "**")]
        func link(_ path: String, _ target: String) -> Audit.Touched {
            .init(path: path, isCreate: true, isSymlink: true, linkTarget: target)
        }
        #expect(breaches(all, [link("a/l", "../b"), link("l", "a")]) == [])
        #expect(
            breaches(all, [link("a/l", "../../b"), link("l", "/etc"), link("m", "x/../..")]) == [
                "a/l", "l", "m",
            ])
        // Moved as claimed it is like a file; it neither comes nor goes.
        #expect(breaches(all, [.init(path: "sub", isSubmodule: true)]) == [])
        #expect(breaches([Claim(path: "x")], [.init(path: "sub", isSubmodule: true)]) == ["sub"])
        #expect(breaches(all, [.init(path: "sub", isCreate: true, isSubmodule: true)]) == ["sub"])
        #expect(breaches(all, [.init(path: "sub", isDelete: true, isSubmodule: true)]) == ["sub"])
        #expect(breaches(all, [.init(path: "sub", isSubmodule: true, changesMode: true)]) == ["sub"])
        #expect(breaches(all, [.init(path: "d/.gitattributes")]) == ["d/.gitattributes"])
        #expect(breaches([Claim(path: ".gitattributes")], [.init(path: ".gitattributes")]) == [])
    }

    @Test func theOwnerIsNamed() {
        let jobs = [
            Job(name: "one", id: "one", files: [Claim(path: "src/a.py"), Claim(path: "docs/x")]),
            Job(name: "two", id: "two", files: [Claim(path: "two")]),
        ]
        let found = Audit.breaches(
            of: jobs[0], index: 0, plan: Plan(task: PlannedTask(name: "t"), jobs: jobs),
            touched: [.init(path: "two"), .init(path: "src/b.py")], texts: unknown)
        #expect(found[0].owner == "two")
        #expect(found[1].nearestClaim == "src/a.py")
    }
}
