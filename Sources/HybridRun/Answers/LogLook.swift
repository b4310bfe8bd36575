internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What a command of a run said: a worker's, one that made its worktree ready, or one of the run's own.
package struct LogLook: RunPart {
    let context: RunContext

    package init(_ context: RunContext) { self.context = context }

    /// A log, and what it is of.
    package struct Log {
        /// Where it lies.
        package var path: String
        /// What said it, in words.
        package var words: String
    }

    /// The newest log of a job, by id or name, or of `prepare`, `integrate` and `verify`.
    ///
    /// With `setUp`, and where a job's command never ran, the log of what made its worktree ready. Throws where there is
    /// none.
    package func newest(_ id: String?, of name: String, setUp: Bool) throws -> Log {
        let run = try runs.run(id)
        let worker = try runs.workers(of: run).first { $0.job.text == name || $0.name == name }
        let own: [String: RunStep] = ["prepare": .orchestrator, "integrate": .integrate, "verify": .verify]
        guard let step = worker.map({ RunStep.job($0.job) }) ?? own[name] else {
            throw HybridError(
                .noSuchJob, name, "run \(run.id) has no such job", next: "hybrid status \(run.id)")
        }
        let readied: RunPlace? =
            switch name {
            case _ where worker != nil: worker.map { .job($0.job) }
            case "prepare": .orchestrator
            default: nil
            }
        let places = [setUp ? nil : step, readied.map(RunStep.setUp)].compactMap(\.self)
        for place in places {
            let folder = paths.attempts(run.names, place)
            guard let number = Files.names(in: folder).compactMap({ Int($0) }).max() else { continue }
            let what =
                if case .setUp = place { "the set-up of \(neutralise(name))" } else { neutralise(name) }
            return Log(path: "\(folder)/\(number)/log", words: "\(what), attempt \(number)")
        }
        throw HybridError(
            .noSuchName, "the log of \(neutralise(name))", "nothing of it has run yet",
            next: "hybrid status \(run.id)")
    }
}
