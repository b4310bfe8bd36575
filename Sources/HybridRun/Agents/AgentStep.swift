internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Agents as workers: what is called, with which brief, and what came of it.
struct AgentStep: RunPart {
    let context: RunContext
    private var feedbackStep: FeedbackStep { FeedbackStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// One of hybrid's own, or one that the user describes.
    private enum Agent {
        case known(AgentForm)
        case described(AgentDescription)

        var guarded: GuardedAgent? {
            switch self {
            case .known(let form): form.guarded
            case .described(let description): description.hook
            }
        }
    }

    private func agent(_ name: AgentName) throws -> Agent {
        if let form = AgentForm(name) { return .known(form) }
        return .described(try AgentDescription(name, world.settings()))
    }

    // MARK: Launch

    /// What a worker is launched with: its command, or its agent's call; adds to its environment.
    ///
    /// Nil where a person works. The attempt's number is that of the launch.
    func command(
        _ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord, _ environment: inout [String: String]
    ) throws -> Command? {
        let job = plan.jobs[worker.index]
        let folder = paths.attempt(run.names, .job(worker.job), worker.attempt)
        try Files.makeFolder(folder)
        let feedback = feedbackStep.path(run, worker)
        if let feedback { environment["HYBRID_FEEDBACK"] = feedback }
        environment["HYBRID_GUARD_MARK"] = Self.mark(folder)
        guard let name = plan.agent(of: job) else {
            return try job.command.map { try clineForm($0, environment) }
        }
        let brief = AgentBrief(
            plan: plan, job: job, base: try worker.started().short, hybrid: host.program ?? "hybrid",
            feedback: feedback.flatMap(Files.read).map { String(decoding: $0, as: UTF8.self) }
        ).text()
        let path = folder + "/brief.md"
        try DurableFile.put(Array(brief.utf8), to: path, mode: 0o644, synced: false, replacing: true)
        environment["HYBRID_BRIEF"] = path
        let call = try call(
            try agent(name), work(run, job, worker, brief, path, folder, environment), environment)
        environment.merge(call.environment) { $1 }
        return .argv(call.arguments)
    }

    private func work(
        _ run: RunRecord, _ job: Job, _ worker: WorkerRecord, _ brief: String, _ path: String,
        _ folder: String,
        _ environment: [String: String]
    ) -> AgentWork {
        let temporary = [
            "/tmp/", "/private/tmp/", (environment["TMPDIR"] ?? "/tmp").withoutFinalSlashes + "/",
        ]
        return AgentWork(
            brief: brief, briefPath: path, folder: folder, hooks: paths.file(run.id, .agents),
            files: Self.plain(job.files), readOnly: Self.plain(job.dependencies),
            isTemporary: temporary.contains { worker.worktree.beginsWithBytes(of: $0) })
    }

    /// Claims of whole files, which need no pattern to be read.
    private static func plain(_ claims: [Claim]) -> [String] {
        claims.filter {
            !$0.isExcluded && $0.kind != .delete && !PathPattern.hasWildcard($0.path) && $0.path.contains(".")
        }
        .map(\.path)
    }

    private func call(_ agent: Agent, _ work: AgentWork, _ environment: [String: String]) throws
        -> AgentCommand
    {
        var work = work
        switch agent {
        case .described(let description): return description.command(work)
        case .known(let form):
            try AgentFolders(hooks: work.hooks, environment: environment).ready(form)
            if form == .codex { work.codexTrust = try codexTrust(work, environment) }
            if form == .cline { work.clineTakesTask = clineTakesTask(environment) == true }
            return form.command(work)
        }
    }

    // MARK: What the programs say

    /// What makes Codex trust our hook; asked of its own server, once for each set of hooks.
    private func codexTrust(_ work: AgentWork, _ environment: [String: String]) throws -> String? {
        let kept = work.hooks + "/codex/trust"
        if let bytes = Files.read(kept), !bytes.isEmpty { return String(decoding: bytes, as: UTF8.self) }
        // The server answers nothing more once its input has ended: it stays open until the answer is there.
        let script = """
            out=$1; shift
            { printf '%s\\n' "$1" "$2" "$3"; n=0
              until grep -q '"id":2' "$out" || [ $n -gt 200 ]; do sleep 0.1; n=$((n + 1)); done
            } | codex -c "$4" app-server >"$out" 2>/dev/null
            cat "$out"
            """
        let words =
            ["/bin/sh", "-c", script, "sh", work.folder + "/codex-hooks"]
            + CodexCall.questions(in: work.folder)
            + [CodexCall.hook(work.hooks)]
        guard let hash = output(words, environment).flatMap(CodexCall.hash) else { return nil }
        try DurableFile.put(Array(hash.utf8), to: kept, mode: 0o644, synced: false, replacing: true)
        return hash
    }

    /// Whether the installed cline's help knows `--task`; nil where there is none to ask.
    private func clineTakesTask(_ environment: [String: String]) -> Bool? {
        output(["cline", "--help"], environment).map {
            String(decoding: $0, as: UTF8.self).contains("--task")
        }
    }

    /// A plan's own `cline --task "..."` in the installed program's form: without `--task` where its help knows none.
    private func clineForm(_ command: Command, _ environment: [String: String]) throws -> Command {
        let other: Command
        switch command {
        case .argv(let words) where words.starts(with: ["cline", "--task"]):
            other = .argv(["cline"] + words.dropFirst(2))
        case .shell(let text) where text.hasPrefix("cline --task "):
            other = .shell("cline " + text.dropFirst(13))
        default: return command
        }
        guard clineTakesTask(environment) == false else { return command }
        host.narrate(
            .note("the cline that is installed has no --task: it is called as \(neutralise(other.display))"))
        return other
    }

    /// What a program prints; nil where it is not there, or fails.
    private func output(_ words: [String], _ environment: [String: String]) -> [UInt8]? {
        let path = ProcessTree.searchPath(environment)
        guard let program = ProcessTree.find(words[0], path: path, directory: "/") else { return nil }
        let ended = try? ChildProcess.run(
            ([program] + words.dropFirst()).map { Array($0.utf8) }, in: "/", environment: environment,
            timeout: 30,
            keeping: .start(1 << 20))
        return ended.flatMap { $0.code == 0 ? $0.output : nil }
    }

    // MARK: What came of it

    /// Where a hook leaves a mark that it was called.
    private static func mark(_ folder: String) -> String { folder + "/guarded" }

    /// Why an agent whose program exited with 0 did not succeed; nil where it did, and for plain commands.
    func failure(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws -> String? {
        guard let name = plan.agent(of: plan.jobs[worker.index]) else { return nil }
        let folder = paths.attempt(run.names, .job(worker.job), worker.attempt)
        let log = Files.read(folder + "/log") ?? []
        switch try agent(name) {
        case .known(let form): return AgentVerdict.failure(form, log: log, folder: folder)
        case .described(let description): return description.failure(log: log)
        }
    }

    /// Says so where an agent that has hooks changed files, and none of its hooks was ever called.
    func tellUnguarded(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws {
        guard let name = plan.agent(of: plan.jobs[worker.index]), let tip = worker.tip, tip != worker.base,
            host.program != nil, try agent(name).guarded != nil,
            !Files.exists(Self.mark(paths.attempt(run.names, .job(worker.job), worker.attempt)))
        else { return }
        try runs.note(
            FindingRecord(
                run: run.id, kind: .warning, jobs: [worker.job],
                message:
                    "\(neutralise(worker.name)): \(name) never called the guard, so its writes were not looked at while it worked; the audit looked at all of them"
            ))
    }
}
