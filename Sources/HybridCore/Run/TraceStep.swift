internal import HybridGit

/// What tracing a failure to workers came to.
struct Trace {
    /// The smallest sets of workers with which it shows, found one after the other; none where nobody can be blamed.
    var sets: [[WorkerRecord]] = []
    /// All of it in words, with the proof.
    var text = ""
    /// Fresh runs showed that the base with each set fails, and that without all of them it passes.
    var isProved = false
    /// Why they fail together, where that is proved.
    var cause: ConflictCause?
    /// The tests that fail on the base already.
    var onBase: Set<String> = []
    /// The tests that fail only where a set comes together.
    var together: Set<String> = []
}

/// What a subset of the workers answered to a command that failed with all of them.
private enum Answer {
    case green
    /// It shows the failure that is traced; with the names of its failing tests.
    case red(Set<String>)
    /// It fails too, but otherwise.
    case other

    var isRed: Bool {
        if case .red = self { true } else { false }
    }
    var isGreen: Bool {
        if case .green = self { true } else { false }
    }
}

/// Asks subsets of the workers, within a budget, and remembers what they said.
private final class Tracer {
    let conductor: Conductor
    let run: RunRecord
    let plan: Plan
    let workers: [WorkerRecord]
    private(set) var failure: VerifyFailure
    let budget: Int
    private(set) var spent = 0
    /// Somebody asked when nothing was left.
    private(set) var isExhausted = false
    private var known: [[String]: (answer: Answer?, isFresh: Bool)] = [:]

    init(
        _ conductor: Conductor, _ run: RunRecord, _ plan: Plan, _ failure: VerifyFailure,
        _ all: [WorkerRecord]
    )
        throws
    {
        self.conductor = conductor
        self.run = run
        self.plan = plan
        self.failure = failure
        workers = all
        budget = try conductor.traceBudget(plan)
    }

    var left: Int { budget - spent }

    /// How many subsets were asked about.
    var asked: Int { known.count }

    /// What a subset says; nil where it cannot be assembled, or nothing of the budget is left.
    ///
    /// With `fresh` an answer that was only recalled does not do.
    func answer(_ subset: [WorkerRecord], fresh: Bool = false) throws -> Answer? {
        let key = subset.map(\.job)
        if let known = known[key], known.isFresh || !fresh { return known.answer }
        guard spent < budget else {
            isExhausted = true
            return nil
        }
        guard let tip = try conductor.assemble(run, plan, only: subset, of: workers) else {
            known[key] = (nil, true)
            return nil
        }
        spent += 1
        let answer: Answer
        var isFresh = true
        do {
            let integration = try conductor.integrate(run, plan, on: tip, workers: subset)
            let verdict = try conductor.judge(
                run, plan, integration.tip, workers: subset, only: failure, recall: fresh ? .anew : .known)
            isFresh = verdict.since == nil
            answer = self.answer(verdict.failure)
        } catch let failed as IntegrationFailed {
            answer = self.answer(failed.failure)
        }
        known[key] = (answer, isFresh)
        return answer
    }

    /// Traces only the tests that do not fail on the base already, which now counts as failing otherwise.
    func narrow(without names: Set<String>) {
        failure.failing.removeAll(where: names.contains)
        known[[]] = (.other, true)
    }

    /// Where names are known, another test's failure is another failure: the search does not wander to it.
    private func answer(_ found: VerifyFailure?) -> Answer {
        guard let found else { return .green }
        guard found.isOf(failure) else { return .other }
        let names = Set(found.failing)
        if !failure.failing.isEmpty, names.isDisjoint(with: failure.failing) { return .other }
        return .red(names)
    }
}

extension Conductor {
    /// The smallest sets of workers with which `failure` shows, by delta debugging on real merges, and the proof.
    func trace(
        _ run: RunRecord, _ plan: Plan, _ failure: VerifyFailure, workers: [WorkerRecord]
    ) throws -> Trace {
        if try repository.id(of: run.names.ref(.run(.byHand))) != nil {
            var trace = Trace()
            trace.text = "the work integrated by hand belongs to no single worker, so it was not traced"
            return trace
        }
        // What is only tried gets no ref.
        defer { packs.releaseAll() }
        let tracer = try Tracer(self, run, plan, failure, workers)
        while true {
            if let trace = try search(tracer, failure) { return trace }
            // A recalled answer was not given again: the search begins anew with the one that was.
        }
    }

