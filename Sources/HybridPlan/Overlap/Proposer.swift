internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// Works out ``CheckReport/Proposal``s and checks each before it is proposed.
final class Proposer {
    private let plan: Plan
    private let facts: BaseFacts
    private let sections: (any SectionJudge)?
    private let claims: PlannedClaims

    /// Overlaps that get proposals: each costs several checks of a small plan.
    private static let most = 20
    /// Checks that narrowing may still take.
    private var left = 30
    /// Files whose sections are looked at: to prove that they keep apart takes merges.
    private static let mostSplit = 8
    private var split: Set<String> = []
    /// Paths that one job lets go of for another; more are no small change.
    private static let mostExclusions = 10

    init(_ plan: Plan, _ facts: BaseFacts, _ sections: (any SectionJudge)?, _ claims: PlannedClaims) {
        self.plan = plan
        self.facts = facts
        self.sections = sections
        self.claims = claims
    }

    /// The proposals for each overlap, the smallest change first.
    func proposals(_ pairs: [OverlapSearch.Pair]) throws -> [CheckReport.Proposal] {
        for pair in pairs.prefix(Self.most)
        where split.count < Self.mostSplit && isSplittable(pair.overlap, claims.all[pair.claims.0]) {
            split.insert(pair.overlap.path)
        }
        // One look at all files: starting a tool costs more than reading with it.
        try sections?.prepare(split.sorted().map { Claim(path: $0, section: .symbol([])) })
        return try pairs.prefix(Self.most).flatMap { pair in
            let (one, two) = (claims.all[pair.claims.0], claims.all[pair.claims.1])
            var found: [(size: Int, proposal: CheckReport.Proposal)] = []
            if let proposal = try waves(pair.overlap) { found.append((1, proposal)) }
            for (wide, other) in [(one, two), (two, one)] {
                if let (size, proposal) = try narrowed(pair.overlap, wide, by: other) {
                    found.append((size, proposal))
                }
            }
            if let proposal = try splitting(pair.overlap, one, two) { found.append((2, proposal)) }
            if let proposal = try handed(pair.overlap, one, two) { found.append((3, proposal)) }
            // Stable: among changes of one size the order above holds.
            return found.enumerated().sorted { ($0.element.size, $0.offset) < ($1.element.size, $1.offset) }
                .map(\.element.proposal)
        }
    }

    /// Whether two jobs keep apart in a changed plan; nil stands for the orchestrator.
    private func areApart(_ jobs: [Int?], _ changed: Plan) throws -> Bool {
        try pairs(jobs, changed).isEmpty
    }

    /// How two jobs meet in a changed plan, looked at alone.
    private func pairs(_ jobs: [Int?], _ changed: Plan) throws -> [OverlapSearch.Pair] {
        var small = changed
        for index in small.jobs.indices where !jobs.contains(index) { small.jobs[index].files = [] }
        if !jobs.contains(nil) {
            (small.orchestrator.files, small.exports, small.buildState) = ([], [], nil)
        }
        return try OverlapSearch(small, facts, judge: sections, onlyFirst: true).run()
    }

    private func waves(_ overlap: CheckReport.Overlap) throws -> CheckReport.Proposal? {
        let jobs = overlap.indices
        guard jobs.count == 2 else { return nil }
        let order = jobs.sorted()
        var changed = plan
        let graph = JobGraph(plan)
        let wave = try graph.cycleText() == nil ? graph.waves() : []
        guard let at = wave.firstIndex(where: { $0.contains(order[1]) }) else { return nil }
        changed.jobs[order[1]].wave = max(plan.jobs.compactMap(\.wave).max() ?? 1, at + 1) + 1
        let later = try JobGraph(changed).waves()
        guard !later.contains(where: { $0.contains(order[0]) && $0.contains(order[1]) }) else { return nil }
        return CheckReport.Proposal(
            .waves, overlap, "put \(overlap.jobs.joined(separator: " and ")) into different waves: --waves",
            waves: later.map { $0.map { plan.jobs[$0].name } })
    }

