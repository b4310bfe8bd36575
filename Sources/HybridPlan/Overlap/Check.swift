internal import HybridGit
internal import HybridMerging

extension CheckReport {
    /// Checks a plan against its base.
    ///
    /// `sections` decides whether two sections of one file meet; without it they count as an overlap.
    ///
    /// Throws only where the base cannot be read. Grows with the number of claims and of overlaps, not with the pairs.
    public static func make(
        plan: Plan, base: any BaseTree, targetExists: Bool, sections: (any SectionJudge)? = nil,
        history: HotHistory = HotHistory()
    ) throws -> CheckReport {
        let checker = try Checker(plan: plan, base: base, sections: sections, history: history)
        return try checker.report(targetExists: targetExists)
    }
}

/// Works out a ``CheckReport``.
struct Checker {
    let plan: Plan
    let base: any BaseTree
    let facts: BaseFacts
    let graph: JobGraph
    let search: OverlapSearch
    let rules: IgnoreRules
    let sections: (any SectionJudge)?
    let history: HotHistory

    /// How many overlaps are told in words; the JSON holds all.
    private static let mostTold = 50

    init(plan: Plan, base: any BaseTree, sections: (any SectionJudge)?, history: HotHistory) throws {
        let plan = plan.withHotOwners
        self.plan = plan
        self.base = base
        self.sections = sections
        self.history = history
        facts = BaseFacts(base)
        rules = IgnoreRules(base)
        graph = JobGraph(plan)
        try sections?.prepare(plan.jobs.flatMap { $0.files + $0.dependencies } + plan.orchestrator.files)
        search = try OverlapSearch(plan, facts, judge: sections)
    }

    func report(targetExists: Bool) throws -> CheckReport {
        let circle = graph.cycleText()
        let waves = circle == nil ? try graph.waves() : []
        let (together, apart) = try overlaps(waves)
        let wave = Self.waveOfJob(waves)
        let unlikely = search.unlikelyPairs().filter { !Self.isApart($0, wave) }.map(\.overlap)
        let overlaps = together.map(\.overlap)
        let items = [
            noOverlaps(overlaps), try interfaces(waves), documented(circle),
            try integrationPath(targetExists: targetExists),
        ]
        let proposals = try Proposer(plan, facts, sections, search.claims).proposals(together)
        let hot = try HotSearch(plan, base, search, history).findings()
        return CheckReport(
            overlaps: overlaps, checklist: items, waves: waves,
            warnings: try warnings() + Self.told(unlikely) + hiddenParts()
                + hot.filter { $0.policy == nil }.map(\.warning),
            repairs: repairs(proposals, overlaps), proposals: proposals, hot: hot,
            unlikely: unlikely, apart: apart)
    }

    // MARK: Overlaps

    /// The pairs that meet in one wave, and the jobs of those that do not: a later wave starts from what the earlier
    /// one made.
    private func overlaps(_ waves: [[Int]]) throws -> (together: [OverlapSearch.Pair], apart: [[Int]]) {
        let wave = Self.waveOfJob(waves)
        var together: [OverlapSearch.Pair] = []
        var apart: [[Int]] = []
        for pair in try search.run() {
            if Self.isApart(pair, wave) {
                apart.append(pair.overlap.indices)
            } else {
                together.append(pair)
            }
        }
        together.sort {
            ($0.overlap.path, $0.claims.0, $0.claims.1) < ($1.overlap.path, $1.claims.0, $1.claims.1)
        }
        return (together, apart)
    }

    private static func waveOfJob(_ waves: [[Int]]) -> [Int: Int] {
        var wave: [Int: Int] = [:]
        for (number, jobs) in waves.enumerated() { for job in jobs { wave[job] = number } }
        return wave
    }

    /// Whether a pair's jobs stand in different waves.
    private static func isApart(_ pair: OverlapSearch.Pair, _ wave: [Int: Int]) -> Bool {
        let jobs = pair.overlap.indices
        return jobs.count == 2 && wave[jobs[0]] != wave[jobs[1]]
    }

    /// How many pairs that could hardly meet are told in words.
    private static let mostUnlikely = 5

    private static func told(_ unlikely: [CheckReport.Overlap]) -> [String] {
        let more = unlikely.count - mostUnlikely
        return unlikely.prefix(mostUnlikely).map { pair in
            "\(pair.jobs[0]) and \(pair.jobs[1]) would meet at \(pair.path) (claims \(pair.claims.joined(separator: " and "))) if a file's name became a folder: no overlap, unless one of them makes it so"
        } + (more > 0 ? ["and \(more) more pairs would meet only so: --json lists all"] : [])
    }

