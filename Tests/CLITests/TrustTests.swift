import Foundation
import TestSupport
import Testing

/// Bad inputs, each with the one answer that is right: here what a plan says, in the files beside it what workers and
/// repositories do.
@Suite struct TrustTests {
    static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")
    /// Leaves a trace when anything but the base is verified.
    static let marker =
        "[ \"$(git rev-parse HEAD)\" = \"$(git -C \"$ROOT/repo\" rev-parse main)\" ] || touch \"$ROOT/verified\""

    /// What belongs to the user: nothing that is refused or stopped may change a byte of it.
    struct Belongings: Equatable {
        var refs: [String: String]
        var gitFiles: [String: Data?]
        var hooks: [String]
        var files: [String: String]

        init(_ bench: Bench) throws {
            let disk = FileManager.default
            refs = try bench.refs().filter {
                !$0.key.hasPrefix("refs/hybrid/") && !$0.key.hasPrefix("refs/heads/hybrid/")
            }
            gitFiles = [:]
            for name in ["HEAD", "config", "index", "info/attributes", "info/exclude", "config.worktree"] {
                gitFiles[name] = .some(disk.contents(atPath: bench.repo + "/.git/" + name))
            }
            hooks = try disk.contentsOfDirectory(atPath: bench.repo + "/.git/hooks").sorted()
            files = [:]
            for path in try disk.subpathsOfDirectory(atPath: bench.repo) where !path.hasPrefix(".git/") {
                let full = bench.repo + "/" + path
                if let target = try? disk.destinationOfSymbolicLink(atPath: full) {
                    files[path] = "link to " + target
                } else {
                    files[path] = bench.sandbox.read(full) ?? "folder"
                }
            }
        }
    }

    /// Expects that text can steer no terminal and hide nothing in a line.
    static func expectPlain(_ text: String, _ location: SourceLocation = #_sourceLocation) {
        let bad = text.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 10: false
            case 0..<32, 127..<160, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        #expect(bad.isEmpty, "\(text.debugDescription.prefix(600))", sourceLocation: location)
    }

    /// Expects that a plan is refused in one line that holds some words, and that it leaves no trace.
    static func expectRefused(
        _ bench: Bench, _ words: [String], _ arguments: [String], code: Int32 = 2,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try (Belongings(bench), bench.refs("refs/hybrid/"), bench.linkedWorktrees())
        let answer = try bench.hybrid(list: arguments)
        #expect(answer.code == code, "\(arguments): \(answer.out)\(answer.err)", sourceLocation: location)
        #expect(!answer.err.dropLast().contains("\n"), "\(answer.err)", sourceLocation: location)
        for word in words {
            #expect(answer.err.contains(word), "\(word): \(answer.err)", sourceLocation: location)
        }
        expectPlain(answer.out + answer.err, location)
        #expect(try Belongings(bench) == before.0, sourceLocation: location)
        #expect(try bench.refs("refs/hybrid/") == before.1, sourceLocation: location)
        #expect(try bench.linkedWorktrees() == before.2, sourceLocation: location)
        #expect(!FileManager.default.fileExists(atPath: bench.worktreeFolder), sourceLocation: location)
    }

    /// A plan of one job that claims a path where a field says it.
    static func plan(_ bench: Bench, claiming path: String, in field: String) throws -> String {
        let text = String(decoding: try JSONEncoder().encode(path), as: UTF8.self)
        let launched = "touch \"$ROOT/launched\""
        switch field {
        case "files": return try bench.plan([PlannedJob("Alpha", [path], launched)])
        case "files.path":
            return try bench.plan([
                PlannedJob(
                    "Alpha", [], launched, more: ["files": "[{\"path\": \(text), \"kind\": \"edit\"}]"])
            ])
        case "dependencies":
            return try bench.plan([
                PlannedJob("Alpha", ["a.txt"], launched, more: ["dependencies": "[\(text)]"])
            ])
        case "orchestrator.files":
            return try bench.plan(
                [PlannedJob("Alpha", ["a.txt"], launched)],
                more: ["orchestrator": "{\"estimate\": \"5 minutes\", \"files\": [\(text)]}"])
        default:
            return try bench.plan(
                [PlannedJob("Alpha", ["a.txt"], launched)], more: ["exports": "[{\"file\": \(text)}]"])
        }
    }

