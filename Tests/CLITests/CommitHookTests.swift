import Foundation
import TestSupport
import Testing

/// What hybrid commits passes by the user's hooks, as they were at launch.
@Suite struct CommitHookTests {
    /// A job that leaves a file uncommitted.
    static func job(_ name: String, _ content: String, _ files: [String]? = nil) -> PlannedJob {
        let file = name.lowercased() + ".txt"
        return PlannedJob(name, files ?? [file], "echo '\(content)' > \(file)")
    }

    /// A repository with hooks below `.git/hooks`, each a shell script.
    private func bench(_ hooks: [String: String], _ files: [String: String] = ["README": "base\n"]) throws
        -> Bench
    {
        let bench = try Bench(files)
        for (name, text) in hooks { try put(text, at: ".git/hooks/" + name, bench) }
        return bench
    }

    private func put(_ text: String, at path: String, _ bench: Bench) throws {
        try bench.sandbox.write("#!/bin/sh\n" + text + "\n", to: "repo/" + path)
        try bench.shell("chmod +x '\(path)'")
    }

    private func detail(_ bench: Bench, _ job: String) throws -> String {
        let status = try Bench.object(bench.hybrid("status", "--json"))
        let workers = try #require(status["workers"] as? [[String: Any]])
        let worker = try #require(workers.first { $0["job"] as? String == job })
        return try #require(worker["detail"] as? String)
    }

    static let scan = "if git diff --cached | grep -q SECRET; then echo 'a secret was found'; exit 1; fi"
    static let rest = ["land_the_rest": "true"]

    // MARK: Refusals

