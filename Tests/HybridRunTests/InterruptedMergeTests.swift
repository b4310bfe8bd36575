import HybridSystem
import TestSupport
import Testing

@testable import HybridRecords

/// What a merge leaves behind when it is killed between its steps, and what the next one makes of it.
@Suite struct InterruptedMergeTests {
    /// Three jobs, two of which conflict where neither claimed anything; merged, then set back to how it was before.
    private struct Halted {
        let sandbox: Sandbox
        let ledger: Ledger
        var run: RunRecord
        var before: [WorkerRecord]
        var after: [WorkerRecord]

        init(_ form: String) throws {
            sandbox = try Sandbox()
            try sandbox.repository(["README": "base\n"])
            let jobs = ["alpha", "beta", "gamma"]
            let list = jobs.map { #"{"name":"\#($0)","files":["\#($0)/"],"estimate":"10 minutes"}"# }
            try sandbox.write(
                #"{"task":{"name":"T","complexity":"medium","sequential_estimate":"40 minutes"},"#
                    + #""orchestrator":{"estimate":"5 minutes"},"target":"main","verify":["true"],"jobs":["#
                    + list.joined(separator: ",") + "]}", to: "plan.json")
            _ = try Self.hybrid(sandbox, "start", sandbox.root + "/plan.json", "--commits", form)
            let sealer = Sealer(environment: ["XDG_STATE_HOME": sandbox.home + "/.local/state"])
            ledger = try Ledger(
                path: sandbox.root + "/repo/.git/hybrid/ledger.sqlite",
                seals: LedgerSeals(sealer, repository: sandbox.root + "/repo/.git"))
            run = try #require(try ledger.runs().first)
            for worker in try ledger.workers(of: run.id) {
                try sandbox.write("\(worker.job)\n", to: worker.worktree + "/\(worker.job)/file")
            }
            let merged = try Self.hybrid(sandbox, "merge")
            try #require(merged.code == 0, "\(merged.out)\(merged.err)")
            after = try ledger.workers(of: run.id)
            before = after.map { worker in
                var worker = worker
                worker.state = .doneCommittedByHybrid
                return worker
            }
        }

        static func hybrid(_ sandbox: Sandbox, _ arguments: String...) throws -> Outcome {
            try execute(
                [try hybridProgram()] + arguments, in: sandbox.root + "/repo",
                environment: hermetic(home: sandbox.home))
        }

        /// The ledger as a kill leaves it when so many workers were noted as merged and the run was not.
        func halt(after count: Int) throws {
            for (place, worker) in before.enumerated() {
                try ledger.apply(.worker(place < count ? after[place] : worker))
            }
            // The run's ref, too, knew nothing of the merge at that moment.
            var run = run
            run.revision = try ledger.run(run.id)?.revision
            try ledger.apply(Transition(run))
        }
    }

    @Test(arguments: ["merge", "octopus", "squash"], 0...3)
    func whatWasNotedIsMergedAgain(form: String, noted: Int) throws {
        let halted = try Halted(form)
        try halted.halt(after: noted)
        let sandbox = halted.sandbox
        for command in ["merge", "verify", "land"] {
            let done = try Halted.hybrid(sandbox, command)
            try #require(done.code == 0, "\(command): \(done.out)\(done.err)")
        }
        #expect(
            try sandbox.git("ls-tree", "-r", "--name-only", "main")
                == "README\nalpha/file\nbeta/file\ngamma/file")
        #expect(try sandbox.git("for-each-ref", "refs/heads/hybrid/") == "")
        let landed = try halted.ledger.workers(of: halted.run.id).map(\.state)
        #expect(landed == [.landed, .landed, .landed])
    }
}
