internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Makes fresh worktrees ready to work: what the plan and the user's settings say, once in each.
///
/// It runs as the user would run it there, without hybrid's hooks, and never in a tree that no audit saw.
struct ReadyStep: RunPart {
    let context: RunContext
    private var bringStep: BringStep { BringStep(context) }
    private var attempts: Attempts { Attempts(context) }
    private var rulesLook: RulesLook { RulesLook(context) }
    private var filterLook: FilterLook { FilterLook(context) }
    private var submoduleStep: SubmoduleStep { SubmoduleStep(context) }
    private var setUpInputs: SetUpInputs { SetUpInputs(context) }

    init(_ context: RunContext) { self.context = context }

    // MARK: One worktree

    /// Begins to make a worktree ready; nil where nothing runs for it, or it is ready already.
    func begin(_ run: RunRecord, _ plan: Plan, _ at: ReadyPlace) throws -> ReadyWork? {
        let before = try note(at)
        world.slots.take(
            at.path, ports: plan.ports, wanted: before?.slot, environment: host.environment
        ) { host.narrate(.note("warning: \($0)")) }
        try submoduleStep.fill(run, plan, FreshPlace(name: at.name, path: at.path, commit: at.commit))
        if before?.state == .done { return nil }
        let changed = try setUpInputs.changed(run, plan, at)
        let commands = try commands(run, plan, at, runsHooks: changed == nil)
        guard !commands.isEmpty || !plan.copy.isEmpty else { return nil }
        try put(.begun, at)
        try runs.step(.bring, run, run.names.folder(at.place)) { try bringStep.bring(run, plan, at) }
        if commands.isEmpty {
            try put(.done, at)
            return nil
        }
        var environment = try attempts.environment(run, plan, job: at.job, base: at.commit, in: at.path)
        if let path = changed {
            // What a worker wrote decides what runs here: nothing of it runs as a hook.
            WorkerEnvironment.append("core.hooksPath", "/dev/null", to: &environment)
            host.narrate(.note("set-up without hooks: \(RepoPath(path)) was changed by a worker"))
        }
        return try submit(run, at, commands[...], environment)
    }

    /// Takes in how a command of a worktree ended, and begins the next.
    func goOn(_ run: RunRecord, _ work: inout ReadyWork, _ status: SupervisedStatus) throws -> ReadyAnswer {
        guard let ended = work.commands.popFirst() else { return .ready }
        try submoduleStep.putBack()
        if status.outcome != .exited(0) {
            let failure = failure(run, work, ended, how: attempts.words(status.outcome))
            guard ended.mayFail else {
                try put(.failed, work.at)
                return .failed(failure)
            }
            try tell("\(failure.summary), which stops nothing", work.at, run)
        }
        guard work.commands.isEmpty else {
            work = try submit(run, work.at, work.commands, work.environment)
            return .goesOn
        }
        try put(.done, work.at)
        try DurableFile.write([], to: paths.file(run.id, .wasSetUp))
        if work.at.isForWork { try tellDirty(work.at, run) }
        return .ready
    }

    /// Takes in that nobody saw a command end.
    func vanish(_ run: RunRecord, _ work: ReadyWork) throws -> ReadyFailure {
        try host.executor.cancel(work.handle)
        try put(.failed, work.at)
        return failure(run, work, work.commands[work.commands.startIndex], how: "lost its supervisor")
    }

    /// Makes a worktree ready to the end; gives what failed.
    func make(_ run: RunRecord, _ plan: Plan, _ at: ReadyPlace) throws -> ReadyFailure? {
        guard var work = try begin(run, plan, at) else { return nil }
        return try finish(run, &work)
    }

    /// Waits until a worktree is ready; gives what failed.
    func finish(_ run: RunRecord, _ work: inout ReadyWork) throws -> ReadyFailure? {
        while true {
            guard let status = try attempts.outcome(of: work.handle, run) else {
                return try vanish(run, work)
            }
            switch try goOn(run, &work, status) {
            case .goesOn: continue
            case .ready: return nil
            case .failed(let failure): return failure
            }
        }
    }

    // MARK: What it takes

    /// Whether anything would run in a worktree that is made now, so that the first one is to be ready alone.
    func isFirst(_ run: RunRecord, _ plan: Plan, _ job: Job) throws -> Bool {
        guard !Files.exists(paths.file(run.id, .wasSetUp)) else { return false }
        return try !plan.setup.isEmpty || !job.setup.isEmpty || postCheckoutHook() != nil
    }

    /// Takes note of where the user's hooks lie once a set-up was done: it may have put them elsewhere, as the user would
    /// have by setting up the repository.
    func noteHooks(_ run: inout RunRecord) throws {
        guard Files.exists(paths.file(run.id, .wasSetUp)) else { return }
        try filterLook.note(&run)
        let folder = try rulesLook.hooksFolder()
        guard run.hooks != folder else { return }
        run.hooks = folder
        try runs.note(run)
    }