    @Test(arguments: CommitFormTests.forms)
    func aSecretThatAHookFindsDoesNotLand(form: String) throws {
        let bench = try bench(["pre-commit": Self.scan])
        let before = try bench.id()
        let plan = try bench.plan([Self.job("Alpha", "fine"), Self.job("Beta", "SECRET")])
        let ran = try bench.hybrid("run", plan, "--commits", form)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(try bench.workers()["beta"] == "failed")
        #expect(try detail(bench, "beta").contains("a secret was found"))
        #expect(ran.out.contains("a secret was found"), "\(ran.out)")
        // Kept, and on no branch.
        let kept = try #require(try bench.rescued("beta").first)
        #expect(try bench.text("beta.txt", at: kept) == "SECRET\n")
        #expect(try bench.text("beta.txt", at: bench.branch("beta")) == nil)

        // Mended in its worktree, it is taken without running the worker again.
        #expect(try bench.hybrid("status").out.contains("hybrid resolve beta"))
        let again = try bench.hybrid("resolve", "beta")
        #expect(again.code == 2 && again.err.contains("a secret was found"), "\(again.err)")
        try bench.shell("echo fine > beta.txt", in: bench.worktree("beta"))
        let landed = try bench.hybrid("resolve", "beta")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("beta.txt") == "fine\n")
        #expect(try bench.text("alpha.txt") == "fine\n")
        let leaked = try bench.sandbox.git("log", "-p", "--format=%B", "main")
        #expect(!leaked.contains("SECRET"))
        try bench.expectTidy()
    }

    @Test func whatTheWorkersOwnCommitWasRefusedIsNotCommittedForIt() throws {
        let bench = try bench(["pre-commit": Self.scan])
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo SECRET > beta.txt; git add -A; git commit -qm mine || true")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["beta": "failed"])
    }

    /// What a worker does after its hooks said no, or did not come to speak; whether it lands.
    @Test(arguments: [
        ("echo SECRET > alpha.txt; git add -A; git commit -qm x || git commit -qnm x", false),
        (
            "echo SECRET > alpha.txt; git add -A; git commit -q --no-verify -m x; git commit -q --amend --no-verify -m y",
            false
        ),
        ("echo fine > alpha.txt; git add -A; git commit -qnm 'WIP: x'", false),
        (
            "echo SECRET > alpha.txt; git add -A; git commit -qnm x; echo fine > alpha.txt; git commit -qam y",
            false
        ),
        ("echo fine > alpha.txt; git add -A; git commit -qnm x; echo more >> alpha.txt", true),
        ("echo SECRET > alpha.txt; git add -A; git commit -qnm x; git commit -q --amend --no-edit", false),
        ("echo fine > alpha.txt; git add -A; git commit -qm x; git rebase -q --no-ff HEAD~1", true),
    ])
    func whatAWorkerCommitsPastTheHooksMeetsThemAllTheSame(deed: String, lands: Bool) throws {
        let bench = try bench([
            "pre-commit": Self.scan.replacing("grep -q SECRET", with: "grep -q '^+.*SECRET'"),
            "commit-msg": "if grep -q WIP \"$1\"; then echo 'no drafts'; exit 1; fi",
        ])
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([PlannedJob("Alpha", ["alpha.txt"], deed)]))
        #expect(ran.code == (lands ? 0 : 1), "\(ran.out)\(ran.err)")
        if lands { return try bench.expectTidy() }
        #expect(try bench.id() == before)
        let told = try detail(bench, "alpha")
        #expect(told.contains("past your hooks"), "\(told)")
        #expect(told.contains(deed.contains("WIP") ? "no drafts" : "a secret was found"), "\(told)")
        #expect(try !bench.rescued("alpha").isEmpty)
        guard told.contains("secret"), !deed.contains("-qam y") else { return }

        // What a person mends is shown to the hooks again; on top of it the commit would still land.
        #expect(try bench.hybrid("status").out.contains("hybrid resolve alpha"))
        try bench.shell("echo fine > alpha.txt; git commit -qam fine", in: bench.worktree("alpha"))
        let again = try bench.hybrid("resolve", "alpha")
        #expect(again.code == 2 && again.err.contains("a secret was found"), "\(again.err)")
        try bench.shell("git reset -q --soft HEAD~2; git commit -qm fine", in: bench.worktree("alpha"))
        let landed = try bench.hybrid("resolve", "alpha")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("alpha.txt") == "fine\n")
        #expect(try !bench.sandbox.git("log", "-p", "main").contains("SECRET"))
        try bench.expectTidy()
    }

    @Test func aMessageThatAHookRefusesIsTheWorkersOutcome() throws {
        let bench = try bench([
            "commit-msg": "grep -Eq '^(feat|fix|Merge)' \"$1\" || { echo 'bad message' >&2; exit 1; }"
        ])
        let plan = try bench.plan(
            [Self.job("feat: Alpha", "a", ["**"]), Self.job("Beta", "b")].map { job in
                job.name == "Beta" ? job : PlannedJob(job.name, ["alpha.txt"], "echo a > alpha.txt")
            }, more: Self.rest)
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "a\n")
        #expect(try bench.text("beta.txt") == nil)
        #expect(try detail(bench, "beta").contains("bad message"))
    }

    @Test func aMergeThatAHookRefusesStopsBeforeAnythingMoves() throws {
        let bench = try bench(["commit-msg": "if grep -q ^Merge \"$1\"; then echo 'no merges'; exit 1; fi"])
        let before = try bench.id()
        let plan = try bench.plan([Self.job("Alpha", "a")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2 && ran.err.contains("no merges"), "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        // What is printed works.
        #expect(ran.err.contains("--commits squash"))
        let merged = try bench.hybrid("merge", bench.run(), "--commits", "squash")
        #expect(merged.code == 0, "\(merged.out)\(merged.err)")
        let squashed = try bench.hybrid("resume", bench.run())
        #expect(squashed.code == 0, "\(squashed.out)\(squashed.err)")
        #expect(try bench.sandbox.git("rev-list", "--count", "main") == "2")
    }

    // MARK: What hooks change

    @Test(arguments: CommitFormTests.forms)
    func aFormatterThatStopsTheCommitHasItsWay(form: String) throws {
        // As the framework pre-commit does it: change files, and fail.
        let bench = try bench([
            "pre-commit": """
            changed=0
            for file in $(git diff --cached --name-only --diff-filter=AM -- '*.txt'); do
                if grep -q ' $' "$file"; then sed -i 's/ *$//' "$file"; changed=1; echo "fixed $file"; fi
            done
            exit $changed
            """
        ])
        let ran = try bench.hybrid(
            "run", bench.plan([Self.job("Alpha", "a   "), Self.job("Beta", "b")]), "--commits", form)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "a\n")
        #expect(try bench.text("beta.txt") == "b\n")
        try bench.expectTidy()
    }

    /// What a hook does, and what is said of it.
    static let misdeeds = [
        ("echo more > other.txt; git add other.txt", "changed other.txt"),
        ("echo more > other.txt; exit 1", "changed other.txt"),
        ("echo more >> README; exit 1", "changed README"),
        ("git rm -qf --cached FILE; rm FILE; echo x > FILE2; git add .", "deleted FILE"),
        ("rm FILE; exit 1", "deleted FILE"),
        ("echo again >> FILE; exit 1", "your hooks (pre-commit) refused the commit"),
        ("exit 1", "refused the commit: nothing was said"),
    ]

    /// One hook does to each worker's commit something else.
    @Test func whatAHookMayNotChangeIsRefused() throws {
        let jobs = Self.misdeeds.indices.map { Self.job("Job\($0)", "a") }
        let cases = Self.misdeeds.enumerated().map { number, misdeed in
            "job\(number)) \(misdeed.0.replacing("FILE", with: "job\(number).txt"));;"
        }
        let bench = try bench([
            "pre-commit": "case $(basename \"$(pwd)\") in\n" + cases.joined(separator: "\n") + "\nesac"
        ])
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        for (number, (hook, said)) in Self.misdeeds.enumerated() {
            let job = "job\(number)"
            #expect(try bench.workers()[job] == "failed", "\(hook)")
            let told = try detail(bench, job)
            #expect(told.contains(said.replacing("FILE", with: job + ".txt")), "\(hook): \(told)")
            let kept = try #require(try bench.rescued(job).first)
            #expect(try bench.text(job + ".txt", at: kept) == "a\n", "\(hook)")
            #expect(try bench.sandbox.git("rev-list", "--count", bench.branch(job)) == "1", "\(hook)")
        }
    }

    @Test func aMessageThatHooksWriteIsTaken() throws {
        let bench = try bench([
            "prepare-commit-msg": "echo 'Ticket: 7' >> \"$1\"",
            "commit-msg": "echo 'Change-Id: I1' >> \"$1\"",
        ])
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "a")]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        for commit in ["main", "main^2"] {
            let message = try bench.sandbox.git("log", "-1", "--format=%B", commit)
            #expect(message.contains("Ticket: 7") && message.contains("Change-Id: I1"), "\(message)")
        }
    }

    // MARK: What a commit can stumble over

    @Test func noTerminalNoInputAndNoTimeForAHook() throws {
        let bench = try bench([
            "pre-commit":
                "if read line; then exit 1; fi; if (: </dev/tty) 2>/dev/null; then exit 1; fi; [ ! -e wait ] || sleep 60",
            "prepare-commit-msg": "[ \"$2\" = message ] || [ \"$2\" = merge ]", "post-commit": "exit 1",
        ])
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "a")]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try bench.sandbox.git("config", "hybrid.hookTimeout", "1 second")
        let slow = PlannedJob("Wait", ["wait"], "touch wait")
        let hung = try bench.hybrid("run", bench.plan([slow]))
        #expect(hung.code == 1 && hung.out.contains("hybrid.hookTimeout"), "\(hung.out)\(hung.err)")
        #expect(try bench.workers() == ["wait": "failed"])
    }

    @Test func settingsOfCommitsAndNamesOfJobsDoNotMatter() throws {
        let bench = try bench([:])
        try bench.sandbox.write("a template\n", to: "template")
        for (key, value) in [
            ("commit.template", bench.sandbox.root + "/template"), ("commit.cleanup", "strip"),
            ("commit.verbose", "true"), ("core.commentChar", "A"), ("i18n.commitEncoding", "ISO-8859-1"),
            ("core.editor", "sleep 1000"),
        ] { try bench.sandbox.git("config", key, value) }
        let jobs = [
            PlannedJob("#1 Änderung", ["a.txt"], "echo a > a.txt"),
            PlannedJob("Another", ["b.txt"], "echo b > b.txt"),
        ]
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let subjects = try bench.sandbox.git(
            "-c", "i18n.logOutputEncoding=UTF-8", "log", "--no-merges", "--format=%s", "\(before)..main")
        #expect(Set(subjects.split(separator: "\n")) == ["#1 Änderung", "Another"])
    }

    @Test func lintStagedsStashIsNoAlarm() throws {
        let bench = try bench([
            "pre-commit": "git stash store -qm backup $(git stash create) && git stash drop -q"
        ])
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "a")]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(!(ran.out + ran.err).contains("stash"), "\(ran.out)\(ran.err)")
    }

    @Test func hybridsOwnGuardAmongTheHooksIsHarmless() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("hooks", "install").code == 0)
        let job = PlannedJob("Alpha", ["alpha.txt"], "echo a > alpha.txt; echo b > beside.txt")
        let ran = try bench.hybrid(
            "run", bench.plan([job], more: ["audit": "\"allow-unclaimed\""]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("beside.txt") == "b\n")
    }

    // MARK: Breaches

    @Test func aBreachIsNotCommittedAndMeetsTheHooksOnlyWhenItIsTaken() throws {
        let bench = try bench([
            "pre-commit": "echo ran >> \"$(git rev-parse --git-common-dir)/ran\"; " + Self.scan
        ])
        let job = PlannedJob("Alpha", ["alpha.txt"], "echo a > alpha.txt; echo SECRET > beside.txt")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "breach"])
        #expect(bench.sandbox.read("repo/.git/ran") == nil)
        #expect(try bench.sandbox.git("rev-list", "--count", bench.branch("alpha")) == "1")
        let refused = try bench.hybrid("resolve", "alpha", "--accept-breach")
        #expect(refused.code == 2 && refused.err.contains("a secret was found"), "\(refused.err)")
        #expect(try bench.workers() == ["alpha": "breach"])
        try bench.sandbox.git("config", "hybrid.hooks", "never")
        let taken = try bench.hybrid("resolve", "alpha", "--accept-breach")
        #expect(taken.code == 0, "\(taken.out)\(taken.err)")
        #expect(taken.out.contains("hybrid.hooks is never"), "\(taken.out)")
    }

    /// What another worker does to the branch of one that has ended and whose work is not committed yet.
    @Test(arguments: [
        "git -C ../alpha commit -q --no-verify --allow-empty -m SECRET",
        "git -C ../alpha add -A; echo SECRET > ../alpha/alpha.txt; git -C ../alpha commit -qn -m SECRET -a; echo mine > ../alpha/alpha.txt",
        "git update-ref -d refs/heads/hybrid/$HYBRID_RUN/alpha",
    ])
    func anUncommittedWorkersBranchIsPutBack(deed: String) throws {
        let bench = try Bench(["README": "base\n"])
        let beta = PlannedJob(
            "Beta", ["beta.txt"],
            """
            echo beta > beta.txt
            \(bench.waitsFor("alpha"))
            \(deed)
            """)
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "mine"), beta]))
        // Who works in a sibling's worktree is named, and a person says whether that lands.
        let isHeld = deed.contains("commit")
        #expect(ran.code == (isHeld ? 1 : 0), "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("it is put back"), "\(ran.out)")
        if isHeld {
            #expect(ran.out.contains("--accept-worktrees"), "\(ran.out)")
            let accepted = try bench.hybrid("resume", "--accept-worktrees")
            #expect(accepted.code == 0, "\(accepted.out)\(accepted.err)")
        }
        #expect(try bench.text("alpha.txt") == "mine\n")
        #expect(try !bench.sandbox.git("log", "-p", "--format=%B", "main").contains("SECRET"))
        #expect(
            try bench.kept("alpha").keys.contains { $0.hasSuffix("/rescue-branch") }
                == deed.contains("commit"))
    }

    // MARK: Hooks that a worker changes

    /// What a worker does to files that decide what hooks do, or that do not.
    struct Change: Sendable {
        /// What it claims.
        var claims: [String]
        /// The files that are there before.
        var files: [String: String] = [:]
        var deed: String
        /// The file that it is held back for; nil where it is not.
        var named: String?
    }

    /// Hooks of one repository, and what its workers do.
    struct Changes: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Where the hooks lie; nil for `.git/hooks`.
        var hooksPath: String?
        /// What the hook says, beside the script that it calls.
        var hook = ""
        var all: [Change]
    }

    static let changes = [
        Changes(
            testDescription: "husky's hook", hooksPath: ".husky/_",
            all: [
                Change(
                    claims: [".husky/**"], files: [".husky/pre-commit": "exit 1\n"],
                    deed: "echo : > .husky/pre-commit", named: ".husky/pre-commit")
            ]),
        Changes(
            testDescription: "husky's hook, committed past it", hooksPath: ".husky/_",
            all: [
                Change(
                    claims: ["**"], files: [".husky/pre-commit": "exit 1\n"],
                    deed: "echo : > .husky/pre-commit; git add -A; git commit -qnm x; echo more > more.txt",
                    named: ".husky/pre-commit")
            ]),
        Changes(
            testDescription: "a tracked folder of hooks", hooksPath: ".githooks",
            all: [
                Change(
                    claims: [".githooks/pre-commit"], deed: "echo : > .githooks/pre-commit",
                    named: ".githooks/pre-commit"),
                Change(
                    claims: [".githooks/commit-msg"],
                    deed: "echo : > .githooks/commit-msg; chmod +x .githooks/commit-msg",
                    named: ".githooks/commit-msg"),
            ]),
        Changes(
            testDescription: "the tools' own files",
            all: [
                Change(
                    claims: [".pre-commit-config.yaml"], files: [".pre-commit-config.yaml": "repos: []\n"],
                    deed: "echo '# none' > .pre-commit-config.yaml", named: ".pre-commit-config.yaml"),
                Change(claims: ["lefthook.yml"], deed: "echo x > lefthook.yml", named: "lefthook.yml"),
                Change(
                    claims: ["web/**"], deed: "mkdir -p web; echo {} > web/.lintstagedrc.json",
                    named: "web/.lintstagedrc.json"),
                Change(
                    claims: ["commitlint.config.js"], deed: "echo x > commitlint.config.js",
                    named: "commitlint.config.js"),
                Change(
                    claims: ["package.json"],
                    files: ["package.json": "{\"lint-staged\": {\"*\": \"check\"}, \"version\": \"1\"}\n"],
                    deed: "echo '{\"lint-staged\": {}, \"version\": \"1\"}' > package.json",
                    named: "package.json"),
                Change(
                    claims: ["tools/**"], files: ["tools/scan.sh": "true\n"],
                    deed: "echo : > tools/scan.sh",
                    named: "tools/scan.sh"),
                Change(
                    claims: [".gitleaksignore"], deed: "echo x > .gitleaksignore", named: ".gitleaksignore"),
                Change(claims: ["scan.sh"], files: ["scan.sh": "x\n"], deed: "echo : > scan.sh"),
            ]),
    ]

    /// The same for what hooks only lead to: settings, scripts of scripts, task runners; and for what they do not.
    static let reaches = [
        Changes(
            testDescription: "what hooks take in, or only look at",
            all: [
                Change(
                    claims: ["tools/lib.sh"],
                    files: [
                        "tools/scan.sh": "#!/bin/sh\n. \"$(dirname \"$0\")/lib.sh\"\n",
                        "tools/lib.sh": ":\n",
                    ], deed: "echo 'true' > tools/lib.sh", named: "tools/lib.sh"),
                Change(
                    claims: ["src/gen.py"],
                    files: [
                        ".pre-commit-config.yaml": "repos: []\nexclude: src/gen.py\n", "src/gen.py": "1\n",
                    ], deed: "echo 2 > src/gen.py"),
                Change(
                    claims: ["package.json"], files: ["package.json": "{\"version\": \"1\"}\n"],
                    deed:
                        "echo '{\"version\": \"2\", \"husky\": null}' | sed 's/, .husky.: null//' > package.json"
                ),
            ]),
        Changes(
            testDescription: "what the tools start",
            all: [
                Change(
                    claims: ["bin/scan"],
                    files: [
                        ".pre-commit-config.yaml":
                            "repos:\n- repo: local\n  hooks:\n  - id: scan\n    entry: bin/scan --all\n",
                        "bin/scan": "#!/usr/bin/env python3\n",
                    ], deed: "echo '#!/bin/true' > bin/scan", named: "bin/scan"),
                Change(
                    claims: ["bin/lint.js"],
                    files: [
                        "package.json":
                            "{\"lint-staged\": {\"*\": \"node bin/lint.js\"}, \"main\": \"index.js\"}\n",
                        "bin/lint.js": "1\n",
                    ], deed: "echo 2 > bin/lint.js", named: "bin/lint.js"),
            ]),
        Changes(
            testDescription: "what the hook starts", hook: "make -s lint && python3 -m tools.scan",
            all: [
                Change(
                    claims: ["Makefile"], files: ["Makefile": "lint:\n\ttrue\n"],
                    deed: "echo '# less' >> Makefile", named: "Makefile"),
                Change(
                    claims: ["tools/scan.py"], files: ["tools/scan.py": "1\n"],
                    deed: "echo 2 > tools/scan.py",
                    named: "tools/scan.py"),
            ]),
        Changes(
            testDescription: "what no hook asks", hook: "# to make sure",
            all: [
                Change(
                    claims: ["Makefile"], files: ["Makefile": "lint:\n\ttrue\n"],
                    deed: "echo '# more' >> Makefile")
            ]),
        Changes(
            testDescription: "what package.json names for others, and what tests run", hook: "# npm test",
            all: [
                Change(
                    claims: ["index.js", "test.js"],
                    files: [
                        "package.json":
                            "{\"scripts\": {\"test\": \"node test.js\"}, \"main\": \"index.js\"}\n",
                        "index.js": "1\n", "test.js": "1\n",
                    ], deed: "echo 2 > index.js; echo 2 > test.js")
            ]),
    ]

    @Test(arguments: changes + reaches)
    func aWorkerThatChangesHooksIsHeldBackUntilAccepted(changes: Changes) throws {
        let hook =
            changes.hook
            + "\nbasename \"$(pwd)\" >> \"$(git rev-parse --git-common-dir)/ran\"\n[ ! -e tools/scan.sh ] || sh tools/scan.sh"
        let files = changes.all.map(\.files).reduce(["README": "base\n"]) { $0.merging($1) { $1 } }
        let bench = try Bench(files)
        try put(hook, at: (changes.hooksPath ?? ".git/hooks") + "/pre-commit", bench)
        if let path = changes.hooksPath {
            if path.hasSuffix("_") { try bench.sandbox.write("_\n", to: "repo/.husky/.gitignore") }
            try bench.shell("git add -A && git commit -qm hooks")
            try bench.sandbox.git("config", "core.hooksPath", path)
        }
        let before = try bench.id()
        let jobs = changes.all.enumerated().map { PlannedJob("Job\($0)", $1.claims, $1.deed) }
        let ran = try bench.hybrid("run", bench.plan(jobs))
        let held = changes.all.indices.filter { changes.all[$0].named != nil }
        let free = Set(changes.all.indices).subtracting(held)
        /// Whose commits the hook saw.
        func seen() -> Set<String> {
            Set((bench.sandbox.read("repo/.git/ran") ?? "").split(separator: "\n").map(String.init))
        }
        #expect(seen().isSuperset(of: free.map { "job\($0)" }))
        guard let last = held.last else { return #expect(ran.code == 0, "\(ran.out)\(ran.err)") }
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(seen() == Set(free.map { "job\($0)" }), "no hook ran on what was held back")
        #expect(try bench.id() == before)
        let workers = try bench.workers()
        let status = try bench.hybrid("status").out
        for number in held {
            #expect(workers["job\(number)"] == "hooks-changed", "\(changes.all[number].deed)")
            let told = try detail(bench, "job\(number)")
            #expect(try told.contains(#require(changes.all[number].named)), "\(told)")
            #expect(try !bench.rescued("job\(number)").isEmpty)
        }
        #expect(
            try status.contains("hybrid resolve job\(held[0]) --run \(bench.run()) --accept-hooks"),
            "\(status)")
        #expect(try bench.hybrid("resolve", "job\(last)").code == 2)
        for number in held {
            let taken = try bench.hybrid("resolve", "job\(number)", "--accept-hooks")
            #expect(taken.code == (number == last ? 0 : 1), "\(taken.out)\(taken.err)")
            #expect(seen().contains("job\(number)"), "accepted work meets the hooks of the launch")
        }
        try bench.expectTidy()
    }

    /// How hooks that lie in the repository come into effect there.
    @Test(arguments: [
        "git config core.hooksPath .ci/hooks", "git config core.hooksPath \"$PWD/./x/../.ci/hooks\"",
        "rm -rf .git/hooks; ln -s ../.ci/hooks .git/hooks",
        "ln -s ../../.ci/hooks/pre-commit .git/hooks/pre-commit",
        "ln -s \"$PWD\" ../link; git config core.hooksPath \"$PWD/../link/.ci/hooks\"",
    ])
    func hooksInTheRepositoryAreKnownHoweverTheyAreNamed(way: String) throws {
        for folder in ["plain", "ü ß"] {
            let bench = try Bench(["README": "base\n"], folder: folder)
            try put("exit 0", at: ".ci/hooks/pre-commit", bench)
            try bench.shell("git add -A; git commit -qm hooks; mkdir x; " + way)
            let job = PlannedJob("Alpha", ["**"], "echo '# less' >> .ci/hooks/pre-commit")
            let ran = try bench.hybrid("run", bench.plan([job]))
            #expect(ran.code == 1, "\(folder) \(ran.out)\(ran.err)")
            #expect(try bench.workers() == ["alpha": "hooks-changed"], "\(folder)")
        }
    }

    @Test func whatAHookCommitsOnTopIsTakenWhereItIsTheJobs() throws {
        let again = "[ \"$AGAIN\" ] || { export AGAIN=1; echo more >> FILE; git commit -qam more; }"
        let bench = try bench(["post-commit": again.replacing("FILE", with: "alpha.txt")])
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "a")]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "a\nmore\n")
        try put(again.replacing("FILE", with: "README"), at: ".git/hooks/post-commit", bench)
        let other = try bench.hybrid("run", bench.plan([Self.job("Beta", "b")]))
        #expect(other.code == 1, "\(other.out)\(other.err)")
        #expect(try detail(bench, "beta").contains("changed README"))
        #expect(try bench.sandbox.git("rev-list", "--count", "main..\(bench.branch("beta"))") == "0")
    }

    @Test func hooksOfTheMainCheckoutRunAlsoWhereTheWorktreeHasNone() throws {
        let bench = try Bench(["README": "base\n", ".gitignore": "/own\n"])
        try put(Self.scan, at: "own/pre-commit", bench)
        try bench.sandbox.git("config", "core.hooksPath", "own")
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "SECRET")]))
        #expect(ran.code == 1 && ran.out.contains("a secret was found"), "\(ran.out)\(ran.err)")
        // A worker that takes them away by its absolute path is found before anything is committed.
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo SECRET > beta.txt; echo : > \"$ROOT/repo/own/pre-commit\"")
        let stopped = try bench.hybrid("run", bench.plan([job]))
        #expect(stopped.code == 2 && stopped.err.contains("own/pre-commit"), "\(stopped.out)\(stopped.err)")
    }

    @Test func turnedOffHooksAreSaidInTheReport() throws {
        let bench = try bench(["pre-commit": "exit 1", "commit-msg": "exit 1", "post-commit": "touch ran"])
        try bench.sandbox.git("config", "hybrid.hooks", "never")
        let ran = try bench.hybrid("run", bench.plan([Self.job("Alpha", "a")]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("hybrid.hooks is never"), "\(ran.out)")
        try bench.sandbox.git("config", "hybrid.hooks", "sometimes")
        let wrong = try bench.hybrid("run", bench.plan([Self.job("Beta", "b")]))
        #expect(wrong.code == 2 && wrong.err.contains("hybrid.hooks"), "\(wrong.err)")
    }

    // MARK: Others than workers

    @Test func whatTheOrchestratorAndAPersonMakePassesByTheHooks() throws {
        let bench = try bench(["pre-commit": Self.scan])
        let plan = try bench.plan(
            [Self.job("Alpha", "a")],
            more: [
                "orchestrator":
                    "{\"estimate\": \"5 minutes\", \"files\": [\"api.txt\"], \"prepare\": \"echo SECRET > api.txt\"}"
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2 && ran.err.contains("a secret was found"), "\(ran.out)\(ran.err)")
        try bench.shell("echo fine > api.txt", in: bench.worktree("_orchestrator"))
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("api.txt") == "fine\n")
    }

    @Test func aResolutionPassesByTheHooksAsAConcludedMerge() throws {
        let bench = try bench(
            [
                "pre-commit": Self.scan
                    + "\n[ ! -e \"$(git rev-parse --git-path MERGE_HEAD)\" ] || echo merging >> \"$(git rev-parse --git-common-dir)/ran\""
            ],
            ["README": "base\n", "shared.txt": "base\n"])
        let jobs = ["a", "b"].map { PlannedJob($0, ["\($0).txt"], "echo \($0) > shared.txt") }
        try #require(
            try bench.hybrid("run", bench.plan(jobs, more: ["audit": "\"allow-unclaimed\""])).code == 1)
        try #require(try bench.hybrid("resolve", "b").code == 0)
        let worktree = "\(bench.worktreeFolder)/\(try bench.run())/_resolve-b"
        try bench.shell("printf 'a\\nb\\nSECRET\\n' > shared.txt", in: worktree)
        let refused = try bench.hybrid("resolve", "b")
        #expect(
            refused.code == 2 && refused.err.contains("a secret was found"), "\(refused.out)\(refused.err)")
        try bench.shell("printf 'a\\nb\\n' > shared.txt", in: worktree)
        let landed = try bench.hybrid("resolve", "b")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("shared.txt") == "a\nb\n")
        #expect(bench.sandbox.read("repo/.git/ran") != nil)
        try bench.expectTidy()
    }

    @Test func aSquashPassesByTheHooksWhole() throws {
        // Each worker passes, and both together do not.
        let bench = try bench([
            "pre-commit": "if [ -e alpha.txt ] && [ -e beta.txt ]; then echo 'not both'; exit 1; fi"
        ])
        let before = try bench.id()
        let plan = try bench.plan([Self.job("Alpha", "a"), Self.job("Beta", "b")])
        let ran = try bench.hybrid("run", plan, "--commits", "squash")
        #expect(ran.code == 2 && ran.err.contains("not both"), "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(try bench.linkedWorktrees().allSatisfy { !$0.contains("/check-") })
        try FileManager.default.removeItem(atPath: bench.repo + "/.git/hooks/pre-commit")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        try bench.expectTidy()
    }

    /// Killed behind git's commit, before that is written down: it is taken in, and nobody else's.
    @Test func aCommitThatAHybridWasKilledOverIsItsOwn() throws {
        let bench = try bench([
            "post-commit":
                """
            [ ! -e "$ROOT/killed" ] || exit 0; touch "$ROOT/killed"; all=$(cat "$ROOT/orchestrator"); at=$PPID
            while [ "$at" -gt 1 ]; do
                [ "$(cat /proc/$at/comm)" != hybrid ] || all="$all $at"
                at=$(ps -o ppid= -p $at | tr -d ' ')
            done
            kill -9 $all
            """
        ])
        // The supervisor is no child of the orchestrator: the hook finds that one by its number.
        let plan = try bench.plan([Self.job("Alpha", "fine"), Self.job("Beta", "fine")])
        let ran = try bench.sandbox.run(
            "sh", "-c",
            """
            cd repo; echo $$ > ../orchestrator
            ROOT='\(bench.sandbox.root)' exec '\(bench.program)' run '\(plan)'
            """)
        // The sandbox tells a program that a signal ended apart from one that answers.
        #expect(![0, 1, 2].contains(ran.code), "\(ran.code) \(ran.out)\(ran.err)")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(!resumed.out.contains("Findings:"), "\(resumed.out)")
        #expect(try bench.text("alpha.txt") == "fine\n" && bench.text("beta.txt") == "fine\n")
    }
}
