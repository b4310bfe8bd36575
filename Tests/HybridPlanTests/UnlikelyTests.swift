import HybridPlan
import Testing

/// Claims that meet only if a file's name became a folder, and rules that hide what jobs would make.
@Suite struct UnlikelyTests {
    private func report(_ lists: [[String]], base: [String: String] = [:]) throws -> CheckReport {
        let jobs = lists.enumerated().map { number, files in
            Job(
                name: "J\(number)", id: "j\(number)",
                files: files.map {
                    $0.hasPrefix("!")
                        ? Claim(path: String($0.dropFirst()), isExcluded: true) : Claim(path: $0)
                })
        }
        return try CheckReport.make(
            plan: Plan(task: PlannedTask(name: "t"), jobs: jobs), base: TextTree(files: base),
            targetExists: true)
    }

    @Test(
        arguments: [
            // One side only looks like a file, and nothing says otherwise.
            ("src/*.js", "**/test_*.py", "src/x.js/test_.py", []), ("*/*.py", "a.py", "a.py/.py", []),
            ("src/a.js", "**/test_*.py", "src/a.js/test_.py", []),
            ("Makefile", "**/*.py", "Makefile/.py", []),
            ("src/app.py", "src/**/test_?.py", "src/app.py/test_x.py", []),
            ("docs/*.md", "docs/*/*.md", "docs/x.md/.md", []), ("a.tar.gz", "*/x", "a.tar.gz/x", []),
            ("a.py", "**/*.py", nil, []),
            // What names a folder stays one.
            ("src", "src/a.py", "", []), ("src/a", "src/a/**", "", []), ("src", "**/test_*.py", "", []),
            ("a", "*/b", "", []), ("a/*", "**/a", "", ["a"]), ("a.py", "a.py/b.py", "", []),
            ("a.py", "a.py/*.py", "", []), ("a.py", "*.py/x", "", []), ("conf.d", "*/x", "", []),
            ("python3.11", "*/x", "", []), (".github", "*/x", "", []), ("My.app", "**/Info", "", []),
            // So does what is a folder at the base; what is a file there holds nothing.
            ("a.py", "*/*.py", "", ["a.py/b"]), ("a.py", "*/*.py", nil, ["a.py"]),
        ] as [(String, String, String?, [String])])
    func aFilesNameIsNoFolder(_ one: String, _ two: String, _ witness: String?, _ base: [String]) throws {
        let files = Dictionary(uniqueKeysWithValues: base.map { ($0, "") })
        for lists in [[[one], [two]], [[two], [one]]] {
            let report = try report(lists, base: files)
            // Both `a.py`s meet at the file itself.
            let isOverlap = witness == "" || one == "a.py" && two == "**/*.py"
            #expect(report.overlaps.isEmpty != isOverlap, "\(lists): \(report.overlaps.map(\.path))")
            let expected = (witness ?? "").isEmpty ? [] : [witness!]
            #expect(report.unlikely.count == expected.count, "\(lists): \(report.unlikely.map(\.path))")
            #expect(report.unlikely.map(\.path) == expected)
            for pair in report.unlikely {
                #expect(Set(pair.claims) == [one, two])
                // It is in the one, and below what the other covers.
                let holder = [one, two].filter { PathPattern($0, isLiteral: false).matches(pair.path) }
                #expect(!holder.isEmpty, "\(pair.path)")
                #expect(report.warnings.contains { $0.contains(pair.path) }, "\(report.warnings)")
                #expect(report.mayRun)
            }
        }
    }

    @Test func `one unlikely meeting does not hide a likely one`() throws {
        // J0 has a name that looks like a file first, then a folder.
        let report = try report([["src/a.js", "lib"], ["**/test_*.py"]])
        #expect(report.overlaps.map(\.path) == ["lib/test_.py"])
        #expect(report.unlikely.isEmpty)
    }

    @Test func `jobs of different waves and exclusions are told of nothing`() throws {
        #expect(try report([["src/*.js"], ["**/test_*.py", "!src/**"]]).unlikely.isEmpty)
        var plan = Plan(
            task: PlannedTask(name: "t"),
            jobs: [("a", "src/*.js"), ("b", "**/test_*.py")].map {
                Job(name: $0.0, id: JobID(unchecked: $0.0), files: [Claim(path: $0.1)])
            })
        plan.jobs[1].wave = 2
        let apart = try CheckReport.make(plan: plan, base: TextTree(files: [:]), targetExists: true)
        #expect(apart.unlikely.isEmpty && apart.warnings.isEmpty)
    }

    // MARK: Ignored

    @Test(
        arguments: [
            ("lib/\n", "src/**", ".gitignore:1: lib/"), ("lib/\n", "src", ".gitignore:1: lib/"),
            ("*.gen.ts\n", "src/*.ts", ".gitignore:1: *.gen.ts"),
            ("/src/out/\n", "src/**", ".gitignore:1: /src/out/"),
            ("/other/\n", "src/**", nil), ("*.gen.ts\n", "src/*.py", nil),
            ("node_modules/\n__pycache__/\n*.pyc\n", "src/**", nil),
            ("lib/\n!lib/\n", "src/**", nil), ("lib/\n", "src/new", ".gitignore:1: lib/"),
            ("lib/\n", "src/new.py", nil),
            ("new/\n", "src/new", ".gitignore:1: new/"), ("app.lock\n", "**/test_*.py", nil),
        ] as [(String, String, String?)])
    func rulesThatHideAPartAreTold(_ rules: String, _ claim: String, _ told: String?) throws {
        let report = try report([[claim]], base: [".gitignore": rules, "src/a.py": ""])
        let warnings = report.warnings.filter { $0.contains("never committed") }
        #expect(warnings.count == (told == nil ? 0 : 1), "\(warnings)")
        if let told { #expect(warnings.first?.contains(told) == true, "\(warnings)") }
        #expect(report.checklist[1].problems.isEmpty)
    }

    @Test(arguments: [("lib/\n", "src/lib/*.py"), ("lib/\n", "src/lib/x.py"), ("src/lib\n", "src/lib/**")])
    func whatIsHiddenWhollyIsAProblem(_ rules: String, _ claim: String) throws {
        let report = try report([[claim]], base: [".gitignore": rules, "src/a.py": ""])
        #expect(
            report.checklist[1].problems.contains { $0.contains("ignored by .gitignore:1") },
            "\(report.checklist[1].problems)")
    }

    @Test func `what a list takes away is not missed`() throws {
        let report = try report(
            [["src/**", "!src/lib/**"]], base: [".gitignore": "/src/lib/\n", "src/a.py": ""])
        #expect(report.warnings.isEmpty)
    }
}
