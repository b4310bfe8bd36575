import Foundation
import TestSupport
import Testing

/// The user's git is killed while it moves a target that is checked out: what it left is taken back, and nothing else.
@Suite struct KilledMoveTests {
    private static let long = String(repeating: "a line that was there\n", count: 40)
    private static let job = PlannedJob(
        "Alpha", ["edited.txt", "gone.txt", "new/**", "kind", "kind/**", "link"],
        "echo more >> edited.txt; rm gone.txt; mkdir new; echo new > new/deep.txt; rm -r kind; echo file > kind; "
            + "ln -sfn elsewhere link")

    private static func bench() throws -> Bench {
        let bench = try Bench([
            "edited.txt": long, "gone.txt": "gone\n", "kind/f": "in a folder\n", "README": "base\n",
            ".gitattributes": "edited.txt text eol=crlf\n",
        ])
        try bench.shell(
            "ln -s README link; git add -A; git commit -qm links; rm edited.txt; git checkout -q edited.txt")
        return bench
    }

    /// A git that does `lines` in place of its first calls with one of `words`, and is killed then; otherwise the real one.
    ///
    /// In `lines`, `git` is the real one, and `$new` the last word.
    private static func git(_ bench: Bench, _ words: String, _ lines: String...) throws -> [String: String] {
        let real = try bench.shell("command -v git")
        var cases = ""
        for (at, line) in lines.enumerated() {
            cases += "\(at + 1)) \(line); kill -9 $$;;\n"
        }
        try bench.sandbox.write(
            """
            #!/bin/sh
            git() { \(real) "$@"; }
            for new; do :; done
            case " $* " in
            \(words))
                echo . >> "$ROOT/calls"
                case $(grep -c . "$ROOT/calls") in
                \(cases)
                esac;;
            esac
            exec \(real) "$@"
            """, to: "fake/git")
        try bench.shell("chmod +x \"$ROOT/fake/git\"")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH": bench.sandbox.root + "/fake:" + path]
    }

