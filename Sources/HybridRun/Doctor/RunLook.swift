internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// Runs that nobody drives, and their workers.
    func findRuns() throws {
        guard let ledger else { return }
        for run in try ledger.runs() where !isDriven(run.id) {
            var told = false
            for worker in try ledger.workers(of: run.id) where !run.byHand {
                let process = supervisor(in: paths.attempts(run.names, .job(worker.job)))
                if let process {
                    told = true
                    note(
                        .worker, "job \(worker.job) of run \(run.id)",
                        "process \(process.pid) works on it, and no hybrid drives the run",
                        remedy: "take it over: hybrid resume \(run.id), or end it: hybrid stop \(run.id)")
                } else if worker.state == .running, run.state.isOpen {
                    told = true
                    note(
                        .worker, "job \(worker.job) of run \(run.id)",
                        "it is recorded as running, and its supervisor is gone",
                        remedy: "take in what it made: hybrid resume \(run.id)")
                }
            }
            switch run.state {
            // The others wait for a person, or are over.
            case .preparing, .working, .integrated, .verified:
                if told || run.byHand { continue }
                note(
                    .run, "run \(run.id)", "it is \(run.state.rawValue), and no hybrid drives it",
                    remedy: "go on with it: hybrid resume \(run.id), or end it: hybrid stop \(run.id)")
            default: break
            }
        }
    }
}
