import Foundation
import TestSupport
import Testing

/// What `fixtures/install` puts where.
///
/// The package is made of the same files; `Tests/package` installs it in a root of its own.
@Suite struct InstallTests {
    /// The built program, installed below a folder that keeps versions apart, as some packagers do.
    private static func installed(_ bench: Bench) throws -> String {
        let prefix = bench.sandbox.root + "/versions/1"
        let done = try bench.sandbox.run(
            Bench.fixtures + "/install", "--prefix", prefix, "--built", bench.program)
        try #require(done.code == 0, "\(done.out)\(done.err)")
        return prefix
    }

    @Test func `git finds the program, its pages and its completions`() throws {
        let bench = try Bench(["README": "base\n"])
        let prefix = try Self.installed(bench)
        let list = try #require(bench.sandbox.read(prefix + "/share/hybrid/installed")).split(separator: "\n")
        let there = try bench.shell("find '\(prefix)' -type f -o -type l").split(separator: "\n")
        #expect(Set(list) == Set(there), "what was installed is not what the list says")

        try bench.sandbox.write(
            """
            set -e; export PATH="$1/bin:$PATH" MANPATH="$1/share/man" MANPAGER=cat MANWIDTH=100
            git hybrid --version
            git hybrid --help
            man hybrid-plan-convert
            man -w hybrid-run hybrid-status git-hybrid
            if man -w hybrid-worker; then echo 'a page for what nobody calls'; fi
            bash -nc '. "$1"' - "$1/share/bash-completion/completions/hybrid"
            """, to: "use.sh")
        let used = try bench.sandbox.run("sh", bench.sandbox.root + "/use.sh", prefix, in: "repo")
        #expect(used.code == 0, "\(used.err)")
        for words in [
            "Splits a task between parallel workers", "hybrid-plan-convert - Converts", "hybrid-status.1.gz",
        ] {
            #expect(used.out.contains(words), "\(words) is not in:\n\(used.out)")
        }
        #expect(!used.out.contains("nobody calls"))
        #expect(!used.out.contains("\\&"), "what troff should have read is seen")
    }

    @Test func `hooks go on with the next version`() throws {
        let bench = try Bench(["README": "base\n"])
        let prefix = try Self.installed(bench)
        try bench.shell("ln -s '\(prefix)/bin' '\(bench.sandbox.root)/bin'")
        try bench.shell("PATH=\"$ROOT/bin:$PATH\" hybrid hooks install")
        let hook = try #require(bench.sandbox.read("repo/.git/hooks/pre-commit"))
        #expect(hook.contains("hybrid=\(bench.sandbox.root)/bin/hybrid\n"), "\(hook)")
        // The next version: another folder, and the link leads there.
        try bench.shell("cd \"$ROOT\"; mv versions/1 versions/2; ln -sfn \"$ROOT/versions/2/bin\" bin")
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        let place = try bench.worktree("alpha")
        let denied = try bench.sandbox.run(
            "sh", "-c", "echo x > beta; git add beta; git commit -qm x", in: place)
        #expect(denied.code == 1 && denied.err.contains("may not write beta"), "\(denied.err)")
        // Called by its own path, that is the path.
        try bench.shell("\"$ROOT/versions/2/bin/hybrid\" hooks install")
        #expect(
            bench.sandbox.read("repo/.git/hooks/pre-commit")?
                .contains("hybrid=\(bench.sandbox.root)/versions/2/bin/hybrid\n") == true)
    }

    @Test func `a second time replaces, also what runs`() throws {
        let bench = try Bench(["README": "base\n"])
        let prefix = try Self.installed(bench)
        try bench.shell("exec 9<'\(prefix)/bin/hybrid'; '\(prefix)/bin/hybrid' schema >/dev/null")
        _ = try Self.installed(bench)
        #expect(try bench.shell("find '\(prefix)' -name '*.new'") == "")
        try bench.shell("xargs -d '\\n' rm -f <'\(prefix)/share/hybrid/installed'")
        #expect(try bench.shell("find '\(prefix)' -type f -o -type l") == "")
    }

    @Test(arguments: [["--prefix"], ["--prefix", "here"], ["--nowhere", "x"]])
    func `what it does not understand it refuses`(arguments: [String]) throws {
        let sandbox = try Sandbox()
        let done = try execute(
            [Bench.fixtures + "/install"] + arguments, in: sandbox.root,
            environment: hermetic(home: sandbox.home))
        #expect(done.code == 64 && !done.err.isEmpty && done.out.isEmpty)
    }

    @Test func `the version is one for all who ask`() throws {
        let bench = try Bench(["README": "base\n"])
        let answer = try Bench.object(bench.hybrid("version", "--json"))
        let said = try bench.hybrid("--version").out.trimmingCharacters(in: .newlines)
        #expect(answer["version"] as? String == said)
        let ledger = try #require(answer["ledger"] as? Int)
        let text = try bench.hybrid("version").out
        #expect(text.hasPrefix("hybrid \(said)\nbuilt with libgit2 "))
        try bench.hybrid("run", bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo a > alpha.txt")]))
        #expect(
            try bench.shell(
                "python3 -c 'import sqlite3; print(sqlite3.connect(\".git/hybrid/ledger.sqlite\")"
                    + ".execute(\"pragma user_version\").fetchone()[0])'") == "\(ledger)")
    }
}
