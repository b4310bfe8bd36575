internal import HybridBase
package import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What a command of a run said: a worker's, one that made a worktree ready, or one of the run's own.
package struct LogLook: RunPart {
    let context: RunContext

    package init(_ context: RunContext) { self.context = context }

    /// Whose logs are asked for.
    package struct Source {
        /// The run.
        package var run: RunID
        /// Who said it, in words.
        package var words: String
        /// Where attempts may be, the place that counts first.
        fileprivate var steps: [RunStep]
        fileprivate var names: RunNames
        /// The job; nil for the run's own commands.
        fileprivate var job: JobID?
    }

    /// Who is asked for: a job, by id or name, or `prepare`, `integrate` and `verify`.
    ///
    /// With `setUp` what made their worktrees ready. Throws where the run has no such job.
    package func source(_ id: String?, of name: String, setUp: Bool) throws -> Source {
        let run = try runs.run(id)
        let worker = try runs.workers(of: run).first { $0.job.text == name || $0.name == name }
        let own: [String: RunStep] = ["prepare": .orchestrator, "integrate": .integrate, "verify": .verify]
        guard let step = worker.map({ RunStep.job($0.job) }) ?? own[name] else {
            throw HybridError(
                .noSuchJob, name, "run \(run.id) has no such job", next: "hybrid status \(run.id)")
        }
        let readied: [RunStep] =
            switch name {
            case _ where worker != nil: worker.map { [.setUp(.job($0.job))] } ?? []
            case "prepare": [.setUp(.orchestrator)]
            case "verify" where setUp: checks(run).map { .setUp($0) }
            default: []
            }
        return Source(
            run: run.id, words: neutralise(name), steps: (setUp ? [] : [step]) + readied, names: run.names,
            job: worker?.job)
    }

    /// The places of checks in which something was made ready.
    private func checks(_ run: RunRecord) -> [RunPlace] {
        Files.names(in: paths.file(run.id, .setUps)).compactMap { run.names.place($0) }.filter {
            if case .check = $0 { true } else { false }
        }
    }

    // MARK: Attempts

    /// The attempts of the first place that has any, the oldest first.
    ///
    /// Where each check had a worktree of its own, all are counted through by when they began.
    package func attempts(of source: Source) -> [LogAttempt] {
        let folders = source.steps.map { (step: $0, path: paths.attempts(source.names, $0)) }
        let found = folders.map { place in
            Files.names(in: place.path).compactMap { Int($0) }.sorted().map {
                (step: place.step, path: "\(place.path)/\($0)", number: $0)
            }
        }
        guard let first = found.first(where: { !$0.isEmpty }) else { return [] }
        guard case .setUp(.check) = first[0].step else {
            return first.map { attempt($0.path, $0.step, $0.number, source) }
        }
        let all = found.joined().sorted {
            (Files.changed($0.path + "/spec.json") ?? 0) < (Files.changed($1.path + "/spec.json") ?? 0)
        }
        return all.enumerated().map { attempt($1.path, $1.step, $0 + 1, source) }
    }

    private func attempt(_ folder: String, _ step: RunStep, _ number: Int, _ source: Source) -> LogAttempt {
        let files = AttemptFiles(host.sealer)
        // Only shown: what cannot be believed is not known.
        let spec = (try? files.spec(folder + "/spec.json").read(SupervisedSpec.self))?.value
        let status = (try? files.status(folder + "/status.json").read(SupervisedStatus.self))?.value
        let what = if case .setUp = step { "the set-up of \(source.words)" } else { source.words }
        return LogAttempt(
            number: number, folder: folder, words: "\(what), attempt \(number)",
            command: spec.map { Command.shown($0.arguments) },
            outcome: status.map { Attempts(context).words($0.outcome) }, seconds: status?.seconds,
            isRunning: status == nil && supervisor(folder).map(ProcessTree.isAlive) == true)
    }

    private func supervisor(_ folder: String) -> ProcessIdentity? {
        let file = AttemptFiles(host.sealer).processes(folder + "/pid.json")
        return (try? file.read(ProcessRecord.self))?.value.supervisor
    }

    /// The attempt with a number, the newest where none is named; throws where there is none.
    package func attempt(_ number: Int?, of source: Source) throws -> LogAttempt {
        let all = attempts(of: source)
        if let found = number.map({ wanted in all.first { $0.number == wanted } }) ?? all.last {
            return found
        }
        guard let number, let last = all.last else {
            throw HybridError(
                .noSuchName, "the log of \(source.words)", "nothing of it has run yet",
                next: "hybrid status \(source.run)")
        }
        throw HybridError(
            .noSuchName, "attempt \(number) of \(source.words)",
            "there \(all.count == 1 ? "is 1" : "are \(all.count)"), the newest is \(last.number)",
            next: "leave out --attempt, or list them with --list")
    }

    /// Whether another attempt may come of it: its run is driven on, and it has not ended there.
    package func isAlive(_ source: Source) throws -> Bool {
        let run = try runs.run(source.run)
        guard paths.isDriven(run.id) else { return false }
        guard let job = source.job else { return true }
        let worker = try runs.workers(of: run).first { $0.job == job }
        return worker?.state == .waiting || worker?.state == .running
    }
}

/// One attempt of a command.
package struct LogAttempt: Sendable {
    /// Its number, from 1.
    package var number: Int
    /// Where its files lie.
    package var folder: String
    /// Whose it is, in words.
    package var words: String
    /// The command line; nil where that is not known.
    package var command: String?
    /// How it ended, in words; nil while it runs, or where nobody saw it end.
    package var outcome: String?
    /// How long it ran; nil while it runs.
    package var seconds: Double?

    /// Whether it runs now.
    package var isRunning: Bool

    /// Where what it said lies.
    package var path: String { folder + "/log" }
    /// Whether it has ended, as far as is known.
    package var hasEnded: Bool { outcome != nil }
}
