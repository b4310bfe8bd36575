import Foundation
import TestSupport
import Testing

/// Bad inputs in names, and what workers commit and do to the repository.
extension TrustTests {
    @Test(arguments: [
        "$(touch \"$ROOT/ran\")", "`touch ran`", "%s%n%x00", "-o", "--upload-pack=touch ran", "; touch ran",
        "a' \"b",
        "../../x", "#!", "-", "\u{202E}gnp.exe", "${IFS}&& touch ran |",
    ])
    func input6TitlesAreDataOnly(title: String) throws {
        let bench = try Bench(["README": "base\n"])
        let text = String(decoding: try JSONEncoder().encode(title), as: UTF8.self)
        let plan = try bench.plan(
            [
                PlannedJob(
                    title, ["alpha.txt"], "echo alpha > alpha.txt; echo \"$HYBRID_JOB_NAME\" > \"$ROOT/name\""
                )
            ],
            more: [
                "task":
                    "{\"name\": \(text), \"complexity\": \"medium\", \"sequential_estimate\": \"40 minutes\"}"
            ])
        // A plan whose own name looks like an option.
        try bench.shell("mv '\(plan)' ./-plan.json; echo -plan.json > .git/info/exclude")
        let ran = try bench.hybrid("run", "--", "-plan.json")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        Self.expectPlain(ran.out + ran.err)
        #expect(bench.sandbox.read("name") == title + "\n")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        let left = try FileManager.default.subpathsOfDirectory(atPath: bench.sandbox.root)
        #expect(!left.contains { $0.hasSuffix("/ran") || $0 == "ran" }, "\(left)")
        let subjects = try bench.sandbox.git("log", "--format=%B", "main")
        #expect(subjects.contains(title.trimmingCharacters(in: .whitespaces)), "\(subjects)")
        for ref in try bench.refs("refs/hybrid/").keys {
            #expect(
                ref.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-/".utf8.contains($0) }, "\(ref)")
        }
        try bench.expectTidy()
    }

    @Test(arguments: [
        "-x", "--upload-pack=touch ran", "a..b", "x.lock", "main\u{202E}", "\u{2066}main", "\u{200F}main",
        "\u{61C}main", "HEAD", "@{-1}", "a b", "main^", "main~0", "main:x", "x/", "/x", "a//b", ".x",
        "x/.y",
        "x.", "a\\b", "a*", "main\u{1B}[31m", "ma\u{200B}in",
    ])
    func input7BranchNamesThatMisleadAreRefused(name: String) throws {
        let bench = try Bench(["README": "base\n"])
        // That it exists makes it no better.
        for odd in ["-x", "main\u{202E}", "\u{61C}main", "ma\u{200B}in"] {
            try bench.sandbox.git("update-ref", "refs/heads/" + odd, "HEAD")
        }
        let text = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
        let job = PlannedJob("Alpha", ["a.txt"], "touch \"$ROOT/launched\"")
        let planned = try bench.plan([job], more: ["target": text])
        for command in ["check", "run", "start"] {
            try Self.expectRefused(bench, ["name"], [command, planned])
        }
        let plain = try bench.plan([job])
        try Self.expectRefused(bench, ["name"], ["run", plain, "--target=\(name)"])
        #expect(bench.sandbox.read("launched") == nil)
    }

    @Test(arguments: ["plan.json", "plan.yaml", "plan.md"])
    func input7InvalidUTF8InAPlanIsRefused(file: String) throws {
        let bench = try Bench(["README": "base\n"])
        let texts = [
            "plan.json":
                #"{"task":{"name":"T"},"target":"ma@in","jobs":[{"name":"A","files":["a"],"command":"true"}]}"#,
            "plan.yaml":
                "task: {name: T}\ntarget: ma@in\njobs:\n  - {name: A, files: [a], command: 'true'}\n",
            "plan.md": BadPlanTests.markdown(file: "o@ne.txt"),
        ]
        let bytes = try #require(texts[file]).utf8.flatMap { $0 == 64 ? [0xC3, 0x28, 0xFF] : [$0] }
        try Data(bytes).write(to: URL(fileURLWithPath: bench.sandbox.root + "/" + file))
        for command in ["check", "run"] {
            try Self.expectRefused(bench, [file, "UTF-8"], [command, bench.sandbox.root + "/" + file])
        }
    }