    static let fields = ["files", "files.path", "dependencies", "orchestrator.files", "exports"]

    private static func expectPathRefused(_ path: String) throws {
        let bench = try Bench(["README": "base\n"])
        for field in fields {
            let plan = try plan(bench, claiming: path, in: field)
            let named = String(field.split(separator: ".").last == "path" ? "files" : field)
            // One reader serves both: what it says of a field is the same.
            for command in field == fields[0] ? ["check", "run"] : ["run"] {
                try expectRefused(bench, ["plan.json", named], [command, plan])
            }
        }
        #expect(bench.sandbox.read("launched") == nil)
    }

    @Test(arguments: [
        "../x", "/abs", "a//b", "C:x", "c:/x", "..", "a/..", "a/../../x", "./../x", "a/../b", "a/./b", "a\\b",
        "..\\x", "\\\\server\\x", "//server/x", "~/x", "", ".", "./", "x/../../.git", "!../x", "*/../x",
    ])
    func input1PathsThatLeadOutOfTheRepositoryAreRefused(path: String) throws {
        try Self.expectPathRefused(path)
    }

    @Test(arguments: [
        ".git/hooks/x", ".GIT", ".Git/config", "git~1", "GIT~1/config", ".git /x", ".git.", ".git. . /x",
        "a/.git/x",
        ".git::$INDEX_ALLOCATION/config", ".git:x", ".g\u{200C}it/config", "\u{FEFF}.git/x", ".gi\u{206A}T/x",
        ".git\u{200D}", "sub/.g\u{206F}it", "git~1./x",
    ])
    func input2TheGitFolderInAnySpellingIsRefused(path: String) throws {
        try Self.expectPathRefused(path)
    }

