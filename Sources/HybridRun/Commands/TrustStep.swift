internal import HybridBase
internal import HybridGit
public import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// What is kept of a run, and whether it is what hybrid wrote there.
public struct TrustReport: Hashable, Sendable {
    /// The run's id.
    public var run: RunID
    /// What is not sealed, or whose seal does not hold, a line each.
    public var problems: [String]
    /// How the plan differs from the one that is sealed elsewhere: lines that are gone (`-`) and new (`+`).
    public var difference: [String]
    /// The whole plan as it is now, where no sealed one is there to hold it against.
    public var plan: [String] = []
    /// The commands that the plan would run from here on, as it is now.
    public var commands: [String]
    /// The branch that it would land on.
    public var target: String
    /// Names all that is kept as it is now.
    public var digest: String
    /// Whether it was sealed as it is.
    public var accepted = false

    /// What to type next; nil where nothing is left to do.
    public var next: String? {
        problems.isEmpty || accepted ? nil : "hybrid trust \(run) --accept \(digest)"
    }

    /// For a person.
    public func text() -> String {
        if accepted { return "What is kept of run \(run) is sealed as it is; go on: hybrid resume \(run)" }
        if problems.isEmpty { return "Run \(run): what is kept of it is what hybrid wrote." }
        var out = ["Run \(run): nobody knows whether this is what hybrid wrote:"]
        out += problems.map { "  \($0)" }
        if !difference.isEmpty {
            out += ["", "Its plan is not the one that was sealed:"] + difference.map { "  \($0)" }
        }
        if !plan.isEmpty {
            out +=
                ["", "No sealed plan is there to hold it against; all that it says:"] + plan.map { "  \($0)" }
        }
        out += ["", "From here on it would run, and land on \(target):"]
        out += commands.isEmpty ? ["  no command"] : commands.map { "  \($0)" }
        out += ["", "If all of that is as you want it: \(next ?? "")"]
        return out.joined(separator: "\n")
    }
}

