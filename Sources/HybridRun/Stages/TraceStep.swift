internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// What tracing a failure to workers came to.
struct Trace {
    /// The smallest sets of workers with which it shows, found one after the other; none where nobody can be blamed.
    var sets: [[WorkerRecord]] = []
    /// Whom the others pass without, as fresh runs showed; none where they do not.
    var out: [WorkerRecord] = []
    /// Who stands on the work of those, and cannot land without it.
    var above: [WorkerRecord] = []
    /// All of it in words, with the proof.
    var text = ""
    /// The command gave two answers for one tree.
    var isFlaky = false
    /// Why they fail together, where that is proved.
    var cause: ConflictCause?
    /// The tests that fail on the base already.
    var onBase: Set<String> = []
    /// The tests that fail only where a set comes together.
    var together: Set<String> = []
}

/// Merges, integrates and verifies subsets of the workers for a ``CulpritSearch``.
private final class SubsetOracle {
    let context: RunContext
    let run: RunRecord
    let plan: Plan
    let workers: [WorkerRecord]
    /// What is to be verified with all of them; nil where it could not be integrated.
    let candidate: ObjectID?
    /// What is traced; loses the tests that turn out to fail on the base already, or not every time.
    private(set) var failure: VerifyFailure
    private(set) var onBase: Set<String> = []
    private(set) var flaked: Set<String> = []
    /// The tests that failed with a subset.
    private(set) var failing: [Set<Int>: Set<String>] = [:]

    init(
        _ context: RunContext, _ run: RunRecord, _ plan: Plan, _ failure: VerifyFailure,
        _ workers: [WorkerRecord], _ candidate: ObjectID?
    ) {
        self.context = context
        self.run = run
        self.plan = plan
        self.failure = failure
        self.workers = workers
        self.candidate = candidate
    }

    func reply(_ subset: Set<Int>, anew: Bool) throws -> CulpritSearch.Reply? {
        let chosen = workers.indices.filter(subset.contains).map { workers[$0] }
        let tip: ObjectID
        if let candidate, chosen.count == workers.count {
            tip = candidate
        } else {
            guard let merged = try MergeStep(context).assemble(run, plan, only: chosen, of: workers) else {
                return nil
            }
            do {
                tip = try IntegrateStep(context).integrate(run, plan, on: merged, workers: chosen).tip
            } catch let failed as IntegrationFailed {
                return CulpritSearch.Reply(answer(failed.failure, subset))
            }
        }
        let verdict = try JudgeStep(context).judge(
            run, plan, tip, workers: chosen, only: failure, recall: anew ? .anew : .known)
        // An integrate command ran, though it may have left nothing to verify.
        let source: CulpritSearch.Reply.Source =
            verdict.remembered != nil ? .recalled : verdict.ran == 0 && candidate != nil ? .certain : .ran
        return CulpritSearch.Reply(answer(verdict.failure, subset), source)
    }

    /// Where names are known, another test's failure is another failure: the search does not wander to it.
    private func answer(_ found: VerifyFailure?, _ subset: Set<Int>) -> CulpritSearch.Answer {
        guard let found else { return .green }
        guard found.isOf(failure) else { return .other }
        let names = Set(found.failing)
        if subset.isEmpty {
            // What fails on the base already is not traced; the rest of the names is.
            onBase.formUnion(names)
            guard !failure.failing.isEmpty, !names.isSuperset(of: failure.failing) else { return .red }
            failure.failing.removeAll(where: names.contains)
            return .other
        }
        if !failure.failing.isEmpty, names.isDisjoint(with: failure.failing) { return .other }
        if subset.count == workers.count, !failure.failing.isEmpty {
            flaked.formUnion(names.symmetricDifference(failure.failing).subtracting(onBase))
            failure.failing.removeAll { !names.contains($0) }
        }
        failing[subset] = names
        return .red
    }
}

