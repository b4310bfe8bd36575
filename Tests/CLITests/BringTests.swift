import Foundation
import TestSupport
import Testing

/// Ignored files of the user's checkout in worktrees: `.worktreeinclude`, `Copy:`, links, and the post-checkout hook.
@Suite struct BringTests {
    /// A checkout with ignored files, as people have them.
    private func bench(_ ignored: String = ".env\n/deps/\nconf/*.key\n/cache\n", include: String? = nil)
        throws -> Bench
    {
        var files = ["README": "base\n", ".gitignore": ignored, "conf/app.toml": "x\n"]
        files[".worktreeinclude"] = include
        let bench = try Bench(files)
        try bench.shell(
            """
            echo SECRET=7 > .env; chmod 640 .env; touch -d '2001-02-03 04:05:06' .env
            mkdir -p deps/bin deps/empty cache; echo lib > deps/lib; ln -s ../lib deps/bin/tool; chmod 555 deps/lib
            echo key > conf/a.key; echo big > cache/big
            """)
        return bench
    }

    private func lines(_ bench: Bench, _ file: String) -> [String] {
        (bench.sandbox.read(file) ?? "").split(separator: "\n").map(String.init)
    }

    private static let looks = """
        stat -c '%a %Y %F' .env > "$ROOT/$HYBRID_JOB.env"; cat deps/bin/tool > "$ROOT/$HYBRID_JOB.tool" || exit 5
        [ -d deps/empty ] && [ ! -L deps ] && [ -e conf/a.key ] && [ ! -e cache ] || exit 6
        """

    @Test(arguments: ["include", "plan"])
    func ignoredFilesComeAndStayTheUsers(named: String) throws {
        let bench = try bench(
            include: named == "include" ? "# what people need\n.env\ndeps\nconf/*.key\n\n" : nil)
        let worker = Self.looks + "\necho a > a.txt"
        let plan = try bench.plan(
            [PlannedJob("a", ["*"], worker)], verify: ["[ -e .env ] && [ -e deps/lib ]"],
            more: named == "plan" ? ["copy": "[\".env\", \"/deps\", \"conf/*.key\"]"] : [:])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(lines(bench, "a.env") == ["640 981173106 regular file"])
        #expect(bench.sandbox.read("a.tool") == "lib\n")
        // Said before anything is copied, with its size.
        let said = ran.err.split(separator: "\n").filter { $0.contains("each worktree gets from") }
        #expect(said.count == 1 && said[0].contains("conf/a.key, deps (4 files, "), "\(ran.err)")
        try bench.expectTidy()
        let all = try bench.shell(
            "git log --all -p; git for-each-ref refs/hybrid; cat .git/hybrid/runs/*/job/*/1/log")
        #expect(!all.contains("SECRET"))
        #expect(!ran.out.contains("SECRET") && !ran.err.contains("SECRET"))
        // What was brought is the user's still, as it was.
        #expect(bench.sandbox.read("repo/.env") == "SECRET=7\n")
    }

    /// The list of what came is the run's, and no worker's: without it nobody could tell a secret from work.
    @Test func whatCameIsNotForgottenBecauseAWorkerTookTheListAway() throws {
        let bench = try bench(".env\n")
        let deed = """
            rm -f "$HYBRID_MAIN_WORKTREE"/.git/hybrid/runs/*/brought-a.json
            git add -f .env && git commit -nqm mine
            """
        let plan = try bench.plan([PlannedJob("a", ["**"], deed)], more: ["copy": "\".env\""])
        let ran = try bench.hybrid("run", plan, "--json")
        #expect(ran.code == 2 && ran.out.contains("seal-broken"), "\(ran.out)\(ran.err)")
        #expect(try bench.shell("git log -p main").contains("SECRET") == false)
        #expect(try bench.hybrid("trust").out.contains("brought-a.json: it is gone"))
    }

