internal import HybridGit
internal import HybridMerging
internal import HybridSystem

/// Whether what each job needs is there or made, and whether what it claims can be done at the base.
extension Checker {
    /// Entries of folders that are looked at in all to count what globs match.
    private static let mostCounted = 200_000
    /// Lines of evidence of one kind that are told.
    private static let mostTold = 20

    func interfaces(_ waves: [[Int]]) throws -> CheckReport.Item {
        var evidence: [String] = []
        var problems: [String] = []
        try dependencies(waves, &evidence, &problems)
        var counts: [String] = []
        try places(&counts, &problems)
        missingSections(&problems)
        if counts.count > Self.mostTold {
            let more = counts.count - Self.mostTold
            counts = counts.prefix(Self.mostTold) + ["and \(more) more globs"]
        }
        if evidence.isEmpty, problems.isEmpty { evidence.append("no job depends on a file") }
        return CheckReport.Item(
            id: .clearInterfaces, text: "Clear interfaces defined", evidence: unique(evidence + counts),
            problems: unique(problems), gaps: [])
    }

    private func missingSections(_ problems: inout [String]) {
        for job in plan.jobs {
            for claim in job.files + job.dependencies {
                guard let section = claim.section, let why = sections?.problem(section, in: claim.path) else {
                    continue
                }
                problems.append("\(job.name) claims \(claim.text), but \(why)")
            }
        }
    }

    private func dependencies(_ waves: [[Int]], _ evidence: inout [String], _ problems: inout [String]) throws
    {
        var wave: [Int: Int] = [:]
        for (number, jobs) in waves.enumerated() { for job in jobs { wave[job] = number } }
        // Many jobs depend on the same files.
        var makers: [RepoPath: [OwnedClaim]] = [:]
        for (index, job) in plan.jobs.enumerated() {
            for (order, dependency) in job.dependencies.enumerated() where !dependency.isExcluded {
                let (pattern, entry) = try PlannedClaims.read(dependency.path, base)
                let without = try job.dependencies[order...].filter(\.isExcluded)
                    .map { try PlannedClaims.read($0.path, base).0 }
                let all: [OwnedClaim]
                if without.isEmpty, let known = makers[RepoPath(dependency.path)] {
                    all = known
                } else {
                    all = search.meeting(pattern, except: without)
                    if without.isEmpty { makers[RepoPath(dependency.path)] = all }
                }
                let writers = all.filter { $0.job != index }
                for writer in writers {
                    if let other = writer.job, !graph.needs(of: index).contains(other),
                        wave[other] == wave[index]
                    {
                        problems.append(
                            "\(job.name) depends on \(dependency.path), which \(name(other)) may change at the same time"
                        )
                    }
                }
                if try exists(pattern, entry) {
                    evidence.append("\(dependency.path) is there at the base")
                } else if let maker = writers.first {
                    evidence.append("\(dependency.path) is made by \(name(maker.job))")
                } else {
                    problems.append(
                        "\(job.name) depends on \(dependency.path), which is not at the base and nobody makes"
                    )
                }
            }
        }
    }

    private func exists(_ pattern: PathPattern, _ entry: BaseEntry?) throws -> Bool {
        if !pattern.isGlob { return entry != nil }
        // A glob over what may come needs no file yet; the folder it begins in is asked.
        let folder = pattern.fixedFolder
        return try folder.isEmpty || base.entry(folder) != nil
    }

    /// What each claim finds at its place.
    private func places(_ counts: inout [String], _ problems: inout [String]) throws {
        var budget = Self.mostCounted
        for owned in search.claims.all where !owned.isAlias {
            guard let index = owned.job else { continue }
            let (job, claim) = (plan.jobs[index].name, owned.claim)
            // A folder that is left out hides what a glob says of it.
            if owned.pattern.isGlob, claim.kind != .delete, !owned.pattern.fixedFolder.isEmpty,
                try base.entry(owned.pattern.fixedFolder) == nil,
                let rule = try rules.rule(hidingFolder: owned.pattern.fixedFolder)
            {
                problems.append(
                    "\(job) claims \(claim.path), which is ignored by \(rule.shown), so it would never be committed"
                )
            }
            if owned.pattern.isGlob {
                let (number, isWhole) = try GlobPart.count(owned.pattern, in: base, budget: &budget)
                if isWhole, number > 0 {
                    counts.append("\(claim.path) matches \(number) file\(number == 1 ? "" : "s") at the base")
                }
                if isWhole, number == 0, claim.kind == .edit || claim.kind == .delete, !isMade(owned) {
                    problems.append(
                        "\(job) is to \(claim.kind.rawValue) \(claim.path), which matches nothing at the base"
                    )
                }
            } else if owned.entry != nil {
                if claim.kind == .create {
                    problems.append("\(job) is to create \(claim.path), which is there already")
                }
            } else {
                if claim.kind == .edit || claim.kind == .delete, !isMade(owned) {
                    problems.append("\(job) is to \(claim.kind.rawValue) \(claim.path), which is not there")
                }
                if let rule = try rules.rule(hiding: claim.path) {
                    problems.append(
                        "\(job) claims \(claim.path), which is ignored by \(rule.shown), so it would never be committed"
                    )
                }
            }
            if let above = try blocked(owned) {
                problems.append("\(job) claims \(claim.path), which lies behind \(above)")
            }
        }
        for (job, claim, reason) in search.claims.astray {
            problems.append("\(name(job)) claims \(claim.path), which \(reason)")
        }
    }

    /// Whether somebody else claims to make what a claim is about.
    private func isMade(_ owned: OwnedClaim) -> Bool {
        search.meeting(owned.pattern).contains { $0.job != owned.job }
    }

    /// A symbolic link or submodule on the way to a path: work there would land elsewhere.
    private func blocked(_ owned: OwnedClaim) throws -> String? {
        // What stands there as a file or folder has only folders above it.
        // A submodule itself is claimed like a file: the commit that it is at.
        if owned.entry == .file || owned.entry == .directory || owned.entry == .submodule { return nil }
        let fixed = owned.pattern.fixedFolder
        guard let above = try facts.obstacle(above: owned.pattern.isGlob ? fixed + "/x" : fixed) else {
            return nil
        }
        switch above.entry {
        case .symlink: return "the symbolic link \(above.path)"
        case .submodule: return "the submodule \(above.path)"
        case .file, .directory: return nil
        }
    }
}