/// Shows what is kept of a run whose seals are missing or do not hold, and seals it as it is where a person says so.
package struct TrustStep: RunPart {
    let context: RunContext

    package init(_ context: RunContext) { self.context = context }

    /// The run named; else the newest whose seals do not hold, or the newest.
    private func record(_ id: String?, in ledger: Ledger) throws -> RunRecord {
        if let id {
            if let known = RunID(id), let run = try ledger.run(known) { return run }
            throw HybridError(
                .noSuchRun, "run \(id)", "the ledger does not know it", next: "look with: hybrid doctor")
        }
        let runs = try ledger.runs()
        let bad = try runs.first { try !problems($0).isEmpty }
        guard let run = bad ?? runs.first else { throw RunStore.noRun }
        return run
    }

    /// Looks at what is kept of a run.
    package func look(_ id: String?) throws -> TrustReport {
        // What does not hold is to be shown: nothing is believed here.
        let unsealed = try Ledger(path: paths.ledger)
        return try report(record(id, in: unsealed), unsealed)
    }

    /// Seals what is kept of a run as it is now, if it still is what `digest` names.
    package func accept(_ id: String?, digest: String) throws -> TrustReport {
        guard host.environment["HYBRID_JOB"].map(\.isEmpty) ?? true else {
            throw HybridError(
                .wrongState, "hybrid trust", "a worker cannot say that a run's state is well",
                next: "type it outside of the run, where nobody set HYBRID_JOB")
        }
        let unsealed = try Ledger(path: paths.ledger)
        let run = try record(id, in: unsealed)
        let lock = try RunLock(paths.file(run.id, .lock), what: "run \(run.id)", patience: 0.2)
        defer { withExtendedLifetime(lock) {} }
        var report = try report(run, unsealed)
        guard report.digest == digest else {
            throw HybridError(
                .changed, "run \(run.id)", "what is kept of it is not what \(neutralise(digest)) names",
                next: "look again: hybrid trust \(run.id)")
        }
        if report.problems.isEmpty { return report }
        try unsealed.close()
        try seal(run)
        report.accepted = true
        return report
    }

    private func report(_ run: RunRecord, _ ledger: Ledger) throws -> TrustReport {
        let plan = try runs.checkedPlan(of: run)
        let sealed = try? RunRecordRef.read(run.id, in: repository, runs.sealer)
        var report = TrustReport(
            run: run.id, problems: try problems(run), difference: [],
            commands: Self.commands(plan), target: run.target.text, digest: try digest(run, ledger))
        if let sealed, sealed.isSealed {
            if sealed.recorded.run.plan != run.plan {
                report.difference = try Self.difference(runs.checkedPlan(of: sealed.recorded.run), plan)
            }
        } else if !report.problems.isEmpty {
            report.plan = try plan.yaml().split(separator: "\n").map { spelledOut(String($0)) }
        }
        return report
    }

    // MARK: What does not hold

    private func problems(_ run: RunRecord) throws -> [String] {
        var found: [String] = []
        if let reason = try runs.book.brokenSeal(run.id) {
            found.append("\(paths.ledger): \(reason)")
        } else if try !runs.book.isSealed(run.id) {
            found.append("\(paths.ledger): what it says of the run carries no seal: an older hybrid began it")
        }
        do {
            let known = try runs.book.seals?.revision(of: run.id) ?? 0
            let kept = try RunRecordRef.read(run.id, in: repository, runs.sealer)
            if let kept, !kept.isSealed { found.append("\(RunRecordRef.name(run.id)): it carries no seal") }
            if let kept, kept.recorded.run.revision ?? 0 < known {
                found.append("\(RunRecordRef.name(run.id)): it is older than what hybrid wrote there last")
            }
        } catch let error as HybridError {
            found.append("\(error.thing): \(error.reason)")
        }
        for (path, text) in files(run) {
            do {
                if let bytes = try DurableFile.read(path) { _ = try text.opened(bytes) }
            } catch {
                found.append("\(error.thing): \(error.reason)")
            }
        }
        found += try baselineProblems(run)
        return found.map { neutralise($0, limit: 2000) }
    }

    /// Baselines that the ledger knows and that are gone, or older than it says.
    private func baselineProblems(_ run: RunRecord) throws -> [String] {
        let files = BaselineFiles(paths, runs.sealer)
        let (there, sealed) = (Set(files.names(run.id)), files.sealed(run.id))
        let expected = try Ledger(path: paths.ledger).baselines(of: run.id)
        return expected.sorted { $0.key < $1.key }.compactMap { name, turn in
            let path = "\(paths.run(run.id))/\(name)"
            if !there.contains(name) { return "\(path): it is gone, so nobody knows what was changed since" }
            guard let its = sealed[name], its < turn else { return nil }
            return "\(path): it is older than what hybrid wrote there last"
        }
    }

    /// The files in a run's folder that are believed, each as it is sealed.
    private func files(_ run: RunRecord) -> [(path: String, text: SealedText)] {
        let baselines = BaselineFiles(paths, runs.sealer)
        let attempts = AttemptFiles(runs.sealer)
        let folder = paths.run(run.id)
        let kept = baselines.names(run.id).map { name in
            (folder + "/" + name, baselines.text(folder + "/" + name, of: run.id))
        }
        return kept
            + Files.namesBelow(folder).sorted().compactMap { name in
                let path = folder + "/" + name
                return attempts.file(path).map { (path, $0) }
            }
    }

    // MARK: What it says

    private static func commands(_ plan: Plan) -> [String] {
        func lines(_ who: String, _ commands: [Command]) -> [String] {
            // All of it: what is not seen is agreed to as well.
            commands.map { "\(who): \(spelledOut($0.display))" }
        }
        return lines("setup", plan.setup) + lines("prepare", [plan.orchestrator.prepare].compactMap { $0 })
            + plan.jobs.flatMap { job in
                lines("setup of \(neutralise(job.name))", job.setup)
                    + lines("job \(neutralise(job.name))", [job.command].compactMap { $0 })
                    + lines(
                        "job \(neutralise(job.name)), \(plan.agent(of: job)?.text ?? "by hand")",
                        [job.task.map { .shell($0) }].compactMap { $0 })
                    + lines("verify of \(neutralise(job.name))", job.verify)
            } + plan.integrateCommands.flatMap { lines("integrate", [$0.command]) }
            + lines("verify", plan.verify)
    }

    private static func difference(_ old: Plan, _ new: Plan) throws -> [String] {
        let (before, after) = (
            try old.yaml().split(separator: "\n"), try new.yaml().split(separator: "\n")
        )
        return after.difference(from: before).map { change in
            switch change {
            case .remove(_, let line, _): "- \(spelledOut(String(line)))"
            case .insert(_, let line, _): "+ \(spelledOut(String(line)))"
            }
        }
    }

    private func digest(_ run: RunRecord, _ ledger: Ledger) throws -> String {
        var hash = SHA256()
        for row in try ledger.allRows(of: run.id) { hash.add(framed: row) }
        for (path, _) in files(run) {
            hash.add(framed: path)
            hash.add(framed: SHA256.hash(Files.read(path) ?? []).hexText)
        }
        return String(hash.finished().hexText.prefix(16))
    }

    // MARK: Sealing

    private func seal(_ run: RunRecord) throws {
        var baselines: [String: Int] = [:]
        let kept = BaselineFiles(paths, runs.sealer)
        for (path, text) in files(run) {
            guard let bytes = try DurableFile.read(path) else { continue }
            let name = String(path.pathName)
            let isBaseline = kept.names(run.id).contains(name) && path == paths.run(run.id) + "/" + name
            try DurableFile.write(text.bytes(sealing: bytes, turn: isBaseline ? 1 : 0), to: path)
            if isBaseline { baselines[name] = 1 }
        }
        let ledger = try paths.openLedger(runs.sealer)
        try ledger.seal(run.id, baselines: baselines)
        try ledger.apply(
            .found(
                FindingRecord(
                    run: run.id, kind: .warning, jobs: [],
                    message:
                        "what is kept of this run was not as hybrid sealed it, or not sealed; somebody said at "
                        + "\(moment(WallClock.now())) that it is well as it is")))
        try runs.writeRecord(run.id)
    }
}