    @Test(arguments: [
        "x.lock", "../x", "-x", "A", "a b", "a/b", "\u{202E}a", "hybrid.", "\u{E9}",
    ])
    func input7IdsAreOfPlainLettersOnly(id: String) throws {
        let bench = try Bench(["README": "base\n"])
        let text = String(decoding: try JSONEncoder().encode(id), as: UTF8.self)
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "true", more: ["id": text])])
        try Self.expectRefused(bench, ["plan.json", "Alpha"], ["run", plan])
    }

    @Test(arguments: [["Job A", "job-a"], ["Job A", "JOB  a"], ["a.b", "a b"], ["Fix: x", "fix x"]])
    func input8TwoJobsOfOneBranchAreRefused(names: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            names.enumerated().map { PlannedJob($1, ["\($0).txt"], "touch \"$ROOT/launched\"") })
        for command in ["check", "run", "start"] {
            try Self.expectRefused(bench, names + ["Id:"], [command, plan])
        }
        #expect(bench.sandbox.read("launched") == nil)
    }

    @Test func input8ABranchInTheWayIsRefusedAndNeverForced() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.git("branch", "hybrid")
        try Self.expectRefused(
            bench, ["branch hybrid", "git branch -m hybrid"], ["run", bench.plan([Self.good])])
        try bench.sandbox.git("branch", "-m", "hybrid", "hybrid/mine")
        let mine = try bench.id("hybrid/mine")
        // One worker makes the branch that another is about to get.
        let first = PlannedJob(
            "First", ["first.txt"],
            """
            echo first > first.txt
            forged=$(git commit-tree -p HEAD -m forged $(git rev-parse HEAD^{tree}))
            git update-ref refs/heads/hybrid/$HYBRID_RUN/second $forged; echo $forged > "$ROOT/forged"
            """)
        let second = PlannedJob("Second", ["second.txt"], "touch \"$ROOT/launched\"; echo 2 > second.txt")
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([first, second]), "--jobs", "1")
        let forged = try #require(bench.sandbox.read("forged")?.trimmingCharacters(in: .newlines))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        let branch = try bench.branch("second")
        #expect(ran.err.contains(branch) && ran.err.contains("git branch -m \(branch)"), "\(ran.err)")
        #expect(try bench.id(branch) == forged)
        #expect(bench.sandbox.read("launched") == nil)
        #expect(try bench.id() == before)
        try bench.sandbox.git("branch", "-m", branch, "aside")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("second.txt") == "2\n")
        #expect(try bench.id("aside") == forged)
        #expect(try bench.id("hybrid/mine") == mine)
    }

    @Test(arguments: [
        "/etc/passwd", "../..", "../secret", "sub/../../secret", "a/b/../../../x", "up/../secret",
        "./../secret",
        "sub/up/..",
    ])
    func input9ALinkThatLeadsOutsideIsABreachAndNeverReadThrough(target: String) throws {
        let bench = try Bench(["README": "base\n", "sub/deep/file": "x\n"])
        try bench.shell("ln -s .. sub/up; ln -s sub/.. up; git add -A; git commit -qm links")
        try bench.sandbox.write("SECRET-TEXT\n", to: "secret")
        let before = try bench.id()
        let linking = PlannedJob(
            "Alpha", ["link", "alpha.txt"], "ln -s '\(target)' link; echo alpha > alpha.txt")
        let ran = try bench.hybrid("run", bench.plan([linking, PlannedJob("Beta", ["b"], "echo b > b")]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "breach", "beta": "merged"])
        #expect(ran.out.contains("link: a symbolic link that points outside the repository"), "\(ran.out)")
        #expect(try bench.id() == before)
        #expect(try bench.text("link", at: #require(bench.rescued("alpha").first)) == target)
        for words in [["report"], ["report", "--json"], ["status"], ["conflicts", "--touching"]] {
            let answer = try bench.hybrid(list: words)
            #expect(!(answer.out + answer.err).contains("SECRET-TEXT"))
            #expect(!(answer.out + answer.err).contains("root:x:"))
        }
    }

    @Test func input9NothingIsReadOrWrittenThroughALinkedFolder() throws {
        let bench = try Bench(["README": "base\n", "dir/x": "base\n", "dir/y": "base\n"])
        try bench.shell(
            "mkdir ../outside; echo SECRET-TEXT > ../outside/x; ln -s ../outside out; git add -A; git commit -qm l"
        )
        // A claim below a link that leads out is known before launch.
        let claims = try bench.plan([PlannedJob("Alpha", ["out/x"], "echo lost > out/x")])
        for command in ["check", "run"] {
            let refused = try bench.hybrid(command, claims)
            #expect(refused.code == 1, "\(refused.out)\(refused.err)")
            #expect(
                (refused.out + refused.err).contains("out/x, which leads out of the repository"),
                "\(refused.out)\(refused.err)")
        }
        #expect(bench.sandbox.read("outside/x") == "SECRET-TEXT\n")
        // Two workers whose folders became such links while they work.
        let jobs = ["Alpha", "Beta"].map { PlannedJob($0, ["dir/\($0 == "Alpha" ? "x" : "y")"], nil) }
        try #require(try bench.hybrid("start", bench.plan(jobs)).code == 0)
        for job in ["alpha", "beta"] {
            try bench.shell("rm -r dir; ln -s \"$ROOT/outside\" dir", in: bench.worktree(job))
        }
        for words in [
            ["status"], ["status", "--json"], ["conflicts"], ["conflicts", "--json"], ["merge"], ["report"],
        ] {
            let answer = try bench.hybrid(list: words)
            #expect(
                !(answer.out + answer.err).contains("SECRET-TEXT"), "\(words): \(answer.out)\(answer.err)")
        }
        #expect(try bench.workers() == ["alpha": "breach", "beta": "breach"])
        #expect(
            try bench.text("dir", at: #require(bench.rescued("alpha").first)) == bench.sandbox.root
                + "/outside")
        try bench.sandbox.git("worktree", "remove", "--force", bench.worktree("alpha"))
        #expect(try bench.hybrid("clean", bench.run()).code != 64)
        #expect(bench.sandbox.read("outside/x") == "SECRET-TEXT\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.sandbox.root + "/outside") == ["x"])
    }

    /// What lies in the way in the target's checkout: a script that puts it there, and the path.
    @Test(arguments: [
        ["ln -s ../outside new", "new"], ["ln -s ../outside new", "new", "ignored"],
        ["ln -s ../outside/gone new", "new"], ["mkdir new; ln -s ../../outside/f new/f", "new/f"],
        ["mkdir new; echo mine > new/f", "new/f"],
        ["mkdir new; echo mine > new/f", "new/f", "ignored"],
        ["echo mine > new", "new"], ["echo mine > new", "new", "ignored"],
        ["mkdir -p new/f; echo mine > new/f/g", "new/f/g"],
    ])
    func input10WhatLiesInTheWayOfTheLandingStays(made: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("mkdir ../outside; echo outside > ../outside/f; \(made[0])")
        let before = try Belongings(bench)
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                [PlannedJob("Alpha", ["new/f"], "mkdir new; echo worker > new/f")],
                verify: [
                    made.count > 2 ? "[ ! -e new/f ] || echo new > \"$ROOT/repo/.git/info/exclude\"" : "true"
                ]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
        #expect(ran.out.contains("git -C \(bench.repo) merge --ff-only --no-overwrite-ignore "), "\(ran.out)")
        var after = try Belongings(bench)
        // git may refresh what its index knows of files; no entry changes.
        after.gitFiles["index"] = before.gitFiles["index"]
        after.gitFiles["info/exclude"] = before.gitFiles["info/exclude"]
        #expect(after == before)
        #expect(try bench.sandbox.git("diff", "--cached", "--name-only") == "")
        #expect(bench.sandbox.read("outside/f") == "outside\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.sandbox.root + "/outside") == ["f"])
        try bench.shell("mv new ../aside; : > .git/info/exclude")
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(bench.sandbox.read("repo/new/f") == "worker\n")
        #expect(bench.sandbox.read("outside/f") == "outside\n")
    }

    /// A worker's line, and what the refusal names.
    @Test(arguments: [
        ["git config core.hooksPath \"$ROOT/h\"", "core.hookspath"],
        ["git config filter.x.clean 'touch ran'", "filter.x.clean"],
        ["git config merge.x.driver 'touch ran'", "merge.x.driver"],
        ["git config diff.external 'touch ran'", "diff.external"],
        ["git config diff.x.textconv 'touch ran'", "diff.x.textconv"],
        ["git config alias.st '!touch ran'", "alias.st"],
        ["git config include.path ../evil", "include.path"],
        ["git config includeIf.gitdir:/.path ../evil", "includeif"],
        ["git config url.ext::sh.insteadOf https://", "url.ext::sh.insteadof"],
        ["git config core.fsmonitor 'touch ran'", "core.fsmonitor"],
        ["git config core.sshCommand 'touch ran'", "core.sshcommand"],
        ["git config gpg.ssh.program 'touch ran'", "gpg.ssh.program"],
        ["git config core.attributesFile x", "core.attributesfile"],
        ["git config credential.helper '!touch ran'", "credential.helper"],
        ["git config core.worktree /", "core.worktree"],
        ["git config remote.origin.uploadpack 'touch ran'", "remote.origin.uploadpack"],
        ["printf '[Core]\\n\\tHooksPath = x\\n' >> \"$GIT/config\"", "core.hookspath"],
        // git reads these two only where it is told to.
        [
            "git config extensions.worktreeConfig true; printf '[core]\\n\\thooksPath = x\\n' > \"$GIT/config.worktree\"",
            "core.hookspath",
        ],
        [
            "git config extensions.worktreeConfig true; printf '[core]\\n\\tfsmonitor = x\\n' > \"$(git rev-parse --git-dir)/config.worktree\"",
            "core.fsmonitor",
        ],
        [
            "printf '#!/bin/sh\\ntouch ran\\n' > \"$GIT/hooks/post-merge\"; chmod +x \"$GIT/hooks/post-merge\"",
            "hooks/post-merge",
        ],
        ["rm -r \"$GIT/hooks\"; ln -s \"$ROOT\" \"$GIT/hooks\"", "hooks"],
        [
            "chmod +x \"$GIT/hooks/post-commit.sample\" && mv \"$GIT/hooks/post-commit.sample\" \"$GIT/hooks/post-commit\"",
            "hooks/post-commit",
        ],
        ["echo '* filter=x' > \"$GIT/info/attributes\"", "info/attributes"],
        ["echo /elsewhere > \"$GIT/objects/info/alternates\"", "objects/info/alternates"],
        [
            "git replace $(git rev-parse HEAD:README) $(echo evil | git hash-object -w --stdin)",
            "refs/replace/",
        ],
        ["echo $(git rev-parse HEAD) > \"$GIT/info/grafts\"", "info/grafts"],
    ])
    func input11WhatMakesGitRunOrReadSomethingElseStopsTheRun(lines: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("mkdir -p .git/info .git/hooks; touch .git/hooks/post-commit.sample")
        let before = try bench.id()
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "GIT=$(cd \"$(git rev-parse --git-common-dir)\" && pwd); echo alpha > alpha.txt; git add alpha.txt; git commit -qm a; \(lines[0])"
        )
        let ran = try bench.hybrid("run", bench.plan([job], verify: [TrustTests.marker]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains(lines[1]), "\(ran.err)")
        #expect(
            try ran.err.contains("undo it (") && ran.err.contains("hybrid resume \(try bench.run())"),
            "\(ran.err)")
        #expect(bench.sandbox.read("verified") == nil)
        #expect(try bench.workers()["alpha"] == "done")
        #expect(try bench.sandbox.git("rev-parse", "refs/heads/main") == before)
        let kept = try bench.sandbox.git(
            "--no-replace-objects", "show", "refs/heads/\(bench.branch("alpha")):alpha.txt")
        #expect(kept == "alpha")
        let left = try FileManager.default.subpathsOfDirectory(atPath: bench.sandbox.root)
        #expect(!left.contains { $0.hasSuffix("/ran") || $0 == "ran" }, "\(left)")
    }

    @Test func input11AWorkersOwnBranchSettingsAreReportedOnly() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "echo alpha > alpha.txt; git config branch.hybrid/$HYBRID_RUN/alpha.description mine; git config branch.main.mergeOptions --squash"
        )
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            ran.out.contains("/alpha.description") && ran.out.contains("branch.main.mergeoptions"),
            "\(ran.out)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }
}
