import Foundation
import TestSupport
import Testing

/// Worktrees that are made together, killed in the making, and deleted by a process of its own.
@Suite struct BulkWorktreeTests {
    /// A repository with many files, and a plan of some workers that write a line each.
    private static func bench(files: Int) throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            """
            for i in $(seq \(files)); do d=p$((i / 100)); [ -d $d ] || mkdir $d; echo "file $i" > $d/f$i; done
            git add -A && git commit -qm files
            """)
        return bench
    }

    private static func plan(_ bench: Bench, _ workers: Int) throws -> String {
        try bench.plan(
            (0..<workers).map { PlannedJob("Job\($0)", ["j\($0).txt"], "echo \($0) > j\($0).txt") })
    }

    @Test func `a worktree of many files is deleted when the run has ended`() throws {
        let bench = try Self.bench(files: 2100)
        let ran = try bench.hybrid("run", Self.plan(bench, 3))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.linkedWorktrees().isEmpty)
        #expect(try bench.shell("git worktree prune -v -n").isEmpty)
        try wait(for: "the deletion") { !FileManager.default.fileExists(atPath: bench.worktreeFolder) }
        try bench.expectTidy()
    }

    /// Its only removed worktree is that of the base's verification, and nothing cleans up yet.
    @Test func `a run that does not land leaves no removed worktree either`() throws {
        let bench = try Self.bench(files: 2100)
        let started = try bench.hybrid("start", Self.plan(bench, 1))
        #expect(started.code == 0, "\(started.out)\(started.err)")
        let removed = bench.worktreeFolder + "/.removed"
        try wait(for: "the deletion") { !FileManager.default.fileExists(atPath: removed) }
    }

    @Test func `what a deletion that was cut short left is named and deleted by doctor`() throws {
        let bench = try Self.bench(files: 10)
        #expect(try bench.hybrid("run", Self.plan(bench, 1)).code == 0)
        let left = bench.worktreeFolder + "/.removed/1.2.3"
        try bench.shell(
            "mkdir -p '\(left)/d' && echo x > '\(left)/d/f' && ln -s '\(bench.repo)' '\(left)/link'")
        let found = try bench.hybrid("doctor")
        #expect(found.out.contains(".removed"), "\(found.out)")
        #expect(found.code == 1)
        #expect(FileManager.default.fileExists(atPath: left))
        let mended = try bench.hybrid("doctor", "--fix")
        #expect(mended.code == 0, "\(mended.out)\(mended.err)")
        #expect(!FileManager.default.fileExists(atPath: bench.worktreeFolder))
        #expect(try bench.text("README") == "base\n")
        #expect(FileManager.default.fileExists(atPath: bench.repo + "/README"))
    }

    @Test func `a removal that was cut short behind its registration is taken up by clean`() throws {
        let bench = try Self.bench(files: 10)
        #expect(try bench.hybrid("run", Self.plan(bench, 1)).code == 0)
        let folder = try bench.worktreeFolder + "/" + bench.run()
        try bench.shell("mkdir -p '\(folder)/.job0.removing' && echo x > '\(folder)/.job0.removing/f'")
        let cleaned = try bench.hybrid("clean")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        try wait(for: "the deletion") { !FileManager.default.fileExists(atPath: bench.worktreeFolder) }
    }

    /// The orchestrator is killed at moments of making the worktrees; resume lands all the same, and nothing is lost.
    @Test(arguments: 0..<2) func `killed while worktrees are made`(_ part: Int) throws {
        var state = UInt64(part) &+ 18
        let bench = try Self.bench(files: 400)
        let plan = try Self.plan(bench, 4)
        let registrations = bench.repo + "/.git/worktrees"
        try bench.remember()
        for _ in 0..<8 {
            try bench.bringBack()
            let running = try bench.begin("run", plan)
            // The making begins with the first registration.
            try wait(for: "the first worktree") {
                !running.isRunning
                    || (try? FileManager.default.contentsOfDirectory(atPath: registrations).count) ?? 0 > 1
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            usleep(UInt32(state >> 33) % 400_000)
            kill(running.processIdentifier, SIGKILL)
            running.waitUntilExit()
            let resumed = try bench.hybrid("resume")
            // Where it had ended already there is nothing to resume.
            let state = try bench.state()
            #expect(resumed.code == 0 || state == "landed", "\(resumed.out)\(resumed.err)")
            for number in 0..<4 { #expect(try bench.text("j\(number).txt") == "\(number)\n") }
            #expect(state == "landed")
            #expect(try bench.shell("git status --porcelain").isEmpty)
            try bench.expectTidy()
        }
    }

    /// Counted by strace: each call that names a file of the new worktree, or is made on one that is open.
    @Test func `a checkout takes at most six system calls a file`() throws {
        let bench = try Self.bench(files: 1000)
        let log = bench.sandbox.root + "/calls"
        let plan = try Self.plan(bench, 1)
        let code = try bench.shell(
            """
            strace -f -y -e trace=%file,%desc -o '\(log)' '\(bench.program)' start '\(plan)' > '\(log).out' 2>&1; echo $?
            """)
        try #require(code.hasPrefix("0"), "\(bench.sandbox.read(log + ".out") ?? "")")
        let counted = try bench.shell(
            #"grep 'repo\.hybrid/[^/]*/job0' '\#(log)' | grep -v 'resumed>' | grep -cE '/p[0-9]+/f[0-9]+>|"([^"]*/)?f[0-9]+"'"#
        )
        let calls = try #require(Int(counted.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Five to write it, and one of a later look at the whole worktree.
        #expect(5000...6000 ~= calls)
    }
}
