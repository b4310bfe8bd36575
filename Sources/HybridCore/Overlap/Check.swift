/// Works out a ``CheckReport``.
struct Checker {
    let plan: Plan
    let base: any BaseTree
    private let graph: JobGraph
    private let claims: [OwnedClaim]
    /// The claims by what of their path holds no wildcard, folded.
    private var index = PathIndex()

    /// A writable claim and who holds it; nil for the orchestrator.
    private struct OwnedClaim {
        var job: Int?
        var claim: Claim
        var pattern: PathPattern
    }

    init(plan: Plan, base: any BaseTree) throws {
        self.plan = plan
        self.base = base
        graph = JobGraph(plan)
        var claims: [OwnedClaim] = []
        for (index, job) in plan.jobs.enumerated() {
            for claim in job.files {
                claims.append(
                    OwnedClaim(job: index, claim: claim, pattern: try Self.pattern(claim.path, base)))
            }
        }
        for claim in plan.orchestrator.files {
            claims.append(OwnedClaim(job: nil, claim: claim, pattern: try Self.pattern(claim.path, base)))
        }
        for path in Set(plan.exports.map(\.file) + [plan.buildState].compactMap { $0 }).sorted() {
            claims.append(
                OwnedClaim(job: nil, claim: Claim(path: path), pattern: PathPattern(path, isLiteral: true)))
        }
        self.claims = claims
        for (number, owned) in claims.enumerated() { index.add(number, at: Self.fixed(owned.pattern)) }
    }

    /// The components in front of the first wildcard, folded: two patterns meet only where one's stands at, above or
    /// below the other's.
    private static func fixed(_ pattern: PathPattern) -> String {
        let parts = pattern.text.split(separator: "/")
        let plain = pattern.isGlob ? parts.prefix { !PathPattern.hasWildcard(String($0)) } : parts[...]
        return PathFolding.folded(plain.joined(separator: "/"))
    }

    private static func pattern(_ path: String, _ base: any BaseTree) throws -> PathPattern {
        PathPattern(path, isLiteral: try PathPattern.hasWildcard(path) && base.entry(path) != nil)
    }

    func report(targetExists: Bool) throws -> CheckReport {
        let circle = graph.cycleText()
        let waves = circle == nil ? try graph.waves() : []
        let overlaps = overlaps(waves)
        let items = [
            noOverlaps(overlaps), try clearInterfaces(waves), documented(circle),
            try integrationPath(targetExists: targetExists),
        ]
        return CheckReport(
            overlaps: overlaps, checklist: items, waves: waves, warnings: try warnings(),
            repairs: repairs(overlaps))
    }

    // MARK: Overlaps

    private func overlaps(_ waves: [[Int]]) -> [CheckReport.Overlap] {
        var wave: [Int: Int] = [:]
        for (number, jobs) in waves.enumerated() { for job in jobs { wave[job] = number } }
        var found: [CheckReport.Overlap] = []
        var told: Set<[Int]> = []
        for (a, b) in candidates() {
            let (one, two) = (claims[a], claims[b])
            // Claims of one job may overlap, and a later wave starts from what the earlier one made.
            if one.job == two.job { continue }
            if let x = one.job, let y = two.job, !waves.isEmpty, wave[x] != wave[y] { continue }
            guard !told.contains([one.job ?? -1, two.job ?? -1]), let overlap = overlap(one, two) else {
                continue
            }
            told.insert([one.job ?? -1, two.job ?? -1])
            found.append(overlap)
        }
        return found.sorted { ($0.path, $0.jobs.joined()) < ($1.path, $1.jobs.joined()) }
    }

    /// Pairs that could meet, in order.
    private func candidates() -> [(Int, Int)] {
        claims.indices.flatMap { a in
            index.meeting(Self.fixed(claims[a].pattern)).filter { $0 > a }.sorted().map { (a, $0) }
        }
    }

    private func overlap(_ one: OwnedClaim, _ two: OwnedClaim) -> CheckReport.Overlap? {
        func made(_ path: String, _ kind: String) -> CheckReport.Overlap {
            CheckReport.Overlap(
                jobs: [name(one.job), name(two.job)], path: path, kind: kind,
                claims: [one.claim.path, two.claim.path], indices: [one.job, two.job].compactMap { $0 })
        }
        if let path = PatternIntersection.witness(one.pattern, two.pattern) {
            if one.pattern.isGlob || two.pattern.isGlob { return made(path, "glob") }
            return made(path, one.claim.path == two.claim.path ? "path" : "directory")
        }
        guard let path = PatternIntersection.witness(one.pattern, two.pattern, folding: true) else {
            return nil
        }
        let sameLetters = PathFolding.decomposed(one.claim.path) == PathFolding.decomposed(two.claim.path)
        _ = path
        return made(one.claim.path, sameLetters ? "unicode" : "case")
    }

    private func name(_ job: Int?) -> String { job.map { plan.jobs[$0].name } ?? "orchestrator" }

