import Foundation
import TestSupport
import Testing

/// `hybrid doctor`: what is found, what is mended, and what is left alone.
@Suite struct DoctorTests {
    private struct Finding {
        var kind: String
        var thing: String
        var reason: String
        var remedy: String
        var done: String?
    }

    private static let good = PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt")

    private static func findings(_ bench: Bench, _ arguments: String...) throws -> (code: Int32, [Finding]) {
        let outcome = try execute(
            [bench.program, "doctor", "--json"] + arguments, in: bench.repo,
            environment: hermetic(home: bench.sandbox.home))
        let report = try Bench.object(outcome)
        let list = try #require(report["findings"] as? [[String: Any]])
        let found = list.map {
            Finding(
                kind: $0["kind"] as? String ?? "", thing: $0["thing"] as? String ?? "",
                reason: $0["reason"] as? String ?? "", remedy: $0["remedy"] as? String ?? "",
                done: $0["done"] as? String)
        }
        #expect(report["left"] as? Int == found.filter { $0.done == nil }.count)
        return (outcome.code, found)
    }

    /// A run that people work on by hand, with this text in the worker's file.
    private static func started(_ text: String? = nil) throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("start", bench.plan([good])).code == 0)
        if let text { try bench.sandbox.write(text, to: try bench.worktree("alpha") + "/a.txt") }
        return bench
    }

    /// Takes a run out of ledger and refs, as if it had never been recorded.
    private static func forget(_ bench: Bench, _ run: String) throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: bench.repo + "/.git/hybrid/ledger.sqlite" + suffix)
        }
        try bench.sandbox.git("update-ref", "-d", "refs/hybrid/\(run)/record")
    }

    @Test func aHealthyRepositoryIsLeftAlone() throws {
        let bench = try Bench(["README": "base\n"])
        let nothing = try bench.hybrid("doctor", "--fix")
        #expect(nothing.code == 0)
        #expect(nothing.out == "nothing to mend\n")
        #expect(!FileManager.default.fileExists(atPath: bench.repo + "/.git/hybrid"))
        try #require(try bench.hybrid("run", bench.plan([Self.good])).code == 0)
        let refs = try bench.refs()
        #expect(try Self.findings(bench, "--fix").code == 0)
        #expect(try bench.refs() == refs)
        // Worktrees that people work in are no leftovers.
        try #require(try bench.hybrid("start", bench.plan([PlannedJob("Beta", ["b.txt"], nil)])).code == 0)
        let (code, found) = try Self.findings(bench, "--fix")
        #expect(code == 0, "\(found)")
    }

    @Test func aWorktreeOfNoRunIsRemovedAndItsWorkKept() throws {
        let bench = try Self.started("precious\n")
        let run = try bench.run()
        let worktree = try bench.worktree("alpha")
        let base = try bench.id()
        try Self.forget(bench, run)
        let (code, found) = try Self.findings(bench)
        #expect(code == 1)
        #expect(found.contains { $0.kind == "worktree" && $0.thing == worktree && $0.done == nil })
        #expect(bench.sandbox.read(worktree + "/a.txt") == "precious\n")
        let (fixed, mended) = try Self.findings(bench, "--fix")
        #expect(fixed == 0, "\(mended)")
        #expect(!FileManager.default.fileExists(atPath: worktree))
        #expect(try bench.refs("refs/heads/hybrid/") == [:])
        let rescued = try bench.refs("refs/hybrid/rescued/")
        #expect(rescued.count == 1)
        #expect(try bench.text("a.txt", at: try #require(rescued.keys.first)) == "precious\n")
        #expect(try bench.refs("refs/hybrid/").count == 1)
        #expect(try bench.id() == base)
        #expect(try Self.findings(bench).code == 0)
        #expect(try bench.sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo").code == 0)
    }

    @Test func aBranchOfNoRunIsKeptBelowRescued() throws {
        let bench = try Self.started("committed\n")
        let run = try bench.run()
        let worktree = try bench.worktree("alpha")
        try bench.shell("git add -A && git commit -qm work", in: worktree)
        let tip = try bench.id("refs/heads/hybrid/\(run)/alpha")
        try bench.sandbox.git("worktree", "remove", worktree)
        try Self.forget(bench, run)
        // A user's branch of such a name, which no trace of hybrid's speaks for.
        try bench.sandbox.git("branch", "hybrid/20200101-000000-abcd/mine", tip)
        try bench.shell("rm -rf .git/hybrid/runs")
        let (code, found) = try Self.findings(bench, "--fix")
        #expect(code == 1)
        #expect(
            try bench.refs("refs/heads/hybrid/").keys.sorted() == [
                "refs/heads/hybrid/20200101-000000-abcd/mine"
            ])
        #expect(
            found.contains {
                $0.thing.hasSuffix("/mine") && $0.done == nil && $0.remedy.contains("git branch -D")
            })
        // The other branch reaches the commit, so nothing had to be kept.
        #expect(try bench.refs("refs/hybrid/rescued/") == [:])
        try bench.sandbox.git("branch", "hybrid/\(run)/alpha", tip)
        try bench.sandbox.git("update-ref", "refs/hybrid/\(run)/base", try bench.id())
        try bench.sandbox.git("branch", "-D", "hybrid/20200101-000000-abcd/mine")
        #expect(try Self.findings(bench, "--fix").code == 0)
        #expect(try Array(bench.refs("refs/hybrid/rescued/").values) == [tip])
    }

    @Test func worktreesWithoutFolderOrRegistration() throws {
        let bench = try Self.started()
        let worktree = try bench.worktree("alpha")
        try FileManager.default.moveItem(atPath: worktree, toPath: bench.sandbox.root + "/aside")
        let (_, gone) = try Self.findings(bench, "--fix")
        #expect(gone.contains { $0.thing == worktree && $0.done != nil })
        #expect(try bench.linkedWorktrees() == [])
        #expect(try bench.refs("refs/heads/hybrid/").count == 1)
        try FileManager.default.createDirectory(
            atPath: bench.worktreeFolder + "/" + bench.run(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: bench.sandbox.root + "/aside", toPath: worktree)
        let (code, told) = try Self.findings(bench, "--fix")
        #expect(code == 1)
        #expect(told.contains { $0.thing == worktree && $0.done == nil && $0.remedy.contains("hybrid/") })
        #expect(bench.sandbox.read(worktree + "/README") == "base\n")
    }

    @Test func whatAKilledCheckLeftGoesOnceNobodyDrivesTheRun() throws {
        let bench = try Bench(["README": "base\n"])
        let long = #"touch "$ROOT/began"; while [ ! -e "$ROOT/go" ]; do sleep 0.05; done"#
        let running = try bench.begin("run", bench.plan([Self.good], verify: [long]))
        try wait(for: "the verification") { bench.sandbox.read("began") != nil }
        let run = try bench.run()
        let check = try bench.check(1)
        let (_, driven) = try Self.findings(bench, "--fix")
        #expect(!driven.contains { $0.thing == check })
        #expect(FileManager.default.fileExists(atPath: check))
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        let (code, found) = try Self.findings(bench)
        #expect(code == 1)
        #expect(found.contains { $0.kind == "worktree" && $0.thing == check })
        #expect(found.contains { $0.kind == "run" && $0.remedy.contains("hybrid resume \(run)") }, "\(found)")
        try bench.sandbox.write("", to: "go")
        _ = try Self.findings(bench, "--fix")
        #expect(!FileManager.default.fileExists(atPath: check))
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try Self.findings(bench).code == 0)
        try bench.expectTidy()
    }

    /// What `status` says of a run whose hybrid was killed, and of the command of its one worker.
    private static func expectStatus(_ bench: Bench, process: String, _ words: String) throws {
        let text = try bench.hybrid("status").out
        #expect(text.contains(words), "\(text)")
        let status = try Bench.object(bench.hybrid("status", "--json"))
        #expect(status["driven"] as? Bool == false)
        let worker = try #require((status["workers"] as? [[String: Any]])?.first)
        #expect(worker["process"] as? String == process, "\(worker)")
    }

    @Test func orphanWorkersAreNamed() throws {
        let bench = try Bench(["README": "base\n"])
        let held = PlannedJob(
            "Alpha", ["a.txt"],
            #"touch "$ROOT/began"; while [ ! -e "$ROOT/go" ]; do sleep 0.05; done; echo a > a.txt"#)
        let running = try bench.begin("run", bench.plan([held]))
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        let run = try bench.run()
        try Self.expectStatus(bench, process: "running", "no hybrid works on it")
        let (_, found) = try Self.findings(bench)
        #expect(
            found.contains {
                $0.kind == "worker" && $0.reason.contains("works on it")
                    && $0.remedy.contains("hybrid stop \(run)")
            },
            "\(found)")
        let supervisor = try #require(
            bench.sandbox.read(".././" + bench.repo.dropFirst(bench.sandbox.root.count + 1)) == nil
                ? bench.sandbox.read(bench.attempt("alpha", 1) + "/pid.json") : nil)
        let record = try JSONSerialization.jsonObject(with: Data(supervisor.utf8)) as? [String: Any]
        let process = try #require((record?["supervisor"] as? [String: Any])?["pid"] as? Int)
        kill(pid_t(process), SIGKILL)
        try wait(for: "the supervisor's end") {
            try Self.findings(bench).1.contains {
                $0.kind == "worker" && $0.reason.contains("supervisor is gone")
            }
                || Self.findings(bench).1.contains { $0.kind == "worker" }
        }
        try Self.expectStatus(bench, process: "lost", "alpha  running, but its supervisor is gone")
        #expect(try bench.hybrid("stop").code == 0)
        #expect(try Self.findings(bench).code == 0)
    }

    @Test(arguments: ["", "not an id\n", "0123456789\n"])
    func brokenRefsAreNamedAndOwnOnesMended(content: String) throws {
        let bench = try Self.started("work\n")
        let run = try bench.run()
        try bench.shell("git add -A && git commit -qm work", in: try bench.worktree("alpha"))
        let tip = try bench.id("refs/heads/hybrid/\(run)/alpha")
        let record = try bench.id("refs/hybrid/\(run)/record")
        try bench.sandbox.git("branch", "users")
        let git = bench.repo + "/.git/"
        let broken = [
            "refs/heads/hybrid/\(run)/alpha", "refs/hybrid/\(run)/record", "refs/hybrid/\(run)/base",
        ]
        for ref in broken + ["refs/heads/users"] { try bench.sandbox.write(content, to: git + ref) }
        let status = try bench.hybrid("merge")
        #expect(status.code == 2)
        #expect(status.err.contains("doctor"), "\(status.err)")
        let (code, found) = try Self.findings(bench, "--fix")
        #expect(code == 1, "\(found)")
        #expect(try bench.sandbox.git("rev-parse", "refs/heads/hybrid/\(run)/alpha") == tip)
        #expect(try bench.sandbox.git("rev-parse", "refs/hybrid/\(run)/record") == record)
        #expect(try bench.sandbox.git("rev-parse", "refs/hybrid/\(run)/base") == bench.id())
        // A user's branch is not ours to set: it is named, with the id that its log knows.
        #expect(bench.sandbox.read("repo/.git/refs/heads/users") == content)
        let users = try #require(found.first { $0.thing == git + "refs/heads/users" })
        #expect(users.done == nil)
        #expect(users.remedy.contains("git update-ref refs/heads/users \(try bench.id())"), "\(users)")
        try bench.shell(users.remedy.replacing(", then: ", with: " && "))
        #expect(try bench.sandbox.git("rev-parse", "users") == bench.id())
        #expect(try Self.findings(bench).code == 0)
        #expect(try bench.hybrid("merge").code == 0)
    }

    @Test func staleLocksAreRemovedOnlyWhereTheyAreOurs() throws {
        let bench = try Self.started()
        let run = try bench.run()
        let git = bench.repo + "/.git/"
        let ours = [
            "worktrees/\(run)-alpha/index.lock", "worktrees/\(run)-alpha/HEAD.lock",
            "refs/hybrid/\(run)/base.lock",
            "refs/heads/hybrid/\(run)/alpha.lock",
        ]
        let theirs = ["index.lock", "HEAD.lock", "packed-refs.lock", "config.lock", "refs/heads/main.lock"]
        for lock in ours + theirs { try bench.sandbox.write("", to: git + lock) }
        let (_, found) = try Self.findings(bench)
        #expect(Set(found.map(\.thing)) == Set((ours + theirs).map { git + $0 }))
        // One is held: somebody is at work.
        let held = try #require(FileHandle(forReadingAtPath: git + ours[0]))
        let (code, mended) = try Self.findings(bench, "--fix")
        #expect(code == 1)
        try held.close()
        for lock in [ours[0]] + theirs {
            #expect(FileManager.default.fileExists(atPath: git + lock), "\(lock)")
        }
        for lock in ours.dropFirst() {
            #expect(!FileManager.default.fileExists(atPath: git + lock), "\(lock)")
        }
        #expect(mended.filter { $0.done == nil }.allSatisfy { $0.remedy.contains(": rm ") }, "\(mended)")
        for lock in theirs { try FileManager.default.removeItem(atPath: git + lock) }
        #expect(try Self.findings(bench, "--fix").code == 0)
    }

    @Test func draftsOfDeadProcessesGo() throws {
        let bench = try Self.started()
        let folder = bench.repo + "/.git/hybrid/"
        let dead = folder + ".pid.json.4194399-abc.tmp"
        let living = folder + ".pid.json.\(getpid())-abc.tmp"
        for file in [dead, living] { try bench.sandbox.write("half", to: file) }
        #expect(try Self.findings(bench).1.isEmpty)
        try bench.shell("touch -d '1 minute ago' '\(dead)' '\(living)'")
        let (code, found) = try Self.findings(bench, "--fix")
        #expect(code == 0)
        #expect(found.map(\.thing) == [dead])
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: living))
    }

    @Test func aWorktreesHeadAndPackedRefs() throws {
        let bench = try Self.started("work\n")
        let run = try bench.run()
        let head = bench.repo + "/.git/worktrees/\(run)-alpha/HEAD"
        try bench.sandbox.write("", to: head)
        let (code, found) = try Self.findings(bench, "--fix")
        #expect(code == 0, "\(found)")
        #expect(found.map(\.thing) == [head])
        #expect(
            try bench.shell("git symbolic-ref HEAD && git status --porcelain", in: bench.worktree("alpha"))
                == "refs/heads/hybrid/\(run)/alpha\n?? a.txt")
        try bench.sandbox.git("pack-refs", "--all")
        #expect(try Self.findings(bench).code == 0)
        let packed = bench.repo + "/.git/packed-refs"
        let text = try #require(bench.sandbox.read(packed))
        try bench.sandbox.write(text + "half a li\n", to: packed)
        let (told, named) = try Self.findings(bench, "--fix")
        #expect(told == 1)
        #expect(named.contains { $0.thing == packed && $0.reason.contains("damaged") })
        #expect(bench.sandbox.read(packed) == text + "half a li\n")
    }

    @Test func aRunThatWasNotFinishedBeingMade() throws {
        let bench = try Bench(["README": "base\n"])
        let run = "20260101-000000-abcd"
        try bench.sandbox.git("update-ref", "refs/hybrid/\(run)/base", try bench.id())
        let (code, found) = try Self.findings(bench)
        #expect(code == 1)
        #expect(found.map(\.thing) == ["refs/hybrid/\(run)/base"])
        #expect(try Self.findings(bench, "--fix").code == 0)
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    @Test func theReportFitsItsSchema() throws {
        let bench = try Self.started()
        try bench.sandbox.write("", to: "repo/.git/config.lock")
        for command in ["doctor", "clean"] {
            let schema = try bench.hybrid("schema", command)
            try bench.sandbox.write(schema.out, to: "schema.json")
            try bench.sandbox.write(try bench.hybrid(command, "--json").out, to: "answer.json")
            let check =
                "import json; s=json.load(open('schema.json')); a=json.load(open('answer.json')); assert set(s['required']) <= set(a), a; assert set(a) <= set(s['properties']), a"
            let done = try bench.sandbox.run("python3", "-c", check)
            #expect(done.code == 0, "\(done.err)")
        }
    }
}

