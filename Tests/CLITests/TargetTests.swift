import Foundation
import TestSupport
import Testing

/// The target moves once, to what was verified, or not at all.
@Suite struct TargetTests {
    static let two = [
        PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt"),
        PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt && git add . && git commit -qm 'Add beta'"),
    ]

    @Test func withoutAVerifyCommandNothingLandsUnasked() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(Self.two, verify: []))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("hybrid land \(try bench.run()) --unverified"))
        #expect(try bench.id() == before)
        #expect(try bench.state() == "unverified")

        let asked = try bench.hybrid("land")
        #expect(asked.code == 1)
        #expect(try bench.id() == before)

        let landed = try bench.hybrid("land", bench.run(), "--unverified")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(!landed.out.lowercased().contains("tests passed"))
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.text("beta.txt") == "beta\n")
        try bench.expectTidy()
    }

    @Test func anUnknownUserIsFoundBeforeLaunch() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("", to: "home/.gitconfig")
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], "touch \"$ROOT/launched\"; echo a > alpha.txt")
        ])
        let refs = try bench.refs()
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2)
        #expect(ran.err.contains("user.name"))
        #expect(ran.err.contains("git config user.name"))
        #expect(try bench.refs() == refs)
        #expect(try bench.linkedWorktrees() == [])
        #expect(bench.sandbox.read("launched") == nil)
    }

    @Test func aCheckoutWithUncommittedChangesStaysAsItIs() throws {
        let bench = try Bench(["README": "base\n", "notes.txt": "one\n"])
        let before = try bench.id()
        try bench.sandbox.write("two\n", to: "repo/notes.txt")
        let plan = try bench.plan(Self.two + [PlannedJob("Notes", ["notes.txt"], "echo three > notes.txt")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("repo/notes.txt") == "two\n")
        #expect(bench.sandbox.read("repo/alpha.txt") == nil)
        #expect((ran.out + ran.err).contains("notes.txt"))
        #expect((ran.out + ran.err).contains("merge --ff-only "), "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")

        try bench.sandbox.git("checkout", "-q", "notes.txt")
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(bench.sandbox.read("repo/alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }

    @Test func aTargetThatIsNotCheckedOutMovesAlone() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.git("switch", "-q", "-c", "other")
        try bench.sandbox.write("mine\n", to: "repo/README")
        let ran = try bench.hybrid("run", bench.plan(Self.two))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.sandbox.git("branch", "--show-current") == "other")
        #expect(
            try bench.sandbox.git("status", "--porcelain") == "M README"
                || bench.sandbox.read("repo/README") == "mine\n")
        #expect(bench.sandbox.read("repo/alpha.txt") == nil)
    }

    @Test func aTargetThatMovedMeanwhileIsMergedAndVerifiedAgain() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            Self.two.map { PlannedJob($0.name, $0.files, nil) }, verify: ["test -e alpha.txt"],
            more: ["red_base": #""accept""#])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
        try bench.shell(
            "echo beta > beta.txt && git add . && git commit -qm beta", in: bench.worktree("beta"))
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try bench.shell("echo more > more.txt && git add . && git commit -qm meanwhile")
        let meanwhile = try bench.id()
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        for file in ["alpha.txt", "beta.txt", "more.txt"] { #expect(try bench.text(file) != nil, "\(file)") }
        try bench.shell("git merge-base --is-ancestor \(meanwhile) main")
        try bench.expectTidy()
    }

    @Test func whatMovedMeanwhileCanSpoilTheVerification() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], nil)],
            verify: ["! { test -e alpha.txt && test -e more.txt; }"])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try bench.shell("echo more > more.txt && git add . && git commit -qm meanwhile")
        let meanwhile = try bench.id()
        #expect(try bench.hybrid("land").code == 1)
        #expect(try bench.id() == meanwhile)
    }

    @Test func aSemanticConflictNamesBothWorkers() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid(
            "run", bench.plan(Self.two, verify: ["! { test -e alpha.txt && test -e beta.txt; }"]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        for name in ["Alpha", "Beta", "test -e alpha.txt"] {
            #expect((ran.out + ran.err).contains(name), "\(name)")
        }
        #expect(try bench.id() == before)
        #expect(try bench.state() == "verification-failed")
        #expect(
            try Set(bench.refs("refs/heads/hybrid/").keys.map { $0.split(separator: "/").last }) == [
                "alpha", "beta",
            ])
    }

    @Test func whatIsVerifiedIsExactlyWhatLands() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                Self.two, verify: ["git rev-parse HEAD^{tree} > \"$ROOT/verified\"; echo junk > junk.txt"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let verified = bench.sandbox.read("verified")?.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try bench.id("main^{tree}") == verified)
        #expect(try bench.text("junk.txt") == nil)
    }

    @Test func aLandingIsTakenBack() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try #require(try bench.hybrid("run", bench.plan(Self.two)).code == 0)
        let landed = try bench.id()
        #expect(landed != before)
        let back = try bench.hybrid("rollback")
        #expect(back.code == 0, "\(back.out)\(back.err)")
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("repo/alpha.txt") == nil)
        #expect(try bench.state() == "rolled-back")
        // What had landed is not lost.
        #expect(try bench.refs("refs/hybrid/").values.contains(landed))
        #expect(try bench.hybrid("rollback").code == 2)
        try bench.expectTidy()
    }

    @Test(arguments: ["merge", "octopus", "squash"])
    func aLandingThatSomebodyBuiltOnStaysAndCanBeUndoneAsPrinted(_ commits: String) throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("run", bench.plan(Self.two), "--commits", commits).code == 0)
        try bench.shell("echo more > more; git add more; git commit -q -m 'built on it'")
        let now = try bench.id()
        let back = try bench.hybrid("rollback")
        #expect(back.code == 2)
        #expect(try bench.id() == now)
        let line = try #require(back.err.components(separatedBy: "of its own: ").last)
        try bench.shell(line)
        #expect(try bench.text("alpha.txt") == nil && bench.text("more") == "more\n")
        #expect(try bench.sandbox.git("diff", "--stat", "HEAD~2", "HEAD", "--", "more") != "")
    }

    @Test func theTargetIsTheBranchOfTheWorktreeThatOneStandsIn() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.git("worktree", "add", "-q", "-b", "feature", "../linked")
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        let text = try #require(bench.sandbox.read(plan))
        try bench.sandbox.write(text.replacingOccurrences(of: "\"target\" : \"main\",", with: ""), to: plan)
        let before = try bench.id()
        let linked = bench.sandbox.root + "/linked"
        let ran = try bench.hybrid("run", plan, in: linked)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(try bench.text("alpha.txt", at: "feature") == "alpha\n")
        #expect(bench.sandbox.read(linked + "/alpha.txt") == "alpha\n")
        #expect(try bench.linkedWorktrees() == [linked])
    }

    @Test func twoFirstRunsAtOnceBothLand() throws {
        let bench = try Bench(["README": "base\n"])
        let plans = try ["alpha", "beta"].map { name in
            // Each goes on when both have begun, so that neither finds the ledger made already.
            let command =
                """
                touch "$ROOT/began-\(name)"; tries=0
                while [ ! -e "$ROOT/began-alpha" ] || [ ! -e "$ROOT/began-beta" ]; do
                    tries=$((tries + 1)); [ $tries -lt 200 ] || exit 1; sleep 0.1
                done
                echo \(name) > \(name).txt
                """
            let plan = try bench.plan([PlannedJob(name, ["\(name).txt"], command)])
            try bench.sandbox.write(#require(bench.sandbox.read(plan)), to: "\(name).json")
            return bench.sandbox.root + "/\(name).json"
        }
        let running = try plans.map { try bench.begin("run", $0) }
        for process in running {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.text("beta.txt") == "beta\n")
        try bench.expectTidy()
    }

    @Test func whoStandsOnAnothersWorkIsNotConfusedWithIt() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = [
            PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt"),
            PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt", more: ["needs": #"["Alpha"]"#]),
        ]
        let ran = try bench.hybrid("run", bench.plan(jobs, verify: ["test ! -e beta.txt"]))
        #expect(ran.code == 1)
        #expect(
            ran.out.contains(
                "caused by Beta, on top of the work of Alpha, where it was made; without it it passes"),
            "\(ran.out)")
        #expect(ran.out.contains("Next: hybrid retry beta"), "\(ran.out)")
        let rest = try bench.plan(jobs, verify: ["test ! -e beta.txt"], more: ["land_the_rest": "true"])
        let landed = try bench.hybrid("run", rest)
        #expect(landed.code == 0, "\(landed.out)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.text("beta.txt") == nil)
    }
}