    private func noOverlaps(_ overlaps: [CheckReport.Overlap]) -> CheckReport.Item {
        var problems = overlaps.prefix(Self.mostTold).map { overlap in
            let claims =
                overlap.claims[0] == overlap.claims[1]
                ? "" : " (claims \(overlap.claims.joined(separator: " and ")))"
            let more =
                overlap.more == 0
                ? "" : "; \(overlap.more < 100 ? "" : "at least ")\(overlap.more) more of their claims meet"
            let why = overlap.reason.map { "; \($0)" } ?? ""
            return
                "\(overlap.jobs[0]) and \(overlap.jobs[1]) both claim \(overlap.path)\(claims), kind \(overlap.kind)\(why)\(more)"
        }
        if overlaps.count > Self.mostTold {
            problems.append("and \(overlaps.count - Self.mostTold) more pairs: --json lists all")
        }
        let count = search.claims.all.count { !$0.isAlias }
        return CheckReport.Item(
            id: .noFileOverlaps, text: "No file overlaps",
            evidence: ["\(count) claims of \(plan.jobs.count) jobs and the orchestrator compared"],
            problems: problems, gaps: [])
    }

    private func repairs(_ proposals: [CheckReport.Proposal], _ overlaps: [CheckReport.Overlap]) -> [String] {
        var out: [String] = []
        if overlaps.count > 1, overlaps.allSatisfy({ $0.indices.count == 2 }) {
            out.append(
                "put all of them into waves: --waves, or write that into the plan: hybrid check --fix waves")
        }
        if let first = overlaps.first, proposals.isEmpty {
            out.append("take \(first.path) out of the claims of \(first.jobs[0]) or \(first.jobs[1])")
        }
        return unique(out + proposals.map(\.text))
    }

    // MARK: Dependencies and integration

    private func documented(_ circle: String?) -> CheckReport.Item {
        var evidence: [String] = []
        for (index, job) in plan.jobs.enumerated() {
            let needs = graph.needs(of: index).sorted().map { plan.jobs[$0].name }
            if !needs.isEmpty { evidence.append("\(job.name) waits for \(needs.joined(separator: ", "))") }
        }
        if evidence.isEmpty { evidence.append("no job waits for another") }
        return CheckReport.Item(
            id: .dependenciesDocumented, text: "Dependencies documented", evidence: evidence,
            problems: circle.map { ["jobs wait for each other in a circle: \($0)"] } ?? [], gaps: [])
    }

    private func integrationPath(targetExists: Bool) throws -> CheckReport.Item {
        var evidence: [String] = []
        var problems: [String] = []
        if targetExists {
            evidence.append("the target branch is there")
        } else {
            problems.append("the target branch is not there")
        }
        let verify = plan.verify.count
        let own = plan.jobs.filter { !$0.verify.isEmpty }.count
        if verify > 0 {
            evidence.append("\(verify) verify command\(verify == 1 ? "" : "s") for the merged tree")
        }
        if own > 0 { evidence.append("\(own) jobs are verified alone") }
        if !plan.orchestrator.files.isEmpty {
            evidence.append(
                "the orchestrator owns \(plan.orchestrator.files.map(\.path).joined(separator: ", "))")
        }
        for list in plan.exports { evidence.append("\(list.file) is written by rule") }
        let gaps = verify + own == 0 ? ["no verify command: a run would end unverified"] : []
        return CheckReport.Item(
            id: .integrationPathClear, text: "Integration path clear", evidence: evidence,
            problems: problems,
            gaps: gaps)
    }

    private func warnings() -> [String] {
        plan.hot.compactMap(\.brokenByUnion) + broadClaims()
    }

    private func broadClaims() -> [String] {
        search.claims.all.compactMap { owned in
            guard let job = owned.job, owned.pattern.tokens.first == .rest || owned.claim.path == "*" else {
                return nil
            }
            return "job \(plan.jobs[job].name) claims \(owned.claim.path), which is nearly everything"
        }
    }

    func name(_ job: Int?) -> String { search.name(job) }

    func unique(_ list: [String]) -> [String] {
        var seen: Set<RepoPath> = []
        return list.filter { seen.insert(RepoPath($0)).inserted }
    }
}
