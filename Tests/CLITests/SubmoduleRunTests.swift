import Foundation
import TestSupport
import Testing

/// Repositories with submodules: worktrees have them as the main checkout has, and nothing of what a worker does in
/// them is lost.
@Suite struct SubmoduleRunTests {
    /// Two submodules, initialised; their addresses lead nowhere afterwards, so that nothing can be fetched.
    private static func bench() throws -> Bench {
        let bench = try Bench(["a.txt": "base\n"])
        try bench.shell(
            """
            for m in one two; do git init -q ../up-$m; (cd ../up-$m; echo $m > $m.txt; git add -A; git commit -qm $m); done
            git -c protocol.file.allow=always submodule --quiet add ../up-one libs/one
            git -c protocol.file.allow=always submodule --quiet add --name other/name ../up-two two
            git commit -qm submodules; mv ../up-one ../gone-one; mv ../up-two ../gone-two
            """)
        return bench
    }

    /// What git knows of worktrees in the submodules, beside the main checkout's own.
    private static func nested(_ bench: Bench) throws -> String {
        try bench.shell(
            "ls -d .git/modules/libs/one/worktrees/* .git/modules/other/name/worktrees/* 2>/dev/null || true")
    }

    @Test func `worktrees have the submodules, and a run lands without a hint`() throws {
        let bench = try Self.bench()
        let config = try bench.shell(
            "cat .git/config .git/modules/libs/one/config .git/modules/other/name/config")
        let look =
            "test -z \"$(git status --porcelain)\" && grep -qx one libs/one/one.txt && grep -qx two two/two.txt"
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["a.txt"],
                    look + " && git -C two log -1 --format=%s | grep -qx two && echo a > a.txt"),
                PlannedJob("Beta", ["b.txt"], look + " && echo b > b.txt"),
            ], verify: [look])
        // What comes by itself needs no set-up.
        #expect(try !bench.hybrid("init").out.contains("submodule"))
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 0 && !checked.out.contains("submodule"), "\(checked.out)")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(!(ran.out + ran.err).contains("submodule"), "\(ran.out)\(ran.err)")
        try bench.expectTidy()
        #expect(try Self.nested(bench) == "")
        #expect(
            try bench.shell("git -C two for-each-ref refs/hybrid; git -C libs/one for-each-ref refs/hybrid")
                == "")
        #expect(
            try bench.shell("cat .git/config .git/modules/libs/one/config .git/modules/other/name/config")
                == config)
    }

    @Test func `a submodule that a worker moves lands as it claimed it, and its commits stay`() throws {
        let bench = try Self.bench()
        let work = "cd libs/one && echo more >> one.txt && git commit -qam more && cd ../.. && echo a > a.txt"
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt", "libs/one"], work)],
            verify: ["cat libs/one/one.txt > \(bench.sandbox.root)/seen"])
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 0, "\(checked.out)")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("Alpha moved the submodule libs/one from "), "\(ran.out)")
        #expect(bench.sandbox.read("seen") == "one\nmore\n")
        let commit = try bench.shell("git rev-parse main:libs/one").trimmingCharacters(
            in: .whitespacesAndNewlines)
        let kept = try bench.shell(
            "git -C libs/one for-each-ref --format='%(objectname) %(refname)' refs/hybrid/kept/")
        #expect(kept.hasPrefix("\(commit) refs/hybrid/kept/\(try bench.run())-alpha.sub/"), "\(kept)")
        #expect(try Self.nested(bench) == "")
        // What the finding says to type needs no server.
        try bench.shell("git -C libs/one gc -q --prune=now; git submodule update -- libs/one")
        #expect(bench.sandbox.read("repo/libs/one/one.txt") == "one\nmore\n")
        try bench.expectTidy()
    }

    @Test(arguments: [
        ("git -C libs/one commit -q --allow-empty -m more; echo a > a.txt", "libs/one", "not claimed"),
        // A repository of the worker's own, whose commit nobody else has.
        (
            "rm -rf libs/one; git init -q libs/one; git -C libs/one commit -q --allow-empty -m mine; echo a > a.txt",
            "libs/one", "is not in its repository"
        ),
        ("git rm -q --cached two; rm -rf two; echo a > a.txt", "two", "a submodule that comes or goes"),
    ])
    func `a submodule that was not claimed, or cannot be had, is left out`(
        _ deed: String, _ path: String, _ reason: String
    ) throws {
        let bench = try Self.bench()
        let before = try bench.id()
        let claims = reason == "not claimed" ? ["a.txt"] : ["a.txt", "libs/one", "two"]
        let ran = try bench.hybrid("run", bench.plan([PlannedJob("Alpha", claims, deed)]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("touched \(path): ") && ran.out.contains(reason), "\(ran.out)")
        #expect(try bench.id() == before)
        // What is left out can be given up, and then nothing is left of it but refs that keep its commits.
        let place = try bench.worktree("alpha")
        var cleaned = try bench.hybrid("clean", "--discard", "alpha")
        if reason == "is not in its repository" {
            #expect(
                cleaned.code == 2 && cleaned.err.contains("in its submodule libs/one is nowhere else"),
                "\(cleaned.err)")
            #expect(FileManager.default.fileExists(atPath: place + "/libs/one/.git"))
            let next = cleaned.err.split(separator: "\n").compactMap {
                $0.split(separator: " git -C ", maxSplits: 1).last
            }
            try bench.shell("git -C " + (next.first.map(String.init) ?? ""))
            cleaned = try bench.hybrid("clean", "--discard", "alpha")
        }
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect(try Self.nested(bench) == "")
    }

    @Test func `what git modules says is not acted on where a worker wrote it`() throws {
        let bench = try Self.bench()
        let deed = """
            git config -f .gitmodules submodule.libs/one.url 'ext::sh -c "touch \(bench.sandbox.root)/ran"'
            git config -f .gitmodules submodule.libs/one.branch other
            """
        let plan = try bench.plan(
            [PlannedJob("Alpha", [".gitmodules"], deed)], verify: ["ls libs/one > \(bench.sandbox.root)/seen"]
        )
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
        #expect(bench.sandbox.read("seen") == "")
        #expect(
            ran.out.contains(
                "libs/one is an empty folder in worktrees: its entry in .gitmodules is not the base's"),
            "\(ran.out)")
        #expect(try Self.nested(bench) == "")
    }

    @Test func `settings of a submodule that a worker changes stop the run`() throws {
        let bench = try Self.bench()
        let deed = "git -C libs/one config core.fsmonitor 'touch \(bench.sandbox.root)/ran'; echo a > a.txt"
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([PlannedJob("Alpha", ["a.txt"], deed)]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(
            ran.err.contains("core.fsmonitor in") && ran.err.contains("modules/libs/one/config"), "\(ran.err)"
        )
        #expect(try bench.id() == before)
    }

    @Test func `a submodule that cannot be had is told with what to do, and Submodules no leaves it out`()
        throws
    {
        let bench = try Self.bench()
        try bench.shell(
            """
            git -C ../gone-one commit -q --allow-empty -m later; git submodule --quiet deinit -f two; mv ../gone-one ../up-one
            git update-index --cacheinfo 160000,$(git -C ../up-one rev-parse HEAD),libs/one; git commit -qm moved
            """)
        let job = PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")
        let checked = try bench.hybrid(
            "check", bench.plan([job], verify: ["test -z \"$(ls two libs/one)\" "]))
        #expect(
            checked.out.contains(
                "two (not initialised in your checkout; git submodule update --init -- two)"),
            "\(checked.out)")
        #expect(
            checked.out.contains("libs/one (commit ") && checked.out.contains("/libs/one fetch)"),
            "\(checked.out)")
        let silent = try bench.plan([job], more: ["submodules": "false"])
        #expect(try !bench.hybrid("check", silent).out.contains("submodule"))
        // What it says to type helps.
        try bench.shell("git -C libs/one fetch -q")
        let plan = try bench.plan([job], verify: ["test -e libs/one/one.txt && test -z \"$(ls two)\""])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try bench.shell("git submodule --quiet update libs/one")
        try bench.expectTidy()
    }

    @Test func `work that a worker leaves uncommitted in a submodule is told and kept`() throws {
        let bench = try Self.bench()
        let job = PlannedJob(
            "Alpha", ["a.txt"], "echo a > a.txt; echo precious > two/new.txt; echo edit >> two/two.txt")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("what is not committed in the submodule at"), "\(ran.out)")
        let place = try bench.worktree("alpha")
        #expect(bench.sandbox.read(place + "/two/new.txt") == "precious\n")
        _ = try bench.hybrid("clean")
        #expect(bench.sandbox.read(place + "/two/new.txt") == "precious\n")
        // Given up by name it goes, and a ref has it.
        let gone = try bench.hybrid("clean", "--discard", "alpha")
        #expect(
            gone.code == 0
                && gone.err.contains("what was made in a submodule in \(place) is kept: git --git-dir="),
            "\(gone.err)")
        #expect(bench.sandbox.read(place + "/two/new.txt") == nil)
        let ref = try bench.shell("git -C two for-each-ref --format='%(refname)' refs/hybrid/kept/").split(
            separator: "\n")
        #expect(ref.count == 1, "\(ref)")
        #expect(try bench.shell("git -C two show \(ref.first ?? ""):new.txt") == "precious")
        #expect(try Self.nested(bench) == "")
    }

    @Test func `a retry begins with the submodules as the base has them`() throws {
        let bench = try Self.bench()
        let deed = """
            if [ -e "$ROOT/again" ]; then test -z "$(git status --porcelain)" && echo a > a.txt; exit; fi
            touch "$ROOT/again"; git -C two commit -q --allow-empty -m lost; echo dirty > two/two.txt; exit 1
            """
        let job = PlannedJob("Alpha", ["a.txt"], deed, more: ["retries": "1"])
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let kept = try bench.shell("git -C two log --format=%s --glob='refs/hybrid/kept/*'")
        #expect(kept.contains("lost\n") && kept.contains("Uncommitted work in"), "\(kept)")
        try bench.expectTidy()
        #expect(try Self.nested(bench) == "")
    }

    @Test func `what a kill left of a submodule's worktree is finished or removed`() throws {
        let bench = try Self.bench()
        let look = "test -z \"$(git status --porcelain)\" && test -e libs/one/one.txt && test -e two/two.txt"
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt"], look + " && echo a > a.txt")], verify: [look])
        #expect(try bench.hybrid("start", plan).code == 0)
        let (place, name) = (try bench.worktree("alpha"), try bench.run() + "-alpha.sub")
        // As if killed while one was made, and while the other was about to be.
        try bench.shell(
            """
            echo initializing > .git/modules/libs/one/worktrees/\(name)/locked; rm \(place)/libs/one/one.txt
            rm -rf .git/modules/other/name/worktrees \(place)/two
            """)
        let cleaned = try bench.hybrid("clean", "--discard", "alpha")
        #expect(cleaned.code == 0 || cleaned.code == 1, "\(cleaned.out)\(cleaned.err)")
        #expect(try Self.nested(bench) == "")
        #expect(try bench.linkedWorktrees() == [])
    }
    @Test func `doctor ends what a submodule knows of a worktree that is gone`() throws {
        let bench = try Self.bench()
        #expect(try bench.hybrid("start", bench.plan([PlannedJob("Alpha", ["a.txt"], "true")])).code == 0)
        let place = try bench.worktree("alpha")
        try bench.shell(
            "git -C \(place)/two commit -q --allow-empty -m mine; rm -rf \(place); git worktree prune")
        let found = try bench.hybrid("doctor")
        #expect(found.out.contains("a submodule's worktree is registered there"), "\(found.out)\(found.err)")
        _ = try bench.hybrid("doctor", "--fix")
        #expect(try Self.nested(bench) == "")
        #expect(try bench.shell("git -C two log --format=%s --glob='refs/hybrid/kept/*'").contains("mine"))
    }

    @Test func `two workers who move a submodule apart are in conflict, and one after the other is not`()
        throws
    {
        let bench = try Self.bench()
        func job(_ name: String) -> PlannedJob {
            PlannedJob(
                name, ["libs/*", "\(name).txt"],
                "git -C libs/one commit -q --allow-empty -m \(name); echo > \(name).txt")
        }
        // Both claim it by a glob, which the plan must allow for.
        let plan = try bench.plan([job("alpha"), job("beta")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let waved = try bench.hybrid("run", "--waves", plan)
        #expect(waved.code == 0, "\(waved.out)\(waved.err)")
        #expect(
            try bench.shell("git -C libs/one log --format=%s $(git rev-parse main:libs/one)")
                == "beta\nalpha\none")
    }

    @Test func `git submodule update in a worktree takes nothing away from the main checkout`() throws {
        let bench = try Self.bench()
        let update = "git submodule --quiet update --init"
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt"], update + " && echo a > a.txt")], verify: [update],
            more: ["setup": "\"\(update)\""])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try bench.shell("git config --file .git/modules/libs/one/config core.worktree")
                == "../../../../libs/one")
        #expect(try bench.shell("git -C libs/one rev-parse --show-toplevel").hasSuffix("/repo/libs/one"))
        try bench.expectTidy()
    }
}
