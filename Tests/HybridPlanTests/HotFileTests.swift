import HybridBase
import HybridPlan
import TestSupport
import Testing

private struct Folder: BaseTree {
    var files: Set<String>

    func entry(_ path: String) -> BaseEntry? {
        files.contains(path) ? .file : files.contains { $0.hasPrefix(path + "/") } ? .directory : nil
    }

    func names(in folder: String) -> [(name: [UInt8], entry: BaseEntry)] {
        files.filter { folder.isEmpty ? !$0.contains("/") : $0.hasPrefix(folder + "/") }
            .map { (Array($0.dropFirst(folder.isEmpty ? 0 : folder.utf8.count + 1).utf8), .file) }
    }
}

/// What a plan says about hot files, and what a check makes of it.
@Suite struct HotFileTests {
    private func plan(_ one: [String], _ two: [String], hot: [HotFile] = [], waves: [Int?] = [nil, nil])
        -> Plan
    {
        Plan(
            task: PlannedTask(name: "T"),
            jobs: [
                Job(name: "One", id: "one", files: one.map { Claim(path: $0) }, wave: waves[0]),
                Job(name: "Two", id: "two", files: two.map { Claim(path: $0) }, wave: waves[1]),
            ], hot: hot)
    }

    private func check(_ plan: Plan, _ files: Set<String> = []) throws -> CheckReport {
        try CheckReport.make(plan: plan, base: Folder(files: files), targetExists: true)
    }

    @Test func markdownSaysPolicies() throws {
        let text = """
            ## Task: T
            ### Jobs:
            **Job 1:** One
            - File: `a`
            ### Hot Files:
            - `package-lock.json`: regenerate `npm install --package-lock-only`
            - CHANGELOG.md: union
            - `src/registry.py`: orchestrator
            - `app.lock`: job One
            """
        let plan = try Plan.parse(text, format: .markdown, file: "p.md", exists: { _ in false })
        #expect(
            plan.hot == [
                HotFile(
                    path: "package-lock.json",
                    policy: .regenerate(.shell("npm install --package-lock-only"))),
                HotFile(path: "CHANGELOG.md", policy: .union),
                HotFile(path: "src/registry.py", policy: .orchestrator),
                HotFile(path: "app.lock", policy: .job("One")),
            ])
    }

    @Test(arguments: [
        ("- `a`: later", "p.md:6: Hot Files"), ("- `a`: regenerate", "no command"),
        ("- `a`: job Nobody", "no job \"Nobody\""), ("- `a`: union x", "nothing may stand behind"),
        ("- ../a: union", "p.md:6: Hot Files"), ("- `a`", "is no hot file"),
    ])
    func wrongPoliciesAreRefused(_ line: String, _ words: String) {
        let text = "## Task: T\n### Jobs:\n**Job 1:** One\n- File: `x`\n### Hot Files:\n\(line)\n"
        let error = #expect(throws: HybridError.self) {
            try Plan.parse(text, format: .markdown, file: "p.md", exists: { _ in false })
        }
        #expect("\(error!)".contains(words), "\(error!)")
    }

    @Test(arguments: [
        HotFile.Policy.union, .regenerate(.shell("true")),
    ])
    func sharedFilesAreNoOverlap(_ policy: HotFile.Policy) throws {
        let hot = [HotFile(path: "Notes.md", policy: policy)]
        #expect(try !check(plan(["a", "Notes.md"], ["b", "Notes.md"])).overlaps.isEmpty)
        #expect(try check(plan(["a", "Notes.md"], ["b", "Notes.md"], hot: hot)).overlaps.isEmpty)
        #expect(try check(plan(["a", "*.md"], ["b", "Notes.md"], hot: hot)).overlaps.isEmpty)
        #expect(try check(plan(["*.md"], ["*.md"], hot: hot)).overlaps.map(\.jobs) == [["One", "Two"]])
    }

    @Test func ownedFilesOverlapWithOthers() throws {
        let orchestrators = [HotFile(path: "Notes.md", policy: .orchestrator)]
        #expect(
            try check(plan(["a"], ["*.md"], hot: orchestrators)).overlaps.map(\.jobs) == [
                ["Two", "orchestrator"]
            ])
        let ones = [HotFile(path: "Notes.md", policy: .job("One"))]
        #expect(try check(plan(["a", "Notes.md"], ["b"], hot: ones)).overlaps.isEmpty)
        #expect(try check(plan(["a"], ["Notes.md"], hot: ones)).overlaps.map(\.jobs) == [["One", "Two"]])
    }

    @Test func namesTell() throws {
        let report = try check(
            plan(["src/**"], ["src/index.ts", "web/yarn.lock"], waves: [1, 2]), ["src/index.ts", "src/a.ts"])
        #expect(report.hot.map(\.path) == ["src/index.ts", "web/yarn.lock"])
        #expect(report.hot.map(\.jobs) == [["One", "Two"], ["Two"]])
        #expect(report.warnings.contains { $0.contains("`src/index.ts`: orchestrator") })
        #expect(try check(plan(["src/**"], ["docs/CHANGELOG.md"]), ["src/index.ts"]).hot.isEmpty)
    }

    @Test func aPolicySilencesTheWarning() throws {
        let hot = [HotFile(path: "CHANGELOG.md", policy: .union)]
        let jobs = (["a", "CHANGELOG.md"], ["b", "CHANGELOG.md"])
        #expect(try check(plan(jobs.0, jobs.1)).warnings.count == 1)
        let report = try check(plan(jobs.0, jobs.1, hot: hot))
        #expect(report.warnings == [])
        #expect(report.hot.map(\.policy) == ["union"])
    }

    private func check(_ plan: Plan, touched: [String: Int], of commits: Int) throws -> [HotFinding] {
        try CheckReport.make(
            plan: plan, base: Folder(files: ["src/table.c", "src/other.c"]), targetExists: true,
            history: HotHistory(commits: commits, files: touched)
        ).hot
    }

    @Test func whatManyCommitsTouchedIsHot() throws {
        let both = plan(["src/**"], ["src/*.c"], waves: [1, 2])
        let found = try check(both, touched: ["src/table.c": 31], of: 500)
        #expect(found.map(\.path) == ["src/table.c"])
        #expect(found.first?.reason == "touched by 31 of the last 500 commits")
        #expect(found.first?.jobs == ["One", "Two"])
        // Too seldom, gone from the base, or reached by one job only.
        #expect(try check(both, touched: ["src/table.c": 9], of: 50).isEmpty)
        #expect(try check(both, touched: ["src/table.c": 24], of: 500).isEmpty)
        #expect(try check(both, touched: ["src/gone.c": 400], of: 500).isEmpty)
        let apart = plan(["src/*.c"], ["lib/**"])
        #expect(try check(apart, touched: ["src/table.c": 31], of: 500).isEmpty)
        #expect(try check(apart, touched: ["src/table.c": 100], of: 500).map(\.jobs) == [["One"]])
        #expect(
            try check(plan(["src/table.c"], ["lib/**"]), touched: ["src/table.c": 400], of: 500).isEmpty,
            "who names it has thought of it")
    }
}