    /// What no plan can say, a worker's own commits can hold: a glob covers it, and git on Linux takes it.
    @Test(arguments: [".g\u{200C}it", "sub/.GI\u{206A}T", ".git\u{FEFF}"])
    func input2TheGitFolderInAWorkersCommitIsABreach(folder: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let job = PlannedJob(
            "Alpha", ["**"],
            """
            blob=$(echo evil | git hash-object -w --stdin)
            git -c core.protectNTFS=false -c core.protectHFS=false update-index --add --cacheinfo "100644,$blob,\(folder)/config"
            git commit -qm evil; mkdir -p '\(folder)'; echo evil > '\(folder)/config'
            """)
        let ran = try bench.hybrid("run", bench.plan([job], verify: [TrustTests.marker]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "breach", "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("git directory"), "\(ran.out)")
        Self.expectPlain(ran.out + ran.err)
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("verified") == nil)
        #expect(bench.sandbox.read("repo/.git/config")?.contains("evil") == false)
    }

    private static func check(_ one: String, _ two: String) throws -> (Bench, Outcome, [String: Any]) {
        let bench = try Bench(["README": "base\n", "src/a.py": "a\n", "literal/[x].txt": "x\n"])
        let jobs = [PlannedJob("One", [one], "touch \"$ROOT/launched\""), PlannedJob("Two", [two], "true")]
        let plan = try bench.plan(jobs)
        let checked = try bench.hybrid("check", plan, "--json")
        return (bench, checked, try Bench.object(checked))
    }

    private static func expectOverlap(_ one: String, _ two: String) throws {
        let (bench, checked, report) = try check(one, two)
        #expect(checked.code == 1, "\(checked.out)")
        let overlaps = try #require(report["overlaps"] as? [[String: Any]])
        #expect(overlaps.map { $0["jobs"] as? [String] } == [["One", "Two"]], "\(checked.out)")
        #expect(report["may_run"] as? Bool == false)
        let before = try Belongings(bench)
        let ran = try bench.hybrid("run", bench.sandbox.root + "/plan.json")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("One and Two both claim"), "\(ran.err)")
        #expect(bench.sandbox.read("launched") == nil)
        #expect(try Belongings(bench) == before)
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    @Test(arguments: [
        ["src/a.py", "SRC/A.PY"], ["caf\u{E9}.txt", "cafe\u{301}.txt"], ["stra\u{DF}e.txt", "STRASSE.TXT"],
        ["\u{1E9E}", "ss"], ["\u{E9}/**", "E\u{301}/x.txt"], ["Src/**", "src/x"], ["*.TXT", "a.txt"],
        ["\u{2126}.txt", "\u{3C9}.txt"], ["\u{212A}.txt", "k.txt"], ["\u{FB01}le.txt", "FILE.txt"],
        ["[A-C]/x", "b/X"], ["\u{3C3}.txt", "\u{3C2}.txt"], ["\u{1E69}", "s\u{307}\u{323}"],
        ["new\u{E9}*.txt", "NEWE\u{301}1.TXT"],
    ])
    func input3PathsEqualAfterFoldingOverlap(pair: [String]) throws {
        try Self.expectOverlap(pair[0], pair[1])
    }

    @Test(arguments: [
        ["src", "src/a.py"], ["src/", "src/new.py"], ["src/*.py", "src/a.py"], ["src/*.py", "src/n*"],
        ["**/x.txt", "deep/er/x.txt"], ["not/there", "not/there/yet.txt"], ["a*b*c", "*x*"],
        ["new/[ab].py", "new/[bc].py"], ["src", "src/**"], ["**", "x"], ["x/**/y", "x/y"], ["?.md", "*.md"],
        ["literal/[x].txt", "literal/?x?.txt"], ["src/**/b", "src/a/*"],
    ])
    func input4AFolderAFileAndGlobsThatMeetOverlap(pair: [String]) throws {
        try Self.expectOverlap(pair[0], pair[1])
        try Self.expectOverlap(pair[1], pair[0])
    }

    @Test(arguments: [
        ["src/*.py", "src/sub/a.py"], ["src/a", "src/ab"], ["src/?.py", "src/ab.py"], ["[ab].py", "[cd].py"],
        ["a\u{301}", "a\u{300}"],
    ])
    func input4WhatDoesNotMeetIsNoOverlap(pair: [String]) throws {
        let (_, checked, report) = try Self.check(pair[0], pair[1])
        #expect(checked.code == 0, "\(checked.out)")
        #expect((report["overlaps"] as? [Any])?.isEmpty == true)
    }

    @Test(arguments: [
        "a\nb", "a\u{1B}[31mb", "a\0b", "a\rb", "a\u{7F}b", "a\u{85}b", "a\u{9B}31mb", "a\u{2028}b",
        "a\u{202E}b",
        "a\tb", "a\u{61C}b", "a\u{200F}b",
    ])
    func input5ControlCharactersInAPlansPathAreRefused(path: String) throws {
        try Self.expectPathRefused(path)
    }

    @Test func input5ControlCharactersInACommitsPathAreShownEscaped() throws {
        let odd = "odd\n\u{1B}[31m\u{202E}\u{9B}2J.txt"
        let bench = try Bench(["README": "base\n", "in/\(odd)": "base\n"])
        let before = try bench.id()
        let jobs = ["Alpha", "Beta"].map { name in
            PlannedJob(
                name, ["\(name.lowercased()).txt"],
                """
                for file in in/*; do echo \(name) > "$file"; done
                printf x > "$(printf 'new\\n\\033]0;\(name)\\007\\377.txt')"
                """)
        }
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "breach", "beta": "breach"])
        let escaped = ["odd\\u{", "new\\u{"]
        for told in [ran.out, ran.err] {
            Self.expectPlain(told)
            for part in escaped { #expect(told.contains(part), "\(told)") }
        }
        let page = bench.sandbox.root + "/page.html"
        for words in [
            ["report"], ["report", "--markdown"], ["report", "--html", page], ["status"], ["conflicts"],
            ["conflicts", "--all", "--suggest"],
        ] {
            let answer = try bench.hybrid(list: words)
            Self.expectPlain(answer.out + answer.err)
        }
        Self.expectPlain(try #require(bench.sandbox.read(page)))
        for words in [["report", "--json"], ["status", "--json"], ["conflicts", "--json"]] {
            let answer = try bench.hybrid(list: words)
            // Raw control characters would be no JSON.
            _ = try Bench.object(answer)
        }
        let pairs = try Bench.object(bench.hybrid("conflicts", "--json"))["pairs"] as? [[String: Any]]
        let paths = try #require(pairs?.first?["paths"] as? [[String: Any]]).compactMap {
            $0["path"] as? String
        }
        #expect(paths.contains { $0.hasPrefix("in/odd") }, "\(paths)")
        #expect(try bench.id() == before)
    }
}
