internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridUserGit

/// What takes the place of launching where a run's workers are branches that exist already.
///
/// They are only read: what the run needs of them it names by refs of its own.
struct AdoptStep: RunPart {
    let context: RunContext
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// The commit that the branches are merged onto: the base, or one above it that counts as merged what the base holds
    /// under other commits.
    func start(_ run: RunRecord, from base: ObjectID) throws -> ObjectID {
        guard let held = run.adoption?.held, !held.isEmpty else { return base }
        let engine = try mergeStep.mergeEngine(run)
        let names = held.map(\.short).joined(separator: ", ")
        let made = try AdoptionSearch(engine: engine).noted(
            held, on: base, by: world.identity().author,
            message: "Count \(names) as merged: its work is in \(run.target) under other commits\n\n"
                + "Hybrid-Run: \(run.id)\n")
        runs.packs.hold(try engine.store.save(reachableFrom: made, keptFor: HeldPacks.owner(run.id)))
        return try mergeStep.landing(made, beyond: held + [base], run)
    }

    /// Takes the branches of a wave for the work of its workers, each as it was when it was asked for.
    func take(_ run: inout RunRecord, _ plan: Plan, wave: Int) throws {
        let start = run.mergedSoFar
        for var worker in try runs.workers(of: run) where worker.wave == wave && worker.state == .waiting {
            guard let adopted = worker.adopted else { continue }
            try runs.step(.collect, run, worker.job.text) {
                _ = try setAside.keep(run, .job(worker.job, .adopted), at: adopted.tip)
                let base = try repository.mergeBases(start, adopted.tip).first
                (worker.base, worker.tip) = (base ?? start, adopted.tip)
                if base == nil {
                    try worker.become(.failed)
                    worker.detail = "it has no commit in common with \(run.target)"
                } else {
                    try worker.become(.done)
                    worker.detail = try movedSince(adopted)
                }
                try runs.note(worker)
            }
        }
    }

    /// What to say where a branch is not any more where it was.
    private func movedSince(_ adopted: AdoptedWork) throws -> String {
        guard let ref = adopted.ref else { return "" }
        let now = try repository.id(of: RefName(ref))
        return now == adopted.tip
            ? ""
            : "taken as it was at \(adopted.tip.short); it \(now.map { "is at \($0.short)" } ?? "is gone") now"
    }

    /// Takes a branch as it is now; what was taken of it before stays at a ref.
    func askAgain(_ worker: inout WorkerRecord) throws {
        guard let ref = worker.adopted?.ref, let now = try repository.id(of: RefName(ref)) else { return }
        worker.adopted?.tip = now
    }
}