    /// The wider claim's job lets go of what the other job names, as long as something is left to it.
    private func narrowed(_ overlap: CheckReport.Overlap, _ wide: OwnedClaim, by other: OwnedClaim) throws
        -> (size: Int, proposal: CheckReport.Proposal)?
    {
        guard let job = wide.job, !wide.isAlias, !other.isAlias, wide.claim.section == nil else { return nil }
        guard
            PatternIntersection.meet(
                wide.pattern, wide.pattern, isFile: (true, true), except: [other.pattern]) != .disjoint
        else {
            return nil
        }
        // Each further meeting may need a claim of its own.
        if overlap.more >= Self.mostExclusions { return nil }
        var changed = plan
        var taken: [String] = []
        while let pair = try pairs([wide.job, other.job], changed).first {
            left -= 1
            guard taken.count < Self.mostExclusions, left > 0 else { return nil }
            // The changed plan has claims of its own numbers: what the other job says is told by its text.
            let theirs = pair.overlap.claims[
                pair.overlap.indices.first == job && pair.overlap.jobs[0] == name(job) ? 1 : 0]
            guard let claim = files(other.job, changed).first(where: { $0.text == theirs }),
                claim.section == nil,
                !taken.contains(claim.text)
            else { return nil }
            taken.append(claim.text)
            changed.jobs[job].files.append(Claim(path: claim.path, isExcluded: true))
        }
        guard !taken.isEmpty else { return nil }
        let shown = taken.map { "!" + $0 }.joined(separator: ", ")
        return (
            taken.count,
            CheckReport.Proposal(
                .narrow, overlap,
                "narrow \(wide.claim.path) of \(plan.jobs[job].name): add \(shown) behind it",
                claims: [.init(job: plan.jobs[job].name, files: changed.jobs[job].files)])
        )
    }

    private func name(_ job: Int?) -> String { job.map { plan.jobs[$0].name } ?? "orchestrator" }

    private func files(_ job: Int?, _ plan: Plan) -> [Claim] {
        job.map { plan.jobs[$0].files }
            ?? plan.orchestrator.files + plan.exports.map { Claim(path: $0.file) }
            + [plan.buildState].compactMap { $0 }.map { Claim(path: $0) }
    }

    private func isSplittable(_ overlap: CheckReport.Overlap, _ claim: OwnedClaim) -> Bool {
        overlap.kind == "path" && claim.entry == .file && overlap.indices.count == 2
    }

    /// Two jobs that edit one file may edit parts of it; which parts only their author knows, unless one of them says.
    private func splitting(_ overlap: CheckReport.Overlap, _ one: OwnedClaim, _ two: OwnedClaim) throws
        -> CheckReport.Proposal?
    {
        guard isSplittable(overlap, one), one.job != nil, two.job != nil else { return nil }
        let path = overlap.path
        let parts = try split.contains(path) ? sections?.parts(of: path) ?? [] : []
        let known = parts.map { Claim(path: path, section: $0).text }
        for (named, whole) in [(one, two), (two, one)] {
            guard let section = named.claim.section, whole.claim.section == nil, let job = whole.job else {
                continue
            }
            let beside = parts.filter { sections?.overlap(path: path, a: section, b: $0) == nil }
                .map { Claim(path: path, kind: whole.claim.kind, section: $0) }
            var changed = plan
            guard !beside.isEmpty, changed.jobs[job].files.indices.contains(whole.order) else { continue }
            changed.jobs[job].files.replaceSubrange(whole.order...whole.order, with: beside)
            guard try areApart([one.job, two.job], changed) else { continue }
            let shown = beside.map(\.text).joined(separator: ", ")
            return CheckReport.Proposal(
                .section, overlap,
                "leave \(named.claim.text) to \(name(named.job)), and let \(name(job)) claim what it works on beside it instead of \(path), such as \(shown)",
                claims: [.init(job: name(job), files: changed.jobs[job].files)], sections: known)
        }
        guard !parts.isEmpty else {
            return CheckReport.Proposal(
                .section, overlap,
                "split \(path) by section, where they work on different parts: \(path)#L1-L80 or \(path)::name"
            )
        }
        return CheckReport.Proposal(
            .section, overlap,
            "split \(path) by section, where they work on different parts: each claims its own instead of \(path), such as \(known.joined(separator: ", ")), which keep apart",
            sections: known)
    }

    /// Both jobs leave the path to the orchestrator.
    private func handed(_ overlap: CheckReport.Overlap, _ one: OwnedClaim, _ two: OwnedClaim) throws
        -> CheckReport.Proposal?
    {
        guard !one.isAlias, !two.isAlias else { return nil }
        var changed = plan
        var claims: [CheckReport.Proposal.Change] = []
        for owned in [one, two] {
            guard let job = owned.job else { continue }
            if !owned.pattern.isGlob, PathFolding.areSame(owned.pattern.text, overlap.path) {
                changed.jobs[job].files.removeAll { PathFolding.areSame($0.path, overlap.path) }
            } else {
                changed.jobs[job].files.append(Claim(path: overlap.path, isExcluded: true))
            }
            // A job without a file is none.
            if changed.jobs[job].files.first.map(\.isExcluded) ?? true { return nil }
            claims.append(.init(job: plan.jobs[job].name, files: changed.jobs[job].files))
        }
        if one.job != nil, two.job != nil { changed.orchestrator.files.append(Claim(path: overlap.path)) }
        guard try areApart([one.job, two.job], changed), try areApart([one.job, nil], changed),
            try areApart([two.job, nil], changed)
        else { return nil }
        return CheckReport.Proposal(
            .orchestrator, overlap,
            "hand \(overlap.path) to the orchestrator: take it out of the jobs' claims", claims: claims)
    }
}