/// Searches the smallest set of workers that fails together.
struct TraceStep: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// The smallest sets of workers with which `failure` shows, found on real merges, and the proof.
    ///
    /// `failed` fresh runs with all workers ended so already. `failure` loses the tests that did not fail every time;
    /// they come into `flaked`.
    func trace(
        _ run: RunRecord, _ plan: Plan, _ failure: inout VerifyFailure, flaked: inout Set<String>,
        workers: [WorkerRecord], candidate: ObjectID?, failed: Int
    ) throws -> Trace {
        if try repository.id(of: run.names.ref(.run(.byHand))) != nil {
            var trace = Trace()
            trace.text = "the work integrated by hand belongs to no single worker, so it was not traced"
            return trace
        }
        // What is only tried gets no ref.
        defer { runs.packs.releaseAll() }
        let budget = try world.traceBudget(plan, workers: workers.count)
        let oracle = SubsetOracle(context, run, plan, failure, workers, candidate)
        let waves = Dictionary(grouping: workers.indices) { workers[$0].wave }
        var search = CulpritSearch(
            waves: waves.keys.sorted().map { waves[$0]! }, budget: budget,
            oracle: { try oracle.reply($0, anew: $1) })
        let verdict = try search.run(failed: failed)
        let steady = oracle.onBase.union(oracle.failure.failing)
        failure.failing.removeAll { !steady.contains($0) }
        flaked.formUnion(oracle.flaked)
        var trace = try self.trace(verdict, oracle, budget: budget)
        trace.onBase = oracle.onBase
        if let base = run.base, !base.passed { trace.onBase.formUnion(base.failing) }
        return trace
    }

    private func trace(
        _ verdict: CulpritSearch.Verdict, _ oracle: SubsetOracle, budget: Int
    ) throws -> Trace {
        let words = TraceWords(plan: oracle.plan, workers: oracle.workers)
        var trace = Trace()
        switch verdict {
        case .blamed(let found):
            let blame = apart(found, oracle)
            func records(_ places: [Int]) -> [WorkerRecord] { places.map { oracle.workers[$0] } }
            trace.sets = blame.sets.map(records)
            trace.out = records(blame.out ?? [])
            trace.above = records(blame.above)
            trace.text = words.blamed(blame)
            try explain(&trace, blame, oracle)
        case .onBase:
            trace.text = "it fails without any worker's change as well, so no worker can be singled out"
        case .flaky(let tree):
            trace.isFlaky = true
            trace.text =
                "on \(words.tree(tree)) it failed and did not fail, one run after the other, so nobody is blamed"
        case .untold(let sets): trace.text = words.untold(sets)
        case .exhausted(let known): trace.text = words.exhausted(known, budget: budget)
        }
        return trace
    }

    /// A branch holds those that it stands on: where one of these fails alone, who stands on it is not to blame.
    ///
    /// Only branches that exist already stand on each other within a wave.
    private func apart(_ blame: CulpritSearch.Blame, _ oracle: SubsetOracle) -> CulpritSearch.Blame {
        guard oracle.run.adoption != nil else { return blame }
        let (workers, graph) = (oracle.workers, JobGraph(oracle.plan))
        func isAbove(_ one: Int, _ others: [Int]) -> Bool {
            var open = [workers[one].index]
            var under: Set<Int> = []
            while let next = open.popLast() {
                open += graph.needs(of: next).filter { under.insert($0).inserted }
            }
            return others.contains {
                under.contains(workers[$0].index) && workers[$0].wave == workers[one].wave
            }
        }
        var blame = blame
        let alone = blame.sets.filter { $0.count == 1 }.flatMap { $0 }
        blame.sets.removeAll { $0.count == 1 && isAbove($0[0], alone) }
        guard let out = blame.out else { return blame }
        let lowest = out.filter { !isAbove($0, out) }
        blame.out = lowest
        blame.above = workers.indices.filter { isAbove($0, lowest) || blame.above.contains($0) }
        return blame
    }

    /// Which tests fail only together, and why: told only where the members were seen to pass one by one.
    private func explain(_ trace: inout Trace, _ blame: CulpritSearch.Blame, _ oracle: SubsetOracle) throws {
        guard blame.sets.count == 1, blame.sets[0].count > 1, blame.below.isEmpty else { return }
        let alone = try blame.sets[0].map { try oracle.reply([$0], anew: false)?.answer }
        guard alone.allSatisfy({ $0 == .green || $0 == .other }) else { return }
        trace.together = oracle.failing[Set(blame.sets[0])] ?? Set(oracle.failure.failing)
        guard alone.allSatisfy({ $0 == .green }) else { return }
        trace.cause = ConflictClaims.causeOfFailure(
            try trace.sets[0].map { worker in
                let base = try worker.started()
                let tip = try worker.work()
                let touched = try auditStep.touched(from: base, to: CommitTree(repository, commit: tip))
                return (oracle.plan.jobs[worker.index], touched.map(\.path))
            })
    }
}