    /// Whatever a worker does to publish it: by git itself, by a rule taken away, on the way to its tip.
    @Test func whatWasBroughtIsNeverCommitted() throws {
        let bench = try bench(".env\n")
        // The guard is advice, which a worker can pass by.
        let own = "git commit -nqm mine"
        let deeds = [
            "staged": "git add -f .env", "unruled": ": > .gitignore", "fails": ": > .gitignore; exit 1",
            "added": "git add -f .env && \(own)", "swept": ": > .gitignore; git add -A; \(own)",
            "gone": "git add -f .env && \(own) && git rm -q --cached .env && git commit -nqm gone",
        ]
        let plan = try bench.plan(
            deeds.sorted { $0.key < $1.key }.map {
                PlannedJob($0.key, ["\($0.key).txt"], "echo x > \($0.key).txt; \($0.value)")
            }, more: ["copy": "\".env\"", "audit": "\"report\"", "land_the_rest": "true"])
        let ran = try bench.hybrid("run", plan)
        let breach = "breach"
        #expect(
            try bench.workers() == [
                "staged": "landed", "unruled": "landed", "fails": "failed", "added": breach, "swept": breach,
                "gone": breach,
            ], "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("brought from your checkout"), "\(ran.out)")
        #expect(!ran.out.contains("SECRET") && !ran.out.contains("had ended"), "\(ran.out)")
        // What workers committed themselves stays theirs, and hybrid makes nothing of it.
        #expect(try bench.shell("git log -p main").contains("SECRET") == false)
        let made = try bench.rescued("fails")
        #expect(made.count == 1)
        #expect(try bench.shell("git log -p \(made[0])").contains("SECRET") == false)
    }

