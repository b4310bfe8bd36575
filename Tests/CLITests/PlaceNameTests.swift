import Foundation
import TestSupport
import Testing

/// Repositories in folders, and with files and branches, whose names are not ASCII.
@Suite struct PlaceNameTests {
    static let folders = [
        "ü x'y", "u\u{308} a\"b", "日本 ß ø $(id) `id`", "\u{301}begin \u{200D}x", "👩‍👩‍👧 %s",
    ]

    /// What a worker does that has alpha.txt and ä/: the guard lets its own work pass, and nothing else.
    private static func worker(_ bench: Bench) -> String {
        let program = "'" + bench.program + "'"
        return """
            set -e
            mkdir ä; echo one > alpha.txt; echo two > ä/ö.txt; git add -A; git commit -qm 'Alpha ü'
            \(program) guard alpha.txt "$PWD/alpha.txt" "$PWD/ä/ö.txt"
            ! \(program) guard "$PWD/beta.txt"
            ! \(program) guard "$ROOT/repo/alpha.txt"
            ! \(program) guard "$HYBRID_WORKTREE/../beta/alpha.txt"
            echo mine > beta.txt; git add beta.txt
            ! git commit -qm 'not mine'
            git rm -qf --cached beta.txt; rm beta.txt
            printf '{"cwd":"%s","tool_name":"Write","tool_input":{"file_path":"%s/beta.txt","content":"x"}}' "$PWD" "$PWD" \
                > "$ROOT/call"
            sh -c "$(python3 -c 'import json, os
            print(json.load(open(os.environ["HYBRID_CLAUDE_SETTINGS"]))["hooks"]["PreToolUse"][0]["hooks"][0]["command"])')" \
                < "$ROOT/call" | grep -q '"deny"'
            """
    }