    /// One search with all that is known; nil where its proof contradicts an answer that was only recalled.
    private func search(_ tracer: Tracer, _ failure: VerifyFailure) throws -> Trace? {
        var trace = Trace()
        var base = try tracer.answer([])
        if base?.isRed == true { base = try tracer.answer([], fresh: true) }
        switch base {
        case .red(let names)? where names.isSuperset(of: failure.failing):
            trace.onBase = names
            trace.text = "it fails without any worker's change as well, so no worker can be singled out"
            return trace
        case .red(let names)?:
            // What fails on the base already is not traced; the rest of the names is.
            trace.onBase = names
            tracer.narrow(without: names)
        case .green?, .other?: break
        case nil:
            trace.text =
                tracer.isExhausted
                ? exhausted(tracer) : "the base cannot be judged apart, so no worker can be singled out"
            return trace
        }
        if let base = tracer.run.base, !base.passed { trace.onBase.formUnion(base.failing) }
        var remaining = tracer.workers
        while true {
            let result = try DeltaDebugging.minimise(remaining, budget: tracer.left + tracer.asked) {
                try tracer.answer($0)?.isRed
            }
            guard result.isMinimal, !tracer.isExhausted else {
                let names = result.failing.map(\.name).joined(separator: ", ")
                trace.text = "caused by \(names), some or all of them: \(exhausted(tracer))"
                return trace
            }
            if trace.sets.isEmpty, result.unjudged > 0, var stacked = try stackedCause(result.failing, tracer)
            {
                stacked.onBase = trace.onBase
                return stacked
            }
            trace.sets.append(result.failing)
            remaining = tracer.workers.filter { worker in !trace.sets.contains { $0.contains(worker) } }
            guard try tracer.answer(remaining)?.isRed == true else { break }
        }
        return try prove(&trace, tracer) ? trace : nil
    }

    private func exhausted(_ tracer: Tracer) -> String {
        "the budget of \(tracer.budget) verifications ran out before the smallest set was proved, so nothing lands"
    }

    /// Who stands on another's work cannot be judged without it; the other without it can.
    ///
    /// Nil where that is not so.
    private func stackedCause(_ failing: [WorkerRecord], _ tracer: Tracer) throws -> Trace? {
        let last = failing.map(\.wave).max() ?? 0
        let newest = failing.filter { $0.wave == last }
        guard newest.count < failing.count else { return nil }
        let others = tracer.workers.filter { !newest.contains($0) }
        let added = newest.map(\.name).joined(separator: " and ")
        let below = failing.filter { $0.wave < last }.map(\.name).joined(separator: " and ")
        var trace = Trace(sets: [newest])
        guard try tracer.answer(failing, fresh: true)?.isRed != false,
            try tracer.answer(others, fresh: true)?.isGreen == true
        else {
            trace.sets = [failing]
            let names = failing.map(\.name).joined(separator: " and ")
            trace.text =
                "caused by \(names), some or all of them: as \(added) stands on the work of \(below), it was not told which"
            return trace
        }
        trace.isProved = true
        trace.text =
            "caused by \(added), on top of the work of \(below), where it was made; without "
            + "\(newest.count == 1 ? "it" : "them") it passes"
        return trace
    }

    /// Shows by runs of their own that the base with each set fails, and that without all of them it passes.
    ///
    /// Gives whether these runs agree with the answers that the search went by.
    private func prove(_ trace: inout Trace, _ tracer: Tracer) throws -> Bool {
        func names(_ set: [WorkerRecord]) -> String { set.map(\.name).joined(separator: " and ") }
        trace.text =
            "caused by "
            + trace.sets.map { $0.count == 1 ? names($0) : "\(names($0)) together" }
            .joined(separator: ", and by ")
        for set in trace.sets {
            // All workers together are what failed twice already.
            let answer = set.count == tracer.workers.count ? nil : try tracer.answer(set, fresh: true)
            if let answer, !answer.isRed { return false }
        }
        let out = trace.sets.flatMap { $0 }
        let rest = tracer.workers.filter { !out.contains($0) }
        let without = try tracer.answer(rest, fresh: true)
        guard !tracer.isExhausted else {
            trace.text += "; \(exhausted(tracer))"
            return true
        }
        let sides = trace.sets.map { "the base with \(names($0)) fails" }.joined(separator: ", ")
        let it = out.count == 1 ? "it" : "them"
        switch without {
        case .green?:
            trace.isProved = true
            trace.text += "; \(sides), without \(it) it passes"
            try explain(&trace, tracer)
        case .red?: return false
        case .other?: trace.text += "; \(sides); without \(it) it fails otherwise"
        case nil:
            trace.text +=
                "; \(sides); others stand on that work, so it was not told whether it passes without \(it)"
        }
        return true
    }

    /// Which tests fail only together, and why: told only where each worker was seen to pass alone.
    private func explain(_ trace: inout Trace, _ tracer: Tracer) throws {
        guard trace.sets.count == 1, trace.sets[0].count > 1 else { return }
        let alone = try trace.sets[0].map { try tracer.answer([$0]) }
        guard alone.allSatisfy({ $0.map { !$0.isRed } ?? false }) else { return }
        let all = trace.sets[0].count == tracer.workers.count
        if all {
            trace.together = Set(tracer.failure.failing)
        } else if case .red(let failing)? = try tracer.answer(trace.sets[0]) {
            trace.together = failing
        }
        guard alone.allSatisfy({ $0?.isGreen == true }) else { return }
        trace.cause = ConflictClaims.causeOfFailure(
            try trace.sets[0].map { worker in
                let base = try commitID(worker.base, "job \(worker.job)")
                let tip = try commitID(worker.tip ?? worker.base, "job \(worker.job)")
                let touched = try touched(from: base, to: CommitTree(repository, commit: tip))
                return (tracer.plan.jobs[worker.index], touched.map(\.path))
            })
    }
}