/// Where hybrid cannot write.
@Suite struct UnwritableTests {
    private static let plan = PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt")

    /// Whether this machine lets a test mount; without that there is no read-only folder for root.
    static let mayMount: Bool = {
        let tried = try? execute(
            [
                "unshare", "-m", "sh", "-c",
                "mount --bind /tmp /tmp && mount -o remount,ro,bind /tmp && ! touch /tmp/x",
            ],
            in: "/tmp", environment: hermetic(home: "/tmp"))
        return tried?.code == 0
    }()

    @Test(.enabled(if: mayMount), arguments: [false, true])
    func aReadOnlyGitFolderIsNamedWithTheRemedy(hasRun: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([Self.plan])
        if hasRun { try #require(try bench.hybrid("start", plan).code == 0) }
        let git = bench.repo + "/.git"
        for command in ["run '\(plan)'", "status", "conflicts", "report", "clean", "doctor", "doctor --fix"] {
            let line =
                "mount --bind '\(git)' '\(git)' && mount -o remount,ro,bind '\(git)' && exec '\(bench.program)' \(command)"
            let done = try bench.sandbox.run("unshare", "-m", "sh", "-c", line, in: "repo")
            let isDoctor = command.hasPrefix("doctor")
            #expect(done.code == (isDoctor ? 1 : 2), "\(command): \(done.out)\(done.err)")
            let said = isDoctor ? done.out : done.err
            if command == "conflicts", !hasRun { continue }
            #expect(said.contains(git), "\(command): \(said)")
            #expect(said.contains("writable"), "\(command): \(said)")
        }
    }

    @Test func aFileInPlaceOfTheFolderIsNamed() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("mine\n", to: "repo/.git/hybrid")
        for arguments in [["run", try bench.plan([Self.plan])], ["status"]] {
            let done = try execute(
                [bench.program] + arguments, in: bench.repo, environment: hermetic(home: bench.sandbox.home))
            #expect(done.code == 2)
            #expect(
                done.err.contains(bench.repo + "/.git/hybrid:") && done.err.contains("mv "), "\(done.err)")
        }
        let doctor = try bench.hybrid("doctor", "--fix")
        #expect(doctor.code == 1)
        #expect(doctor.out.contains("/.git/hybrid"), "\(doctor.out)")
        #expect(bench.sandbox.read("repo/.git/hybrid") == "mine\n")
    }
}