    /// The user's `post-checkout` hook, of the main worktree's hooks; nil where there is none, or it is turned off.
    private func postCheckoutHook() throws -> String? {
        guard try world.runSettings().postCheckout() else { return nil }
        let hook = try rulesLook.hooksFolder(of: repository.mainWorktree()?.path) + "/post-checkout"
        return unsafe access(hook, X_OK) == 0 && !Files.isFolder(hook) ? hook : nil
    }

    private func commands(
        _ run: RunRecord, _ plan: Plan, _ at: ReadyPlace, runsHooks: Bool
    ) throws -> [ReadyCommand] {
        var commands: [ReadyCommand] = []
        if runsHooks, at.isForWork, let hook = try postCheckoutHook() {
            // As `git worktree add` calls it (githooks(5)).
            commands.append(
                ReadyCommand(
                    command: .argv([hook, "\(ObjectID.zero)", "\(at.commit)", "1"]),
                    what: "your post-checkout hook", mayFail: true))
        }
        return commands
            + (plan.setup + (at.job?.setup ?? [])).map {
                ReadyCommand(command: $0, what: "the set-up `\(neutralise($0.display))`")
            }
    }

    private func submit(
        _ run: RunRecord, _ at: ReadyPlace, _ commands: ArraySlice<ReadyCommand>,
        _ environment: [String: String]
    ) throws -> ReadyWork {
        let step = RunStep.setUp(at.place)
        let attempt = attempts.nextAttempt(run, step)
        let spec = try attempts.spec(
            run, step, attempt: attempt, command: commands[commands.startIndex].command, directory: at.path,
            timeout: world.runSettings().setupTimeout() ?? host.verifyTimeout, environment: environment)
        return try runs.step(.setUp, run, run.names.folder(at.place)) {
            ReadyWork(
                at: at, commands: commands, environment: environment, attempt: attempt,
                handle: try host.executor.submit(spec))
        }
    }

    private func failure(
        _ run: RunRecord, _ work: ReadyWork, _ ended: ReadyCommand, how: String
    ) -> ReadyFailure {
        let step = RunStep.setUp(work.at.place)
        let log = paths.attempt(run.names, step, work.attempt) + "/log"
        let said = LastWords.of(log: log).map { "; it said last: \"\($0)\" (\(log))" } ?? "; it said nothing"
        return ReadyFailure(
            command: ended.command, what: ended.what, how: how + said,
            tail: attempts.logTail(run, step, attempt: work.attempt), log: log)
    }

    private func tell(_ message: String, _ at: ReadyPlace, _ run: RunRecord) throws {
        let jobs = at.job.map { [$0.id] } ?? []
        let whose = at.job.map { neutralise($0.name) + ": " } ?? ""
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: jobs, message: whose + message))
        host.narrate(.note(whose + message))
    }

    /// What a set-up leaves that git does not ignore would be taken for the worker's.
    private func tellDirty(_ at: ReadyPlace, _ run: RunRecord) throws {
        let changed = try Repository(at: at.path).status().map(\.path)
        guard let first = changed.first else { return }
        let more = changed.count > 1 ? " and \(changed.count - 1) more" : ""
        try tell(
            "the set-up changed \(first)\(more), which counts as this job's work; ignore what it makes, or let it change "
                + "nothing that git tracks (npm ci rather than npm install)", at, run)
    }

    // MARK: How far it is

    private func notePath(_ name: String) -> String {
        repository.commonDirectory + "worktrees/" + name + "/" + ReadyNote.file
    }

    private func note(_ at: ReadyPlace) throws -> ReadyNote? {
        try DurableFile.readJSON(ReadyNote.self, from: notePath(at.name))
    }

    private func put(_ state: ReadyNote.State, _ at: ReadyPlace) throws {
        try DurableFile.writeJSON(
            ReadyNote(state: state, slot: world.slots.number(at.path)), to: notePath(at.name))
    }

    /// Removes a worktree in which a killed hybrid left a set-up half done: nobody has worked there, and half a set-up
    /// is no place to begin.
    ///
    /// One whose set-up failed stays: somebody may have mended it there.
    func dropHalfReady(_ run: RunRecord, _ place: RunPlace, at base: ObjectID) throws {
        let name = run.names.registration(place)
        guard try DurableFile.readJSON(ReadyNote.self, from: notePath(name))?.state == .begun,
            let there = try repository.worktrees().first(where: { $0.name == name }), there.head == base
        else { return }
        try Removals(context).remove(name, force: true)
    }
}
