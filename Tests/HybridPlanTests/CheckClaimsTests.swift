import HybridBase
import HybridPlan
import TestSupport
import Testing

/// What claims mean beside their patterns: kinds, order, links, ignore rules, and the repairs of overlaps.
@Suite struct CheckClaimsTests {
    private func plan(_ lists: [[String]], _ base: TextTree = TextTree(files: [:])) throws -> Plan {
        let jobs = lists.enumerated().map { number, files in
            "{\"name\":\"\(number)\",\"files\":[\(files.map(JSONValue.quoted).joined(separator: ","))]}"
        }
        return try Plan.parse(
            "{\"task\":{\"name\":\"T\"},\"verify\":\"true\",\"jobs\":[\(jobs.joined(separator: ","))]}",
            format: .json,
            file: "p", exists: { base.entry($0) != nil })
    }

    private func check(_ lists: [[String]], _ files: [String: String] = [:]) throws -> CheckReport {
        let base = TextTree(files: files)
        return try CheckReport.make(plan: plan(lists, base), base: base, targetExists: true)
    }

    @Test func theLastClaimDecides() throws {
        #expect(try check([["src", "!src/a.py"], ["src/a.py"]]).overlaps.isEmpty)
        #expect(
            try check([["src", "!src/a.py", "src/a.*"], ["src/a.py"]]).overlaps.map(\.path) == ["src/a.py"])
        #expect(
            try check([["src/**", "!src/api", "!src/web"], ["src/api/**"], ["src/web"]]).overlaps.isEmpty)
        #expect(try check([["**/*.py", "!**/test_*.py"], ["src/test_*.py"]]).overlaps.isEmpty)
        #expect(try check([["**/*.py", "!**/test_?.py"], ["src/test_*.py"]]).overlaps.count == 1)
        #expect(try check([["*", "![ab]*", "!?"], ["a*", "?"]]).overlaps.isEmpty)
        #expect(try check([["README", "!readme"], ["readme"]]).overlaps.map(\.kind) == ["case"])
        #expect(try check([["src", "!src/Api"], ["src/Api/x"]]).overlaps.isEmpty)
        #expect(try check([["a", "!a/b"], ["a/b/c", "a/bc"]]).overlaps.map(\.path) == ["a/bc"])
        #expect(throws: HybridError.self) { try plan([["!a", "b"]]) }
        #expect(throws: HybridError.self) { try plan([["a", "!!b"]]) }
        #expect(throws: HybridError.self) { try plan([["a", "!b#L1-L2"]]) }
        #expect(try plan([["!a"]], TextTree(files: ["!a": ""])).jobs[0].files == [Claim(path: "!a")])
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let plan = try plan([["src", "!src/a.py", "old -> new"]])
        #expect(
            plan.jobs[0].files == [
                Claim(path: "src"), Claim(path: "src/a.py", isExcluded: true),
                Claim(path: "old", kind: .delete),
                Claim(path: "new", kind: .create),
            ])
        for (form, text) in [
            (PlanFormat.json, try plan.json()), (.yaml, try plan.yaml()), (.markdown, plan.markdown()),
        ] {
            #expect(try Plan.parse(text, format: form, file: "p", exists: { _ in false }) == plan, "\(form)")
        }
        #expect(try Plan.parse(plan.json(), format: .json, file: "p", exists: { _ in true }) == plan)
        for bad in ["a -> b -> c", "*.py -> b", "a -> ", "!a -> b", "a#L1 -> b"] {
            #expect(throws: HybridError.self, "\(bad)") { try self.plan([[bad]]) }
        }
    }

    @Test func bothEndsOfARenameAreCompared() throws {
        let files = ["old.py": "", "src/x": ""]
        #expect(try check([["old.py -> src/new.py"], ["old.py"]], files).overlaps.map(\.path) == ["old.py"])
        #expect(
            try check([["old.py -> src/new.py"], ["src/*.py"]], files).overlaps.map(\.path) == ["src/new.py"])
        #expect(try check([["old.py -> src/new.py"], ["other.py"]], files).mayRun)
        #expect(try !check([["gone.py -> src/new.py"]], files).mayRun)
        #expect(try !check([["old.py -> src/x"]], files).mayRun)
    }

    @Test func aFileAgainstAFolder() throws {
        // What is a file today would have to become a folder for the second job.
        #expect(try check([["src/*"], ["src/sub/x"]]).overlaps.isEmpty)
        #expect(try check([["src/*"], ["src/sub/x"]], ["src/sub/y": ""]).overlaps.isEmpty)
        #expect(try check([["src/*"], ["src/sub/x"]], ["src/sub": ""]).overlaps.map(\.kind) == ["directory"])
        #expect(try check([["a.py"], ["a.py/x"]], ["a.py": ""]).overlaps.map(\.kind) == ["directory"])
        // Below a file of the base nothing is looked for.
        #expect(try check([["**/test_*.py"], ["src/a.py"]], ["src/a.py": ""]).overlaps.isEmpty)
        #expect(try check([["**/test_*.py"], ["src"]], ["src/a.py": ""]).overlaps.map(\.kind) == ["glob"])
    }

    @Test func whatStandsLiterallyIsAName() throws {
        let files = ["app/[id]/page.tsx": "", "[ab]x": ""]
        #expect(try check([["app/[id]/page.tsx"], ["app/i/page.tsx"]], files).overlaps.isEmpty)
        #expect(try check([["app/[id]/page.tsx"], ["app/*/page.tsx"]], files).overlaps.count == 1)
        #expect(
            try check([["app/[id]"], ["app/[id]/page.tsx"]], files).overlaps.map(\.kind) == ["directory"])
        #expect(try check([["[ab]x"], ["ax"]], files).overlaps.isEmpty)
        #expect(try check([["[ab]x"], ["ax"]]).overlaps.count == 1)
    }

    @Test func linksMakeTwoPathsOne() throws {
        let files = ["real/a.py": "", "link": "->real", "latest": "->v2", "v2": "", "x": "->y", "y": "->x"]
        #expect(try check([["link/a.py"], ["real/a.py"]], files).overlaps.map(\.kind) == ["symlink"])
        #expect(try check([["link/*.py"], ["real/a.py"]], files).overlaps.map(\.kind) == ["symlink"])
        #expect(try check([["latest"], ["v2"]], files).overlaps.map(\.kind) == ["symlink"])
        #expect(try check([["link"], ["other"]], files).overlaps.isEmpty)
        let round = try check([["x/a"], ["b"]], files)
        #expect(round.checklist[1].problems.contains { $0.contains("circle") })
    }

    @Test func whatIsIgnoredIsNeverCommitted() throws {
        let files = [".gitignore": "a\n\nbuild/\n", "build/kept": "", "src/x": ""]
        let hidden = try check([["build/new.js"], ["src/new.js"]], files)
        #expect(
            hidden.checklist[1].problems == [
                "0 claims build/new.js, which is ignored by .gitignore:3: build/, so it would never be committed"
            ])
        #expect(try check([["build/kept"]], files).mayRun)
    }

    @Test func globsSayWhatTheyMatch() throws {
        let files = ["src/a.py": "", "src/b.py": "", "src/sub/c.py": ""]
        let report = try check([["src/*.py"], ["docs/**"]], files)
        #expect(report.checklist[1].evidence.contains("src/*.py matches 2 files at the base"))
        #expect(
            try check([["src/**"]], files).checklist[1].evidence.contains(
                "src/** matches 3 files at the base"))
        let plan = Plan(
            task: PlannedTask(name: "T"),
            jobs: [Job(name: "j", id: "j", files: [Claim(path: "src/*.md", kind: .edit)])],
            verify: [.shell("true")])
        #expect(
            try CheckReport.make(plan: plan, base: TextTree(files: files), targetExists: true).checklist[1]
                .problems
                == ["j is to edit src/*.md, which matches nothing at the base"])
    }

    private struct Lines: SectionJudge {
        func prepare(_ claims: [Claim]) {}
        func problem(_ section: Claim.Section, in path: String) -> String? { nil }
        func overlap(path: String, a: Claim.Section, b: Claim.Section) -> String? {
            guard case .lines(let one) = a, case .lines(let two) = b else { return "not lines" }
            return one.overlaps(two) ? "lines \(max(one.lowerBound, two.lowerBound)) meet" : nil
        }
    }

    @Test func sectionsAreJudged() throws {
        let base = TextTree(files: ["a.py": "", "b.py": ""])
        func kinds(_ lists: [[String]], _ judge: (any SectionJudge)?) throws -> [String?] {
            try CheckReport.make(plan: plan(lists, base), base: base, targetExists: true, sections: judge)
                .overlaps
                .map(\.reason)
        }
        #expect(try kinds([["a.py#L1-L5"], ["a.py#L6-L9"]], Lines()) == [])
        #expect(try kinds([["a.py#L1-L6"], ["a.py#L6-L9"]], Lines()) == ["lines 6 meet"])
        #expect(try kinds([["a.py#L1-L5"], ["a.py#L6-L9"]], nil).count == 1)
        #expect(try kinds([["a.py#L1-L5"], ["b.py#L1-L5"]], nil) == [])
        #expect(try kinds([["a.py#L1-L5"], ["*.py"]], Lines()).count == 1)
        #expect(try kinds([["a.py#L1-L5"], ["a.py"]], Lines()).count == 1)
    }

    // MARK: Repairs

    @Test func everyProposalMendsItsOverlap() throws {
        for (lists, kinds) in [
            ([["src/**"], ["src/a.py", "b"]], ["waves", "narrow", "orchestrator"]),
            ([["src"], ["src/a.py", "b"]], ["waves", "narrow", "orchestrator"]),
            ([["src", "x"], ["src", "y"]], ["waves", "orchestrator"]),
            ([["a*"], ["*b"]], ["waves", "narrow", "narrow"]), ([["README"], ["readme"]], ["waves"]),
            ([["src/*.py"], ["src/a.py", "src/b.py"]], ["waves", "narrow"]),
        ] {
            let before = try plan(lists)
            let report = try check(lists)
            #expect(report.proposals.map(\.kind.rawValue) == kinds, "\(lists)")
            #expect(!report.repairs.isEmpty)
            for proposal in report.proposals where !proposal.claims.isEmpty {
                var changed = before
                for change in proposal.claims {
                    let job = try #require(changed.jobs.firstIndex { $0.name == change.job })
                    changed.jobs[job].files = change.files
                }
                if proposal.kind == .orchestrator {
                    changed.orchestrator.files = [Claim(path: proposal.path)]
                }
                let after = try CheckReport.make(
                    plan: changed, base: TextTree(files: [:]), targetExists: true)
                #expect(after.overlaps.isEmpty, "\(lists) \(proposal.text)")
            }
        }
    }

    @Test func wavesKeepJobsApartThatMetInDifferentWaves() throws {
        var plan = try plan([["a"], ["a", "c"], ["c"]])
        plan.jobs[2].needs = ["0"]
        let base = TextTree(files: [:])
        let report = try CheckReport.make(plan: plan, base: base, targetExists: true)
        #expect(report.overlaps.map(\.jobs) == [["0", "1"]])
        // Job 1 may not move to the wave of job 2, which claims c as well.
        let repaired = try #require(try report.repairedByWaves(plan))
        #expect(try CheckReport.make(plan: repaired, base: base, targetExists: true).overlaps.isEmpty)
        let many = try check((0..<30).map { _ in ["same"] })
        #expect(many.overlaps.count == 30 * 29 / 2)
        #expect(many.checklist[0].problems.count == 51)
        let waves = try #require(try many.repairedByWaves(self.plan((0..<30).map { _ in ["same"] })))
        #expect(try CheckReport.make(plan: waves, base: base, targetExists: true).mayRun)
    }

    @Test func aSetOfManyClaimsAnswersAtOnce() throws {
        let claims =
            (0..<1000).map { Claim(path: "src/d\($0 % 20)/f\($0).py") }
            + [Claim(path: "docs/**"), Claim(path: "docs/private", isExcluded: true)]
        let set = ClaimSet(claims) { _ in false }
        let began = ContinuousClock.now
        for number in 0..<10_000 {
            let path = "src/d\(number % 20)/f\(number).py"
            #expect((set.covers(path) != nil) == (number < 1000))
        }
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(set.covers("docs/a/b")?.path == "docs/**")
        #expect(set.covers("docs/private/x") == nil)
        #expect(set.covers("src/d0/f0.py/below")?.path == "src/d0/f0.py")
        let both = ClaimSet(ofBothReadings: [Claim(path: "app/[id]/page.tsx")])
        #expect(both.covers("app/[id]/page.tsx") != nil && both.covers("app/d/page.tsx") != nil)
    }

    @Test func wavesAreWrittenIntoMarkdownInPlace() throws {
        let text =
            "# Notes\n\n## Task: T\r\n### Workers:\r\n**Job 1:** A\r\n- File: a\r\n- Command: `x`\r\n\r\nprose: kept\n\n* **Job 2:** B\n  * Files:\n    * `a`\n    * b\n\n**Job 3:** C\n- Wave: 1 \n- File: a"
        let plan = try Plan.parse(text, format: .markdown, file: "p", exists: { _ in false })
        let base = TextTree(files: [:])
        let report = try CheckReport.make(plan: plan, base: base, targetExists: true)
        let repaired = try #require(try report.repairedByWaves(plan))
        let edited = try WaveEdit.edited([("p", Array(text.utf8))], plan: plan, repaired: repaired)
        let after = String(decoding: edited[0].bytes, as: UTF8.self)
        let expected = text.replacing("- Command: `x`\r\n", with: "- Command: `x`\r\n- Wave: 1\r\n")
            .replacing("    * b\n", with: "    * b\n  * Wave: 2\n").replacing(
                "- Wave: 1 \n", with: "- Wave: 3 \n")
        #expect(after == expected)
        #expect(try Plan.parse(after, format: .markdown, file: "p", exists: { _ in false }) == repaired)
    }
}
