import Foundation
import TestSupport
import Testing

/// Runs whose refs, branches and folders have the names of the first layout: a repository that an older hybrid left.
@Suite struct OldLayoutTests {
    /// One state, with its ledger or with what its refs say alone.
    private static func left(
        _ state: String, withLedger: Bool = true, isAccepted: Bool = true
    ) throws -> Bench {
        let bench = try Bench(oldLayout: state)
        if !withLedger {
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(
                    atPath: bench.repo + "/.git/hybrid/ledger.sqlite" + suffix)
            }
        }
        guard isAccepted else { return bench }
        // Nothing was sealed then: a person looks at it first.
        let shown = try bench.hybrid("trust", "--json")
        #expect(shown.code == 1)
        let digest = try #require(shown.out.firstMatch(of: /"digest": "([0-9a-f]+)"/)).1
        let accepted = try bench.hybrid("trust", "--accept", String(digest))
        expectGood(accepted)
        return bench
    }

    private static func expectGood(_ outcome: Outcome, _ location: SourceLocation = #_sourceLocation) {
        #expect(outcome.code == 0, "\(outcome.out)\(outcome.err)", sourceLocation: location)
    }

    @Test(arguments: [true, false]) func aStoppedRunGoesOn(_ withLedger: Bool) throws {
        let bench = try Self.left("stopped", withLedger: withLedger)
        try bench.sandbox.write("", to: "go")
        try Self.expectGood(bench.hybrid("resume"))
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.text("beta.txt") == "beta\n")
        try bench.expectTidy()
    }

    /// The second worker ended while no hybrid looked; begun again, it would wait for ever.
    @Test(arguments: [true, false]) func whatAKilledRunHadStartedIsTakenOver(_ withLedger: Bool) throws {
        let bench = try Self.left("killed", withLedger: withLedger)
        try Self.expectGood(bench.hybrid("resume"))
        #expect(try bench.text("beta.txt") == "beta\n")
        try bench.expectTidy()
    }

    @Test(arguments: [true, false]) func leftOutJobsAreDoneAgain(_ withLedger: Bool) throws {
        let bench = try Self.left("left-out", withLedger: withLedger)
        let run = try bench.run()
        let rescued = try bench.refs("refs/hybrid/\(run)/").filter { $0.key.contains("/rescue") }
        try #require(rescued.count == 3)
        try bench.sandbox.write("", to: "go")
        #expect(try bench.hybrid("retry", "beta").code == 1)
        try Self.expectGood(bench.hybrid("retry", "gamma"))
        for word in ["alpha", "gamma"] { #expect(try bench.text(word + ".txt") == word + "\n") }
        #expect(try bench.text("README") == "base\n")
        // What was kept stays where it was, and every commit of before is still reached.
        let refs = try bench.refs("refs/hybrid/\(run)/")
        for (ref, id) in rescued { #expect(refs[ref] == id) }
        try bench.expectTidy()
    }

    @Test func whatIsDiscardedIsGone() throws {
        let bench = try Self.left("left-out")
        try Self.expectGood(bench.hybrid("clean", "--discard", "beta", "--discard", "gamma"))
        #expect(try bench.refs().keys.filter { $0.contains("/beta") || $0.contains("/gamma") } == [])
    }

    @Test(arguments: [true, false]) func anOpenResolutionIsTakenIn(_ withLedger: Bool) throws {
        let bench = try Self.left("conflict", withLedger: withLedger)
        try Self.expectGood(bench.hybrid("resolve", "beta"))
        #expect(try bench.text("shared.txt") == "alpha\nbeta\n")
        try bench.expectTidy()
    }

    @Test(arguments: [true, false]) func anOpenConflictWithTheTargetIsTakenIn(_ withLedger: Bool) throws {
        let bench = try Self.left("moved", withLedger: withLedger)
        try Self.expectGood(bench.hybrid("resolve", "main"))
        #expect(try bench.text("shared.txt") == "both\n")
        try bench.expectTidy()
    }

    @Test(arguments: [true, false]) func aLandedRunIsCleanedAndTakenBack(_ withLedger: Bool) throws {
        let bench = try Self.left("squashed", withLedger: withLedger)
        let before = try bench.id("main~1")
        try Self.expectGood(bench.hybrid("clean", "--discard", "beta"))
        try bench.expectTidy()
        try Self.expectGood(bench.hybrid("rollback"))
        #expect(try bench.id() == before)
        #expect(try bench.sandbox.git("status", "--porcelain") == "")
    }

    @Test(arguments: [true, false]) func pausesGoOn(_ withLedger: Bool) throws {
        let prepared = try Self.left("prepare", withLedger: withLedger)
        try Self.expectGood(prepared.hybrid("resume"))
        #expect(try prepared.text("api.txt") == "api\n")
        try prepared.expectTidy()
        let integrated = try Self.left("integrate", withLedger: withLedger)
        try Self.expectGood(integrated.hybrid("resume"))
        #expect(try integrated.text("joined.txt") == "joined\n")
        try integrated.expectTidy()
    }

    /// The older hybrid could not write this job's refs beside its own, nor the run's record beside those.
    @Test func aRunThatItsJobsNameHeldUpGoesOn() throws {
        let bench = try Self.left("record")
        try Self.expectGood(bench.hybrid("resume"))
        #expect(try bench.text("record.txt") == "record\n")
        try bench.expectTidy()
    }

    @Test(arguments: [true, false]) func workByHandIsMerged(_ withLedger: Bool) throws {
        let bench = try Self.left("by-hand", withLedger: withLedger)
        for verb in ["merge", "verify", "land"] {
            let done = try bench.hybrid(verb)
            if verb == "verify", done.code == 0, try bench.text("alpha.txt") != nil { break }
            Self.expectGood(done)
        }
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }

    /// Neither ledger nor record says how names are laid out: nothing may be lost all the same.
    @Test(arguments: ["stopped", "left-out", "conflict", "moved", "prepare", "integrate"])
    func whatNoRecordKnowsIsRescued(_ state: String) throws {
        let bench = try Self.left(state, withLedger: false, isAccepted: false)
        let run = try bench.run()
        var files: Set<String> = []
        for worktree in try bench.linkedWorktrees() {
            let lines = try bench.shell(
                "git add -AN && git ls-files -z | xargs -0 git hash-object --", in: worktree)
            files.formUnion(lines.split(separator: "\n").map(String.init))
        }
        try bench.sandbox.git("update-ref", "-d", "refs/hybrid/\(run)/record")
        _ = try bench.hybrid("doctor", "--fix")
        _ = try bench.hybrid("doctor", "--fix")
        #expect(try bench.linkedWorktrees() == [])
        let kept = try bench.sandbox.git("rev-list", "--objects", "--all").split(separator: "\n")
            .map { String($0.prefix(40)) }
        #expect(files.subtracting(kept) == [])
        #expect(try bench.hybrid("doctor").code == 0)
    }
}