    private func noOverlaps(_ overlaps: [CheckReport.Overlap]) -> CheckReport.Item {
        CheckReport.Item(
            id: "no_file_overlaps", text: "No file overlaps",
            evidence: ["\(claims.count) claims of \(plan.jobs.count) jobs and the orchestrator compared"],
            problems: overlaps.map { overlap in
                let claims =
                    overlap.claims[0] == overlap.claims[1]
                    ? "" : " (claims \(overlap.claims.joined(separator: " and ")))"
                return
                    "\(overlap.jobs[0]) and \(overlap.jobs[1]) both claim \(overlap.path)\(claims), kind \(overlap.kind)"
            }, gaps: [])
    }

    private func repairs(_ overlaps: [CheckReport.Overlap]) -> [String] {
        guard let first = overlaps.first else { return [] }
        var out = ["hand \(first.path) to the orchestrator: take it out of the jobs' claims"]
        if overlaps.allSatisfy({ $0.indices.count == 2 }) {
            out.insert("put \(first.jobs.joined(separator: " and ")) into different waves: --waves", at: 0)
        }
        return out
    }

    // MARK: Interfaces

    private func clearInterfaces(_ waves: [[Int]]) throws -> CheckReport.Item {
        var evidence: [String] = []
        var problems: [String] = []
        var wave: [Int: Int] = [:]
        for (number, jobs) in waves.enumerated() { for job in jobs { wave[job] = number } }
        for (index, job) in plan.jobs.enumerated() {
            for dependency in job.dependencies {
                let pattern = try Self.pattern(dependency.path, base)
                let writers = near(pattern).filter { owned in
                    owned.job != index && PatternIntersection.witness(pattern, owned.pattern) != nil
                }
                for writer in writers {
                    if let other = writer.job, !graph.needs(of: index).contains(other),
                        wave[other] == wave[index]
                    {
                        problems.append(
                            "\(job.name) depends on \(dependency.path), which \(name(other)) may change at the same time"
                        )
                    }
                }
                if try exists(pattern) {
                    evidence.append("\(dependency.path) is there at the base")
                } else if let maker = writers.first {
                    evidence.append("\(dependency.path) is made by \(name(maker.job))")
                } else {
                    problems.append(
                        "\(job.name) depends on \(dependency.path), which is not at the base and nobody makes"
                    )
                }
            }
            for claim in job.files {
                let pattern = try Self.pattern(claim.path, base)
                let there = try exists(pattern)
                if claim.kind == .create, there, !pattern.isGlob {
                    problems.append("\(job.name) is to create \(claim.path), which is there already")
                } else if claim.kind == .edit || claim.kind == .delete, !there {
                    let made = near(pattern).contains {
                        $0.job != index && PatternIntersection.witness(pattern, $0.pattern) != nil
                    }
                    if !made {
                        problems.append(
                            "\(job.name) is to \(claim.kind.rawValue) \(claim.path), which is not there")
                    }
                }
                if let above = try blocked(claim.path) {
                    problems.append("\(job.name) claims \(claim.path), which lies behind \(above)")
                }
            }
        }
        if evidence.isEmpty, problems.isEmpty { evidence.append("no job depends on a file") }
        return CheckReport.Item(
            id: "clear_interfaces", text: "Clear interfaces defined", evidence: unique(evidence),
            problems: unique(problems), gaps: [])
    }

    /// The claims that could meet a pattern, in plan order.
    private func near(_ pattern: PathPattern) -> [OwnedClaim] {
        index.meeting(Self.fixed(pattern)).sorted().map { claims[$0] }
    }

    /// A symbolic link or submodule on the way to a path: work there would land elsewhere.
    private func blocked(_ path: String) throws -> String? {
        var above = ""
        for part in path.split(separator: "/").dropLast() {
            above += (above.isEmpty ? "" : "/") + part
            switch try base.entry(above) {
            case .symlink?: return "the symbolic link \(above)"
            case .submodule?: return "the submodule \(above)"
            case .file?, .directory?, nil: continue
            }
        }
        return try base.entry(path) == .submodule ? "the submodule \(path)" : nil
    }

    private func exists(_ pattern: PathPattern) throws -> Bool {
        if !pattern.isGlob { return try base.entry(pattern.text) != nil }
        // A glob over what may come needs no file yet; the folder it begins in is asked.
        let fixed = pattern.text.split(separator: "/").prefix { !PathPattern.hasWildcard(String($0)) }
        return try fixed.isEmpty || base.entry(fixed.joined(separator: "/")) != nil
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
            id: "dependencies_documented", text: "Dependencies documented", evidence: evidence,
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
            id: "integration_path_clear", text: "Integration path clear", evidence: evidence,
            problems: problems,
            gaps: gaps)
    }

    private func warnings() throws -> [String] {
        claims.compactMap { owned in
            guard let job = owned.job, owned.pattern.parts.first == .any || owned.claim.path == "*" else {
                return nil
            }
            return "job \(plan.jobs[job].name) claims \(owned.claim.path), which is nearly everything"
        }
    }

    private func unique(_ list: [String]) -> [String] {
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }
}
