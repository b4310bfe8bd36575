internal import HybridBase
internal import HybridGit
package import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

extension Inspection {
    /// What keeps a plan from running here; the plan's own claims are for ``check(_:)``.
    ///
    /// Makes nothing. Looks at the target's checkout where jobs claim something, and at the open runs.
    package func preflight(_ plan: Plan, planPath: String) throws -> Preflight {
        let paths = try RunPaths(of: repository)
        // A repository that never had a run has no others, and gets no ledger by being looked at.
        guard Files.exists(paths.ledger) else { return try look(plan, planPath, paths) { _ in } }
        let host = Host(environment: environment, executor: LocalExecutor(supervisor: []))
        let folder = repository.workingDirectory ?? repository.commonDirectory
        return try look(plan, planPath, paths) { tip in
            try OverlapStep(RunContext(at: folder, host: host)).refuseOverlap(of: plan, run: nil, at: tip)
        }
    }

    /// The same, with `overlapping` to throw where a run that is not over claims what the plan does.
    func look(
        _ plan: Plan, _ planPath: String, _ paths: RunPaths, overlapping: (ObjectID) throws -> Void
    ) throws -> Preflight {
        let target = try target(of: plan)
        var found = Preflight()
        func note(_ id: String, _ body: () throws -> Void) throws {
            do {
                try body()
            } catch let error as HybridError {
                found.findings.append(.init(id, error))
            } catch let error as RunOverlap {
                found.findings.append(.init(id, error))
            } catch let error as GitError where error.code == .unsupported {
                found.findings.append(.init(id, error))
            }
        }
        try note("identity") { try refuseUnknownUser() }
        try note("setting") {
            for (id, error) in try unusableSettings() { found.findings.append(.init(id, error)) }
        }
        let without = plan.jobs.filter(\.isByHand)
        found.way = without.count == plan.jobs.count ? .start : .run
        if let job = without.first {
            found.findings.append(
                .init("command", Self.noCommand(job, more: without.count - 1, planPath), refusedBy: [.run]))
        }
        found.findings += try agentFindings(plan)
        try note("git") { try refuseGitThatRefuses() }
        try note("branch") { try refuseBranchInTheWay() }
        found.findings += try LargeFileLook(repository, environment).findings(target.tip)
        try note("folder") { try Access.refuseUnwritable(paths) }
        let place = WorktreePlace(paths.worktrees)
        try note("worktrees") { try place.refuseUnusable() }
        if let warning = try lackWarning(plan, target.tip, paths.worktrees) { found.findings.append(warning) }
        found.findings += try ProgramLook(plan, tree(of: target.tip), environment).findings()
        try note("checkout") {
            guard let there = try repository.worktree(checkedOut: target.branch) else { return }
            let checkout = try TargetCheckout(there)
            found.findings += try checkout.warnings(plan, target.branch)
            if let warning = try place.warning(plan, checkout.size()) { found.findings.append(warning) }
        }
        try note("other-run") { try overlapping(target.tip) }
        return found
    }

    private func refuseUnknownUser() throws {
        _ = try UserIdentity(
            in: repository.workingDirectory ?? repository.commonDirectory,
            environment: WorkerEnvironment.cleaned(environment))
    }

    private static func noCommand(_ job: Job, more: Int, _ planPath: String) -> HybridError {
        HybridError(
            .planInvalid, "job \(job.name)",
            "it has no command, so hybrid cannot launch it" + (more > 0 ? " (nor \(more) more)" : ""),
            next:
                "add a \"Command:\" to the plan, or launch by hand with: hybrid start \(ShellWord.bare(planPath))"
        )
    }

    private func refuseBranchInTheWay() throws {
        guard try repository.id(of: RefName("refs/heads/hybrid")) != nil else { return }
        throw HybridError(
            .unsupported, "branch hybrid", "git cannot keep hybrid/RUN/JOB beside a branch of that name",
            next: "rename it: git branch -m hybrid NEW-NAME")
    }

    /// An older git refuses repositories of newer forms, and workers could do nothing in theirs.
    private func refuseGitThatRefuses() throws {
        guard try repository.configNumber("core.repositoryformatversion") ?? 0 > 0 else { return }
        let answer = try UserGit.ask(
            ["rev-parse", "--git-dir"], in: repository.workingDirectory ?? repository.commonDirectory,
            environment: WorkerEnvironment.cleaned(environment))
        if answer.code == 0 { return }
        throw HybridError(
            .unsupported, "this repository", "the git on PATH does not work in it: \(answer.allWords)",
            next: "see git status, and put a newer git on PATH")
    }
}
