internal import HybridBase
internal import HybridGit
package import HybridPlan
internal import HybridRecords
package import HybridReport
internal import HybridSystem

/// How a run stands.
package struct StatusView: RunPart {
    let context: RunContext
    private var claimGrants: ClaimGrants { ClaimGrants(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var workerGuard: WorkerGuard { WorkerGuard(context) }
    private var attempts: Attempts { Attempts(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Reads how a run stands; takes no lock and changes nothing.
    ///
    /// Grows with the workers' worktrees.
    package func status(of id: RunID) throws -> RunStatus {
        let run = try runs.run(id)
        let whole = try wholeWorktrees()
        let isDriven = paths.isDriven(id)
        let rows = try runs.workers(of: run).map { worker in
            let there =
                whole.contains(run.names.registration(.job(worker.job))) && Files.exists(worker.worktree)
            let attempt = paths.attempt(run.names, .job(worker.job), max(worker.attempt, 1))
            let isRunning = worker.state == .running && !run.byHand
            let process = isRunning ? process(of: worker, run, isDriven: isDriven) : nil
            let (uncommitted, problem) = there ? uncommitted(in: worker.worktree) : (0, nil)
            return RunStatus.Row(
                record: worker, commits: try commitCount(worker),
                uncommitted: uncommitted,
                lastLine: problem ?? LastWords.of(log: attempt + "/log") ?? "", hasWorktree: there,
                environmentFile: run.byHand && Files.exists(workerGuard.environmentFile(run.id, worker.job))
                    ? workerGuard.environmentFile(run.id, worker.job) : nil,
                elapsed: isRunning && process == .running
                    ? Files.age(attempt + "/\(AttemptFiles.handleName)") : nil,
                process: process)
        }
        return RunStatus(
            run: run, workers: rows, findings: try claimGrants.findings(of: run),
            next: try nextStep.nextStep(run, rows.map(\.record)),
            pool: try PoolFolder(paths.worktrees, host.sealer).size(most: world.runSettings().pool()),
            isDriven: isDriven)
    }

    /// What became of a worker's command; a handle that cannot be believed is told by who goes on with the run.
    private func process(
        of worker: WorkerRecord, _ run: RunRecord, isDriven: Bool
    ) -> RunStatus.Process? {
        do {
            let step = RunStep.job(worker.job)
            guard let handle = try attempts.keptHandle(run, step, attempt: worker.attempt) else {
                // Who drives the run has yet to launch it.
                return isDriven ? .running : .lost
            }
            switch try host.executor.poll(handle) {
            case .running: return .running
            case .finished: return isDriven ? .running : .ended
            case .vanished: return .lost
            }
        } catch {
            return nil
        }
    }

    /// How many files differ from what is committed there; or why that cannot be told.
    private func uncommitted(in worktree: String) -> (count: Int, problem: String?) {
        do throws(GitError) {
            return (try Repository(at: worktree).filesStatus().count, nil)
        } catch {
            return (0, "its worktree cannot be looked at: \(neutralise("\(error)"))")
        }
    }

    /// The names of the worktrees that can be looked at: not those that are being made, or that a killed process left
    /// half made.
    func wholeWorktrees() throws -> Set<String> {
        Set(try repository.worktrees().filter { !$0.isUnfinished && !$0.isPrunable }.map(\.name))
    }

    private func commitCount(_ worker: WorkerRecord) throws -> Int {
        guard let base = worker.base, let tip = try repository.id(of: worker.branch.ref)
        else { return 0 }
        do {
            return try repository.commits(from: tip, excluding: [base]).count
        } catch {
            // A history that cannot be read is told where the worker is; the rest of the answer stands.
            return 0
        }
    }
}