/// What a search came to, for people.
struct TraceWords {
    let plan: Plan
    let workers: [WorkerRecord]

    func names(_ places: [Int]) -> String {
        let names = places.map { workers[$0].name }
        guard let last = names.last, names.count > 2 else { return names.joined(separator: " and ") }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    func tree(_ places: [Int]) -> String {
        places.isEmpty
            ? "the base"
            : places.count == workers.count ? "the tree with all workers" : "the base with \(names(places))"
    }

    private func together(_ set: [Int]) -> String { set.count == 1 ? names(set) : "\(names(set)) together" }

    /// The earlier workers that those of a set need, or else all on whose work it was made.
    private func standing(_ set: [Int], on below: [Int]) -> String {
        guard !below.isEmpty else { return "" }
        let graph = JobGraph(plan)
        let needed = set.reduce(into: Set<Int>()) { $0.formUnion(graph.needs(of: workers[$1].index)) }
        let named = below.filter { needed.contains(workers[$0].index) }
        return ", on top of the work of \(names(named.isEmpty ? below : named)), where it was made"
    }

    func blamed(_ blame: CulpritSearch.Blame) -> String {
        let sets = blame.sets.map { together($0) + standing($0, on: blame.below) }
        var text = "caused by " + sets.joined(separator: ", and by ")
        if blame.below.isEmpty {
            text += "; " + blame.sets.map { "the base with \(names($0)) fails" }.joined(separator: ", ")
        }
        let out = blame.out ?? blame.sets.flatMap { $0 }
        let it = out.count == 1 ? "it" : "them"
        let stay = blame.sets.flatMap { $0 }.filter { !out.contains($0) }
        let without =
            stay.isEmpty ? it : blame.sets.count == 1 && out.count == 1 ? "any one of them" : names(out)
        switch (blame.out, blame.failsOtherwise) {
        case (nil, true): text += "; without \(it) it fails otherwise"
        case (nil, false): text += "; the others cannot be merged without \(it)"
        default: text += "\(blame.below.isEmpty ? "," : ";") without \(without) it passes"
        }
        if blame.out != nil, !stay.isEmpty {
            text += "; without \(names(out)) most can land: \(names(stay)) may stay"
        }
        if !blame.above.isEmpty {
            text +=
                "; \(names(blame.above)) came later, on top of that work, and could not be judged without it"
        }
        return text
    }

    func untold(_ sets: [[Int]]) -> String {
        guard !sets.isEmpty else { return "the base cannot be judged apart, so no worker can be singled out" }
        let all = sets.map(names).joined(separator: ", and by ")
        return
            "caused by \(all), some or all of them: as they cannot be merged or judged apart, it was not told which"
    }

    func exhausted(_ known: [[Int]], budget: Int) -> String {
        var text = "the budget of \(budget) verifications ran out before it was proved who is at fault"
        if !known.isEmpty {
            text += "; what is known: it fails with " + known.map(together).joined(separator: ", and with ")
        }
        let more = max(2 * budget, TraceBudget.usual(for: workers.count))
        return text + "; nobody is blamed, and nothing lands. More: "
            + (plan.verifyBudget == nil
                ? "git config hybrid.traceBudget \(more), or `Verify Budget: \(more)` in the plan"
                : "`Verify Budget: \(more)` in the plan (its \(budget) counts before hybrid.traceBudget)")
    }
}