    private static func expectLanded(_ bench: Bench) throws {
        #expect(try bench.text("new/deep.txt") == "new\n")
        #expect(bench.sandbox.read("repo/edited.txt") == (long + "more\n").replacing("\n", with: "\r\n"))
        #expect(
            try bench.sandbox.run("sh", "-c", "ls .git/*.lock .git/refs/heads/*.lock", in: "repo").out == "")
        try bench.expectTidy()
    }

    @Test(arguments: [
        ": > .git/index.lock",
        ": > .git/ORIG_HEAD.lock",
        "git show $new:edited.txt | sed 's/$/\\r/' | head -c 100 > edited.txt; rm gone.txt; : > .git/index.lock",
        "rm edited.txt; rm -r kind; printf fi > kind; mkdir new; printf n > new/deep.txt; rm link; : > .git/index.lock",
        "git read-tree -m -u HEAD $new",
        "git read-tree -m -u HEAD $new; : > .git/HEAD.lock; : > .git/refs/heads/main.lock",
        "git read-tree -m HEAD $new; : > .git/HEAD.lock",
    ])
    func whatItLeftIsTakenBackAndTheRunLands(state: String) throws {
        let bench = try Self.bench()
        let before = try bench.id()
        let environment = try Self.git(bench, "*' merge --ff-only '*", state)
        let ran = try bench.hybrid("run", bench.plan([Self.job]), environment: environment)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("signal 9"), "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
        #expect(try bench.id() == before)
        #expect(try bench.sandbox.git("status", "--porcelain") == "", "the printed command would work")
        #expect(bench.sandbox.read("repo/edited.txt") == Self.long.replacing("\n", with: "\r\n"))
        let landed = try bench.hybrid("land", environment: environment)
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        try Self.expectLanded(bench)
    }

    @Test func alsoWhereTheOrchestratorAndASecondGitAreKilled() throws {
        let bench = try Self.bench()
        let environment = try Self.git(
            bench, "*' merge --ff-only '*|*' restore '*",
            "git read-tree -m -u HEAD $new; kill -9 $(cat \"$ROOT/orchestrator\")",
            "git show HEAD:edited.txt | sed 's/$/\\r/' | head -c 70 > edited.txt; rm gone.txt; : > .git/index.lock"
        )
        let plan = try bench.plan([Self.job])
        let ran = try bench.sandbox.run(
            "sh", "-c",
            """
            cd repo; echo $$ > ../orchestrator
            ROOT='\(bench.sandbox.root)' PATH='\(environment["PATH"]!)' exec '\(bench.program)' run '\(plan)'
            """
        )
        #expect(ran.code != 0 && ran.code != 1, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("status", "--porcelain") != "")
        let first = try bench.hybrid("resume", environment: environment)
        #expect(first.code == 1, "\(first.out)\(first.err)")
        #expect((first.out + first.err).contains("git restore in "), "\(first.out)\(first.err)")
        let second = try bench.hybrid("resume", environment: environment)
        #expect(second.code == 0, "\(second.out)\(second.err)")
        #expect(second.err.contains("git was killed while it moved main"), "\(second.err)")
        try Self.expectLanded(bench)
    }

    @Test func aBranchThatMovedAlreadyIsLandedAndItsLocksGo() throws {
        let bench = try Self.bench()
        let environment = try Self.git(
            bench, "*' merge --ff-only '*",
            "git read-tree -m -u HEAD $new; git update-ref refs/heads/main $new; : > .git/HEAD.lock")
        let ran = try bench.hybrid("run", bench.plan([Self.job]), environment: environment)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let landed = try bench.hybrid("land", environment: environment)
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        try Self.expectLanded(bench)
    }

    /// A file that is neither commit's, an entry that is, and a file that was there before the move.
    @Test(arguments: [
        ("git read-tree -m -u HEAD $new; echo mine >> edited.txt", "edited.txt", "mine"),
        ("echo mine > gone.txt; rm edited.txt", "gone.txt", "mine"),
        (
            "echo mine > new.txt; mv new.txt gone.txt; git add gone.txt; git show HEAD:gone.txt > gone.txt",
            "gone.txt", "gone"
        ),
        ("mkdir new; echo mine > new/deep.txt; rm gone.txt", "new/deep.txt", "mine"),
    ])
    func whatIsNotGitsStays(state: String, path: String, text: String) throws {
        let bench = try Self.bench()
        let before = try bench.id()
        let environment = try Self.git(bench, "*' merge --ff-only '*", state)
        let ran = try bench.hybrid("run", bench.plan([Self.job]), environment: environment)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let status = try bench.sandbox.git("status", "--porcelain")
        #expect(status != "")
        let landed = try bench.hybrid("land", environment: environment)
        #expect(landed.code == 1, "\(landed.out)\(landed.err)")
        #expect(
            (landed.out + landed.err).contains("\(path) is neither as it was"), "\(landed.out)\(landed.err)")
        #expect(try bench.sandbox.git("status", "--porcelain") == status)
        #expect(bench.sandbox.read("repo/" + path)?.contains(text) == true)
        #expect(try bench.id() == before)
    }

    @Test func aLockStaysWhileAGitWorksThere() throws {
        let bench = try Self.bench()
        try bench.shell("mkdir ../bin; cp $(command -v sleep) ../bin/git-at-work")
        let atWork = Process()
        atWork.executableURL = URL(fileURLWithPath: bench.sandbox.root + "/bin/git-at-work")
        atWork.arguments = ["600"]
        atWork.currentDirectoryURL = URL(fileURLWithPath: bench.repo)
        try atWork.run()
        defer { kill(atWork.processIdentifier, SIGKILL) }
        let environment = try Self.git(bench, "*' merge --ff-only '*", ": > .git/index.lock")
        let ran = try bench.hybrid("run", bench.plan([Self.job]), environment: environment)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("index.lock is there"), "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("repo/.git/index.lock") == "")
        kill(atWork.processIdentifier, SIGKILL)
        atWork.waitUntilExit()
        let landed = try bench.hybrid("land", environment: environment)
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        try Self.expectLanded(bench)
    }

    @Test func theWayBackOfALandingIsTakenUpAgain() throws {
        let bench = try Self.bench()
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([Self.job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let environment = try Self.git(
            bench, "*' reset --keep '*", "git read-tree -m -u HEAD $new; : > .git/ORIG_HEAD.lock")
        let killed = try bench.hybrid("rollback", environment: environment)
        #expect(killed.code == 2, "\(killed.out)\(killed.err)")
        let back = try bench.hybrid("rollback", environment: environment)
        #expect(back.code == 0, "\(back.out)\(back.err)")
        #expect(try bench.id() == before)
        try bench.expectTidy()
    }
}
