import Foundation
import TestSupport
import Testing

/// `hybrid check` as a person types it: claims against a real base, and repaired plans.
@Suite struct CheckTests {
    private func plan(_ jobs: [[String]], _ bench: Bench, _ name: String = "plan.md") throws -> String {
        let parts = jobs.enumerated().map { number, files in
            "**Job \(number + 1):** J\(number)\n- Files:\n" + files.map { "  - `\($0)`\n" }.joined()
                + "- Command: `true`\n\nSome prose, with  two spaces.  \n"
        }
        try bench.sandbox.write(
            "## Task: T\n\n### Cline CLI Jobs (Parallel Workers):\n" + parts.joined(separator: "\n")
                + "\n### Verification:\n- `true`\n", to: name)
        return bench.sandbox.root + "/" + name
    }

    private func kinds(_ jobs: [[String]], _ bench: Bench) throws -> [String] {
        let answer = try Bench.object(bench.hybrid("check", "--json", plan(jobs, bench)))
        return try #require(answer["overlaps"] as? [[String: Any]]).map { $0["kind"] as? String ?? "" }
    }

    @Test func claimsAgainstARealBase() throws {
        let bench = try Bench([
            "src/a.py": "", "src/b.py": "", "app/[id]/page.tsx": "", "é.txt": "", ".gitignore": "*.out\n",
            "docs/.gitignore": "/draft/\n", "docs/x.md": "",
        ])
        try bench.shell("ln -s src link && git add link && git commit -qm link")
        #expect(try kinds([["src/*.py"], ["src/a.py"]], bench) == ["glob"])
        #expect(try kinds([["src/*.py", "!src/a.py"], ["src/a.py"]], bench) == [])
        #expect(try kinds([["app/[id]/page.tsx"], ["app/i/page.tsx"]], bench) == [])
        #expect(try kinds([["link/*.py"], ["src/a.py"]], bench) == ["symlink"])
        #expect(try kinds([["e\u{301}.txt"], ["é.txt"]], bench) == ["unicode"])
        #expect(try kinds([["SRC/new.py"], ["src"]], bench) == ["case"])
        #expect(try kinds([["src/a.py -> src/c.py"], ["src/c.py"]], bench) == ["path"])
        let hidden = try bench.hybrid("check", plan([["docs/draft/x"], ["src/y.out"]], bench))
        #expect(hidden.code == 1)
        #expect(
            hidden.out.contains("docs/draft/x, which is ignored by docs/.gitignore:1: /draft/"),
            "\(hidden.out)")
        #expect(hidden.out.contains("src/y.out, which is ignored by .gitignore:1: *.out"), "\(hidden.out)")
        try bench.shell("echo '*.local' >> .git/info/exclude")
        let own = try bench.hybrid("check", plan([["src/y.local"]], bench))
        #expect(own.out.contains("ignored by info/exclude:"), "\(own.out)")
    }

    /// Where the user's own list lies, by every way to say so; git is asked the same.
    @Test func theUsersOwnIgnoreListIsTheOneGitReads() throws {
        let bench = try Bench(["lists/rel": "*.rel\n", "a": ""])
        let home = bench.sandbox.home
        for (path, hides) in [
            (home + "/list", "home"), (home + "/.config/git/ignore", "xdg"), (home + "/x/git/ignore", "x"),
            (bench.sandbox.root + "/plain", "plain"),
        ] {
            try bench.sandbox.write("*.\(hides)\n", to: path)
        }
        let paths = ["home", "xdg", "x", "plain", "rel"].map { "f.\($0)" }
        let plan = try plan([paths], bench)
        let up = String(repeating: "../", count: 9)
        let user = try bench.shell("id -un")
        let global = try #require(bench.sandbox.read(home + "/.gitconfig"))
        let env = { (value: String) in
            [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.excludesFile",
                "GIT_CONFIG_VALUE_0": value,
            ]
        }
        var seen: Set<[String]> = []
        for (own, local, environment) in [
            (nil, nil, [:]), (nil, nil, ["XDG_CONFIG_HOME": home + "/x"]),
            (nil, nil, ["XDG_CONFIG_HOME": ""]),
            ("~/list", nil, [:]), ("~\(user)/\(up)\(home)/list", nil, [:]), ("~/none", nil, [:]),
            ("", nil, [:]), ("~/list", bench.sandbox.root + "/plain", [:]), ("~/list", "lists/rel", [:]),
            (nil, "./lists/rel", [:]), ("~/x/git/ignore", "lists/rel", env("~/list")),
            ("~/list", nil, env("")),
        ] as [(String?, String?, [String: String])] {
            try bench.sandbox.write(
                global + (own.map { "[core]\n\texcludesFile = \"\($0)\"\n" } ?? ""), to: home + "/.gitconfig")
            try bench.shell("git config --unset core.excludesFile || true")
            if let local { try bench.shell("git config core.excludesFile '\(local)'") }
            let said = try bench.sandbox.run(
                "git", "check-ignore", "--no-index", "--stdin", in: "repo", environment: environment,
                input: Data(paths.joined(separator: "\n").utf8))
            try #require(said.code <= 1, "\(said.err)")
            let expected = said.out.split(separator: "\n").map(String.init)
            seen.insert(expected)
            let checked = try bench.hybrid("check", plan, environment: environment)
            let found = paths.filter { checked.out.contains("claims \($0), which is ignored by") }
            #expect(
                found == expected,
                "\(own ?? "-") \(local ?? "-") \(environment): \(checked.out)\(checked.err)")
            #expect(checked.code == (expected.isEmpty ? 0 : 1))
        }
        #expect(seen.count == 6, "each list, and none: \(seen)")
        let unknown = try bench.hybrid("check", plan, environment: env("~no-such-user/list"))
        #expect(unknown.code == 2 && unknown.err.contains("no-such-user"), "\(unknown.err)")
    }

    @Test func proposalsAreChangesOfThePlan() throws {
        let bench = try Bench(["src/a.py": ""])
        let answer = try Bench.object(
            bench.hybrid("check", "--json", plan([["src/**"], ["src/a.py", "b"]], bench)))
        let proposals = try #require(answer["proposals"] as? [[String: Any]])
        #expect(proposals.compactMap { $0["kind"] as? String } == ["waves", "narrow", "orchestrator"])
        #expect(proposals[0]["waves"] as? [[String]] == [["J0"], ["J1"]])
        let claims = try #require(proposals[1]["claims"] as? [[String: Any]])
        #expect(claims.first?["files"] as? [String] == ["src/**", "!src/a.py"])
        #expect((answer["repairs"] as? [String])?.count == 3)
        let overlap = try #require((answer["overlaps"] as? [[String: Any]])?.first)
        #expect(overlap["at_base"] as? Bool == true && overlap["undecided"] as? Bool == false)
    }

    /// The sections that are proposed are those of the file, and a plan that claims them is clear.
    @Test func sectionsAreProposedByName() throws {
        let code = """
            import os

            def first():
                return 1

            def second():
                return 2


            def third():
                return 3
            """
        let small = "def only():\n    return 1\n"
        let inside = "class K:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
        let bench = try Bench(["a.py": code, "small.py": small, "inside.py": inside, "notes": "x\n"])
        func proposals(_ jobs: [[String]]) throws -> [[String: Any]] {
            let answer = try bench.hybrid("check", "--json", plan(jobs, bench))
            try bench.expectValid(answer, bench.hybrid("schema", "check"))
            let all = try #require(try Bench.object(answer)["proposals"] as? [[String: Any]])
            return all.filter { $0["kind"] as? String == "section" }
        }
        let named = try #require(try proposals([["a.py"], ["a.py"]]).first)
        let sections = try #require(named["sections"] as? [String])
        #expect(sections == ["a.py::first", "a.py::second", "a.py::third"])
        #expect((named["claims"] as? [Any])?.isEmpty == true, "which job needs which, nobody said")
        let told = try bench.hybrid("check", plan([["a.py"], ["a.py"]], bench))
        #expect(
            told.out.contains("such as a.py::first, a.py::second, a.py::third, which keep apart"),
            "\(told.out)")
        #expect(try bench.hybrid("check", plan(sections.map { [$0] }, bench)).code == 0)
        let methods = try #require(try proposals([["inside.py"], ["inside.py"]]).first)
        #expect(methods["sections"] as? [String] == ["inside.py::K.f", "inside.py::K.g"])
        // Nothing to name, and nothing invented.
        for path in ["small.py", "notes"] {
            let plain = try #require(try proposals([[path], [path]]).first)
            #expect(plain["sections"] as? [String] == [])
            #expect((plain["text"] as? String)?.contains("\(path)#L1-L80") == true)
        }
        // Where one job says what it needs, the other one's claims follow.
        let followed = try #require(try proposals([["a.py::second"], ["other", "a.py", "last"]]).first)
        let claims = try #require((followed["claims"] as? [[String: Any]])?.first)
        #expect(claims["job"] as? String == "J1")
        let files = try #require(claims["files"] as? [String])
        #expect(files == ["other", "a.py::first", "a.py::third", "last"])
        #expect(try bench.hybrid("check", plan([["a.py::second"], files], bench)).code == 0)
        // Many are not all looked at, and all are told.
        let many = (0..<10).map { "m\($0).py" }
        for path in many { try bench.sandbox.write(code, to: "repo/" + path) }
        try bench.shell("git add . && git commit -qm many")
        let each = try proposals(many.flatMap { [[$0], [$0]] })
        #expect(each.count == 10)
        #expect(each.count { ($0["sections"] as? [String])?.isEmpty == false } == 8)
        // Without Universal Ctags no section is named.
        let bare = try bench.hybrid(
            "check", plan([["a.py"], ["a.py"]], bench), environment: ["PATH": "/nowhere"])
        #expect(bare.code == 1 && bare.out.contains("a.py#L1-L80 or a.py::name"), "\(bare.out)\(bare.err)")
    }

    @Test func wavesAreWrittenInPlace() throws {
        let bench = try Bench(["src/a.py": ""])
        let path = try plan([["src"], ["src/a.py"], ["b"], ["src/*.py"]], bench)
        let before = try #require(bench.sandbox.read(path))
        #expect(try bench.hybrid("check", path).code == 1)
        let fixed = try bench.hybrid("check", "--fix", "waves", path)
        #expect(fixed.code == 0, "\(fixed.out)\(fixed.err)")
        #expect(
            fixed.err.contains("J1: no wave, now wave 2") && fixed.err.contains("J3: no wave, now wave 3"))
        let after = try #require(bench.sandbox.read(path))
        let lines = after.components(separatedBy: "\n").filter { !$0.hasPrefix("- Wave: ") }
        #expect(lines.joined(separator: "\n") == before)
        #expect(after.components(separatedBy: "- Wave: ").count == 3)
        #expect(try bench.hybrid("check", path).code == 0)
        // Nothing is left to mend, so nothing is written.
        #expect(try bench.hybrid("check", "--fix", "waves", path).err == "")
        #expect(bench.sandbox.read(path) == after)
    }

    @Test func otherFormsAndNewFiles() throws {
        let bench = try Bench(["a": ""])
        let root = bench.sandbox.root
        let yaml =
            "# mine\ntask: {name: T}\nverify: 'true'\njobs:\n- {name: A, files: a}\n- {name: B, files: a}\n"
        try bench.sandbox.write(yaml, to: "p.yaml")
        let refused = try bench.hybrid("check", "--fix", "waves", root + "/p.yaml")
        #expect(refused.code == 2 && refused.err.contains("--output"), "\(refused.err)")
        #expect(bench.sandbox.read("p.yaml") == yaml)
        let written = try bench.hybrid(
            "check", "--fix", "waves", root + "/p.yaml", "--output", root + "/new.json")
        #expect(written.code == 0, "\(written.err)")
        #expect(try bench.hybrid("check", root + "/new.json").code == 0)
        // A file that is there stays.
        let there = try bench.hybrid("check", "--fix", "waves", root + "/p.yaml", "-o", root + "/new.json")
        #expect(there.code == 2 && there.err.contains("there already"))
        try bench.sandbox.write(yaml.replacingOccurrences(of: "# mine\n", with: ""), to: "p.yaml")
        #expect(try bench.hybrid("check", "--fix", "waves", root + "/p.yaml").code == 0)
        #expect(try bench.hybrid("check", root + "/p.yaml").code == 0)
    }

    @Test func wavesDoNotHelpAgainstTheOrchestrator() throws {
        let bench = try Bench(["a": ""])
        try bench.sandbox.write(
            "task: {name: T}\nverify: 'true'\norchestrator: {files: a}\njobs:\n- {name: A, files: [a, b]}\n",
            to: "p.yaml")
        let before = bench.sandbox.read("p.yaml")
        let answer = try bench.hybrid("check", "--fix", "waves", bench.sandbox.root + "/p.yaml")
        #expect(answer.code == 1 && answer.err.contains("waves do not help"))
        #expect(bench.sandbox.read("p.yaml") == before)
    }
}