    @Test func whatWasChangedIsKeptAsFilesNobodyElseReads() throws {
        let bench = try bench()
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], "echo MORE=1 >> .env; touch deps/lib; echo a > a.txt")],
            more: ["copy": "[\".env\", \"deps/\"]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("1 file from your checkout, changed there"), "\(ran.err)")
        let kept = "\(bench.repo)/.git/hybrid/runs/\(try bench.run())/job/a/ignored"
        #expect(
            try bench.shell("cd '\(kept)'; find . -type f; stat -c %a .env; cat .env")
                == "./.env\n600\nSECRET=7\nMORE=1")
        #expect(!ran.out.contains("MORE") && !ran.err.contains("MORE"))
        #expect(bench.sandbox.read("repo/.env") == "SECRET=7\n")
        try bench.expectTidy()
    }

    /// No commit and no ref gets it, and nothing of it is lost either.
    @Test func whatWasChangedAndUnhiddenIsKeptAsFilesOnly() throws {
        let bench = try bench(".env\n")
        let plan = try bench.plan(
            [
                PlannedJob("a", ["a.txt"], ": > .gitignore; echo MORE=1 >> .env; echo a > a.txt"),
                PlannedJob("b", ["b.txt"], ": > .gitignore; echo MORE=2 >> .env; echo b > b.txt; exit 1"),
            ], more: ["copy": "\".env\"", "audit": "\"report\"", "land_the_rest": "true"])
        let ran = try bench.hybrid("run", plan)
        #expect(try bench.workers() == ["a": "landed", "b": "failed"], "\(ran.out)\(ran.err)")
        #expect(try bench.shell("git log --all -p").contains("SECRET") == false)
        let run = try bench.run()
        try bench.hybrid("clean")
        let found = try bench.shell(
            "find .git/hybrid/runs/\(run)/job ../repo.hybrid -name .env -exec cat {} + 2>/dev/null; true")
        #expect(found.contains("MORE=1") && found.contains("MORE=2"), "\(found) \(ran.out)\(ran.err)")
    }

    /// Archives and broken clocks give such times; no one number of nanoseconds holds them all.
    @Test func filesOfAnyYearComeWithTheirTime() throws {
        let bench = try bench()
        try bench.shell(
            "touch -d '1955-05-05 05:05:05.25 UTC' .env; touch -d '2400-01-01 00:00:00 UTC' deps/lib conf/a.key"
        )
        let worker = "stat -c %Y .env deps/lib conf/a.key > \"$ROOT/times\"; echo a > a.txt"
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], worker)], more: ["copy": "[\".env\", \"deps\", \"conf/*.key\"]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let times = try bench.shell("stat -c %Y .env deps/lib conf/a.key")
        #expect(times.hasPrefix("-"))
        #expect(lines(bench, "times").joined(separator: "\n") == times)
        // Unchanged, so nobody's work.
        #expect(!ran.err.contains("changed there"), "\(ran.err)")
        try bench.expectTidy()
    }

    @Test(arguments: [
        ("chmod 000 .env", ".env"), ("chmod 000 deps/bin", "deps/bin"), ("chmod 400 deps", "deps"),
    ])
    func whatCannotBeReadIsNamedWhereItLies(deed: String, name: String) throws {
        let bench = try bench()
        try bench.shell(deed)
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], "echo a > a.txt")], more: ["copy": "[\".env\", \"deps\"]"])
        // Root reads all, unless it may not.
        let asUser =
            geteuid() == 0
            ? "setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -dac_override,-dac_read_search"
            : ""
        let said = try bench.shell("\(asUser) '\(bench.program)' run '\(plan)' 2>&1; echo \"code $?\"")
        let path = "\(bench.repo)/\(name)"
        #expect(said.contains("code 2") && said.contains("\(path): "), "\(said)")
        let mode = name == ".env" ? "r" : "rx"
        #expect(said.contains("chmod u+\(mode) \(path)"), "\(said)")
        try bench.shell("chmod u+\(mode) \(path)")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
    }

    @Test func linksLeadToTheUsersOwnWhichIsCompared() throws {
        let bench = try bench()
        let worker =
            "[ -L cache ] && cat cache/big && echo more >> cache/big; [ ! -e deps ] || exit 4; echo a > a.txt"
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], worker)],
            more: [
                "copy": "[{\"path\": \"cache\", \"as\": \"link\"}, {\"path\": \"deps\", \"as\": \"link\"}]"
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        // `/deps/` hides a folder, not a link of that name.
        #expect(ran.err.contains("deps is not linked"), "\(ran.err)")
        #expect(
            ran.out.contains("cache/big in") && ran.out.contains("was changed while wave 1 ran"), "\(ran.out)"
        )
        #expect(bench.sandbox.read("repo/cache/big") == "big\nmore\n")
        try bench.expectTidy()
    }

    @Test func whatIsNotIgnoredThereOrStandsThereDoesNotCome() throws {
        let bench = try bench(".env\n")
        // The rule is the user's alone, and the base has a link in the place of a folder.
        try bench.shell(
            """
            printf 'local.key\nconf2/\n' > .git/info/exclude; echo k > local.key; mkdir conf2; echo s > conf2/s
            git checkout -q -b other; ln -s /tmp conf2x; git add -A; git commit -qm link; git checkout -q main
            """)
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], "ls -A > \"$ROOT/seen\"; echo a > a.txt")],
            more: ["copy": "[\".env\", \"README\", \"local.key\", \"conf2\", \"absent\"]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(Set(lines(bench, "seen")).isSuperset(of: [".env", "local.key", "conf2", "README"]))
        #expect(bench.sandbox.read("repo/README") == "base\n")
    }

    @Test func theUsersPostCheckoutHookRunsAsGitRunsIt() throws {
        let bench = try bench()
        try bench.shell(
            """
            printf '#!/bin/sh\\necho "$@" "$PWD" "${GIT_DIR-none}" >> "$ROOT/hook"; touch ready-by-hook; exit 3\\n' \
              > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout; echo ready-by-hook > .git/info/exclude
            """)
        let base = try bench.id()
        let plan = try bench.plan([PlannedJob("a", ["a.txt"], "[ -e ready-by-hook ] && echo a > a.txt")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let place = "\(bench.worktreeFolder)/\(try bench.run())/a"
        let own = String(repeating: "0", count: 40) + " \(base) 1 \(place) none"
        #expect(lines(bench, "hook") == [own])
        #expect(ran.out.contains("your post-checkout hook exited with code 3"), "\(ran.out)")
        // git itself, for comparison.
        try bench.shell(
            "git worktree add -q ../by-git \(base) || true; git worktree remove --force ../by-git")
        let place2 = "\(bench.sandbox.root)/by-git"
        #expect(lines(bench, "hook").last == own.replacingOccurrences(of: place, with: place2))
        try bench.sandbox.git("config", "hybrid.postCheckout", "false")
        let before = lines(bench, "hook").count
        let off = try bench.hybrid("run", bench.plan([PlannedJob("b", ["b.txt"], "echo b > b.txt")]))
        #expect(off.code == 0, "\(off.out)")
        #expect(lines(bench, "hook").count == before)
    }

    @Test func aKillWhileItIsBroughtLeavesNoHalfOfIt() throws {
        let bench = try bench()
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], Self.looks + "\necho a > a.txt")], verify: ["[ -e .env ]"],
            more: ["copy": "[\".env\", \"deps\", \"conf/*.key\"]"])
        // In the base's worktree, and in the worker's, before and after it came.
        for (time, side) in [(1, "after"), (2, "before"), (1, "after")] {
            let killed = try bench.hybrid(
                list: bench.refs("refs/hybrid/").isEmpty ? ["run", plan] : ["resume"],
                environment: ["HYBRID_FAILPOINT": "bring:\(side)=kill#\(time)"])
            #expect(killed.code == 137 || killed.code == 9, "\(killed.code) \(killed.out)\(killed.err)")
        }
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        try bench.expectTidy()
    }

    @Test func whereAConflictLiesOpenFilesComeAndAreNotCommitted() throws {
        let bench = try bench(".env\n")
        let plan = try bench.plan(
            [
                PlannedJob("a", ["a.txt"], "echo a > a.txt; echo a > shared.txt"),
                PlannedJob("b", ["b.txt"], "echo b > b.txt; echo b > shared.txt"),
            ], more: ["copy": "[\".env\"]", "audit": "\"report\""])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["a": "merged", "b": "conflict"])
        #expect(try bench.hybrid("resolve", "b").code == 0)
        let place = try bench.resolution("b")
        #expect(bench.sandbox.read(place + "/.env") == "SECRET=7\n")
        try bench.shell(": > .gitignore; echo both > shared.txt", in: place)
        let resolved = try bench.hybrid("resolve", "b")
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(try bench.text("shared.txt") == "both\n")
        #expect(try bench.text(".env") == nil)
        #expect(try bench.shell("git log --all -p").contains("SECRET") == false)
    }

    /// Blocks are shared on disks that can; such a disk is made here where this user may mount one.
    @Test func clonesShareTheirBlocks() throws {
        let sandbox = try Sandbox()
        let script = """
            set -e
            truncate -s 400M disk; mkfs.xfs -q disk 2>/dev/null || mkfs.btrfs -q disk 2>/dev/null || exit 77
            mkdir mnt; mount -o loop disk mnt 2>/dev/null || exit 77
            cd mnt; git init -q -b main repo; cd repo; git config user.name a; git config user.email a@b
            echo big > .gitignore; git add -A; git commit -qm base; head -c 50000000 /dev/urandom > big; sync
            before=$(df --output=used -B1 . | tail -1)
            '\(try hybridProgram())' start ../../plan.json >out 2>&1 || { cat out; exit 1; }
            cat out; sync; after=$(df --output=used -B1 . | tail -1)
            cmp big ../repo.hybrid/*/a/big; cmp big ../repo.hybrid/*/b/big
            echo "grown $((after - before))"
            """
        let jobs = ["a", "b"].map { "{\"name\": \"\($0)\", \"files\": [\"\($0).txt\"]}" }.joined(
            separator: ",")
        try sandbox.write(
            "{\"task\": {\"name\": \"T\"}, \"jobs\": [\(jobs)], \"copy\": [{\"path\": \"big\", \"as\": \"clone\"}]}",
            to: "plan.json")
        let ran = try execute(
            ["unshare", "-m", "sh", "-c", script], in: sandbox.root,
            environment: hermetic(
                home: sandbox.home, extra: ["HYBRID_SLOT_FOLDER": sandbox.root + "/slots"]))
        if ran.code == 77 {
            print("skipped: no xfs or btrfs can be made and mounted here")
            return
        }
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("cloned"), "\(ran.out)")
        let grown = ran.out.split(separator: " ").last.flatMap { Int($0.filter(\.isNumber)) } ?? .max
        #expect(grown < 20_000_000, "\(ran.out)")
    }
}