    @Test(arguments: folders) func `a whole run in a folder of any name`(_ folder: String) throws {
        let bench = try Bench(["README": "base\n", "shared.txt": "1\n"], folder: folder)
        let waits = #"echo > "$ROOT/began"; while [ ! -e "$ROOT/go" ]; do sleep 0.05; done; "#
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["alpha.txt", "ä/**"], Self.worker(bench)),
                PlannedJob(
                    "Beta", ["beta.txt", "e\u{301}.txt"],
                    waits + "echo b > beta.txt; echo e > e\u{301}.txt; git add -A && git commit -qm Beta"),
                PlannedJob("Gamma", ["gamma.txt"], "echo c > gamma.txt"),
            ], verify: ["[ ! -e beta.txt ] || cat alpha.txt ä/ö.txt e\u{301}.txt"])
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")

        let running = try bench.begin("run", plan)
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        #expect(try bench.hybrid("doctor").out.contains(bench.run()))
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("ä/ö.txt") == "two\n")
        #expect(bench.sandbox.read("repo/e\u{301}.txt") == "e\n")
        #expect(try bench.workers().values.allSatisfy { $0 == "landed" })
        try bench.expectTidy()
        #expect(try bench.hybrid("doctor").code == 0)
        #expect(try bench.hybrid("rollback").code == 0)
        #expect(try bench.text("gamma.txt") == nil)

        // Two that collide, shown, left out, given up; with the user's own hooks in place.
        #expect(try bench.hybrid("hooks", "install").code == 0)
        try bench.shell("echo mine > mine.txt && git add mine.txt && git commit -qm mine")
        let both = try bench.plan(
            ["One", "Two"].map {
                PlannedJob($0, ["\($0).txt"], "echo \($0) > shared.txt; echo \($0) > \($0).txt")
            }, more: ["audit": #""report""#])
        #expect(try bench.hybrid("run", both).code == 1)
        let conflicts = try bench.hybrid("conflicts")
        #expect(
            conflicts.code == 1 && conflicts.out.contains("shared.txt"), "\(conflicts.out)\(conflicts.err)")
        #expect(try bench.hybrid("status").code == 0)
        #expect(try bench.hybrid("report").code == 0)
        let out = try #require(try bench.workers().first { $0.value != "merged" }?.key)
        #expect(try bench.hybrid("resolve", out).code == 0)
        try bench.shell("echo both > shared.txt", in: bench.worktree("_resolve-" + out))
        let resolved = try bench.hybrid("resolve", out)
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(bench.sandbox.read("repo/shared.txt") == "both\n")
        #expect(try bench.hybrid("clean").code == 0)
        #expect(try bench.hybrid("hooks", "remove").code == 0)
        #expect(try bench.hybrid("doctor").code == 0)
        try bench.expectTidy()
    }

    /// A folder for worktrees as a person may name it, and where it is.
    @Test(arguments: [
        ("../else", "else"), ("../else/./x/../y", "else/y"), ("../link/w", "real/w"), ("~/w", "home/w"),
        ("", "repo.hybrid"), (nil, "real"),
    ])
    func `worktrees lie where their folder leads, and are nobody else's`(_ setting: String?, _ place: String)
        throws
    {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("mkdir ../real; ln -s real ../link")
        if let setting {
            try bench.sandbox.git("config", "hybrid.worktrees", setting)
        } else {
            try bench.shell("ln -s real ../repo.hybrid")
        }
        let program = "'" + bench.program + "'"
        let failing = PlannedJob(
            "Alpha", ["a"], "\(program) guard a && ! \(program) guard b && echo > a && exit 3")
        let ran = try bench.hybrid("run", bench.plan([failing, PlannedJob("Beta", ["b"], "echo > b")]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        // The guard knew whose worktree it was.
        #expect(ran.err.contains("code 3") && !ran.out.contains("beside"), "\(ran.out)\(ran.err)")
        let run = try bench.run()
        #expect(
            try bench.linkedWorktrees()
                == ["alpha", "beta"].map { "\(bench.sandbox.root)/\(place)/\(run)/\($0)" })
        let given = try bench.hybrid("clean", "--forget", run, "--discard", "alpha", "--discard", "beta")
        #expect(given.code == 0, "\(given.err)")
        #expect(try bench.linkedWorktrees() == [])
        #expect(try bench.sandbox.git("status", "--porcelain") == "")
    }

    @Test func `a folder whose name is no UTF-8 is named, and nothing is made`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo > alpha.txt")])
        let ran = try bench.shell(
            """
            mv ../repo "$(printf '../x\\374')"; cd "$(printf '../x\\374')"
            for words in "run \(plan)" "status" "doctor"; do
                '\(bench.program)' $words 2>&1; echo "code $?"
            done; git status --porcelain; git for-each-ref; ls -A .. .git
            mv "$(printf '../x\\374')" ../repo
            """)
        #expect(ran.ranges(of: "is not UTF-8").count == 3, "\(ran)")
        #expect(ran.ranges(of: "code 2").count == 3, "\(ran)")
        #expect(!ran.contains("hybrid/") && !ran.contains(".hybrid"), "\(ran)")
    }

    @Test func `files that differ only in their normal form are two files`() throws {
        let bench = try Bench(["README": "base\n"])
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["src/**"],
                    "mkdir src; echo 1 > src/\(composed).x; echo 2 > src/\(decomposed).x")
            ], more: ["exports": #"[{"file": "all.txt", "form": "list", "from": "src/*.x"}]"#])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let list = try #require(try bench.text("all.txt"))
        for name in [composed, decomposed] {
            #expect(Data(list.utf8).range(of: Data("src/\(name).x".utf8)) != nil, "\(list)")
        }
        // Branches likewise: neither is the other named twice.
        try bench.shell("git branch \(composed); git branch \(decomposed) HEAD^")
        let answer = try bench.hybrid("conflicts", composed, decomposed, "--json")
        #expect(answer.code == 0, "\(answer.out)\(answer.err)")
        let branches = try #require(try Bench.object(answer)["branches"] as? [Any])
        #expect(branches.count == 2)
    }

    @Test func `an environment variable that begins with a combining mark reaches workers`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], #"printf '%s' "$MARK" > alpha.txt"#)
        ])
        let ran = try bench.hybrid("run", plan, environment: ["MARK": "\u{301}x"])
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt").map { Array($0.utf8) } == Array("\u{301}x".utf8))
    }
}
