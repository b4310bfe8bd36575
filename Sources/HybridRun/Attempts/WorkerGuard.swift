internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a worker gets so that the guard can answer for it: a claims file, hooks, an environment.
///
/// All of it lies below the common git directory; the worktree, the repository's configuration and its hooks are not
/// touched.
struct WorkerGuard: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }

    init(_ context: RunContext) { self.context = context }

    /// Takes the lock under which claims are granted and written down.
    func claimsLock(_ run: RunRecord) throws(HybridError) -> RunLock {
        try Files.makeFolder(paths.run(run.id))
        return try RunLock(
            paths.file(run.id, .claimsLock), what: "the claims of run \(run.id)", patience: 30)
    }

    /// Writes a worker's claims where its guard reads them.
    func writeClaims(_ run: RunRecord, _ plan: Plan, of worker: WorkerRecord) throws {
        let lock = try claimsLock(run)
        defer { withExtendedLifetime(lock) {} }
        try putClaims(run, try runs.granted(plan, run), of: worker, try guardPolicy())
    }

    func guardPolicy() throws -> GuardPolicy { try GuardPolicy.read(repository.configString("hybrid.guard")) }

    /// Replaces one claims file; the lock is held.
    func putClaims(_ run: RunRecord, _ plan: Plan, of worker: WorkerRecord, _ policy: GuardPolicy) throws {
        let jobs = plan.jobs.map { GuardClaims.Holder(job: $0.id, name: $0.name, claims: $0.files) }
        let claims = GuardClaims(
            run: run.id, policy: policy, base: worker.base?.description ?? "", own: jobs[worker.index],
            others: jobs.enumerated().filter { $0.offset != worker.index }.map(\.element) + [
                GuardClaims.Holder(
                    job: JobID(unchecked: Attempts.orchestrator), name: "the orchestrator",
                    claims: orchestratorsClaims(plan))
            ])
        // The guard tells by it that the worktree is a job's.
        try Files.makeFolder(paths.attempts(run.names, .job(worker.job)))
        try DurableFile.write(claims.bytes, to: claimsFile(claims.worktreeName))
    }

    /// What the plan says is the orchestrator's; it also has what nobody claims.
    func orchestratorsClaims(_ plan: Plan) -> [Claim] {
        plan.orchestrator.files
            + (plan.exports.map(\.file) + [plan.buildState].compactMap { $0 }).map { Claim(path: $0) }
    }

    /// The file that a worktree's guard reads.
    func claimsFile(_ worktree: String) -> String {
        repository.commonDirectory + "worktrees/" + worktree + "/" + GuardClaims.fileName
    }

    // MARK: The environment

    /// Makes a launched worker's hooks and adds to its environment what leads to them.
    ///
    /// `core.hooksPath` comes last among the settings that are passed on, so it counts; the hooks there run the user's.
    func guarded(_ environment: [String: String], _ run: RunRecord, in worktree: String) throws -> [String:
        String]
    {
        guard let program = host.program else { return environment }
        let (hooks, agents) = (paths.file(run.id, .hooks), paths.file(run.id, .agents))
        try makeHooks(run, program, in: worktree)
        try makeAgents(agents, program)
        var environment = environment
        WorkerEnvironment.append("core.hooksPath", hooks, to: &environment)
        environment.merge(agentVariables(agents)) { $1 }
        return environment
    }

    private func agentVariables(_ folder: String) -> [String: String] {
        [
            "HYBRID_CLAUDE_SETTINGS": folder + "/claude/settings.json",
            "HYBRID_CLINE_HOOKS": folder + "/cline",
        ]
    }

    /// One entry for each hook that the user has or may get, and ours.
    private func makeHooks(_ run: RunRecord, _ program: String, in worktree: String) throws {
        let folder = paths.file(run.id, .hooks)
        let path = try UserGit.hooksPath(
            in: worktree, environment: WorkerEnvironment.cleaned(host.environment))
        let theirs = path.map { GuardPath.joined($0, to: worktree) } ?? repository.commonDirectory + "hooks"
        var names = Set(HookScripts.common)
        for name in Files.names(in: theirs) where unsafe access(theirs + "/" + name, X_OK) == 0 {
            // git calls no hook by another kind of name; others are the hooks' own helpers.
            if name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }),
                !Files.isFolder(theirs + "/" + name)
            {
                names.insert(name)
            }
        }
        try Files.makeFolder(folder)
        for name in names.union(HookScripts.onlyNoting).sorted() {
            let script = HookScripts.worker(
                name, program: program, folder: folder, log: paths.file(run.id, .deeds),
                chains: names.contains(name))
            try putScript(script, folder + "/" + name)
        }
    }

    private func makeAgents(_ folder: String, _ program: String) throws {
        for agent in GuardedAgent.allCases {
            let own = folder + "/" + agent.rawValue
            try Files.makeFolder(own)
            try putScript(HookScripts.agent(agent, program: program), own + "/PreToolUse")
        }
        let settings = ClaudeSettings.text(script: folder + "/claude/PreToolUse", program: program)
        let path = folder + "/claude/settings.json"
        if Files.read(path) != Array(settings.utf8) { try DurableFile.write(Array(settings.utf8), to: path) }
    }

    /// Puts a script into place; one that is the same stays, for it may be running.
    private func putScript(_ text: String, _ path: String) throws {
        let bytes = Array(text.utf8)
        if Files.read(path) == bytes, unsafe access(path, X_OK) == 0 { return }
        // Not synced: a run that goes on after a power cut writes them again.
        try DurableFile.put(bytes, to: path, mode: 0o755, synced: false, replacing: true)
    }

    // MARK: By hand

    /// Where the environment of a worker by hand lies, for people to source.
    func environmentFile(_ run: RunID, _ job: JobID) -> String {
        paths.file(run, .environment(job: job))
    }

    /// Readies the guard of a worker that a person leads: claims, hooks and the file to source.
    func guardByHand(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws {
        try writeClaims(run, plan, of: worker)
        guard let program = host.program else { return }
        let (hooks, agents) = (paths.file(run.id, .hooks), paths.file(run.id, .agents))
        try makeHooks(run, program, in: worker.worktree)
        try makeAgents(agents, program)
        let job = try runs.granted(plan, run).jobs[worker.index]
        let variables = [
            "HYBRID_RUN": run.id.text, "HYBRID_JOB": worker.job.text, "HYBRID_JOB_NAME": worker.name,
            "HYBRID_CLAIMS": job.files.map(\.path).joined(separator: "\n"),
            "HYBRID_BASE": worker.base?.description ?? "",
            "HYBRID_WORKTREE": worker.worktree,
        ].merging(agentVariables(agents)) { $1 }.merging(world.slots.variables(worker.worktree)) { $1 }
        var lines = [
            "# Source this in a shell that works for \(neutralise(worker.name)): the guard then knows whose writes these are."
        ]
        lines += variables.sorted { $0.key < $1.key }.map {
            "export \($0.key)=\(ShellWord.bare($0.value))"
        }
        lines.append("hybrid_n=${GIT_CONFIG_COUNT:-0}")
        for (key, value) in try attempts.logging() + [("core.hooksPath", hooks)] {
            lines += [
                "export \"GIT_CONFIG_KEY_$hybrid_n=\(key)\"",
                "export \"GIT_CONFIG_VALUE_$hybrid_n\"=\(ShellWord.bare(value))",
                "hybrid_n=$((hybrid_n + 1))",
            ]
        }
        lines += ["export GIT_CONFIG_COUNT=$hybrid_n", "unset hybrid_n"]
        let path = environmentFile(run.id, worker.job)
        try Files.makeFolder(String(path[..<path.lastIndex(of: "/")!]))
        try DurableFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    }
}

extension WorkerEnvironment {
    /// Adds a git setting behind those that an environment passes on already, so that it counts.
    static func append(_ key: String, _ value: String, to environment: inout [String: String]) {
        let count = environment["GIT_CONFIG_COUNT"].flatMap { Int($0) } ?? 0
        environment["GIT_CONFIG_KEY_\(count)"] = key
        environment["GIT_CONFIG_VALUE_\(count)"] = value
        environment["GIT_CONFIG_COUNT"] = String(count + 1)
    }
}
