internal import HybridGit

/// What keeps a plan from running in this repository, found before anything is made.
///
/// `check` tells it; `run` and `start` refuse it, in the same words.
public struct Preflight: Sendable {
    /// A way to begin a run.
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// hybrid launches the workers.
        case run
        /// People do.
        case start
    }

    /// One thing that is in the way, or may come to be.
    public struct Finding: Sendable {
        /// A stable name.
        public var id: String
        /// The thing, the reason and what to type next, as the refusal says it.
        public var error: any Error & Sendable
        /// What refuses to begin because of it; none for a warning.
        public var refusedBy: Set<Way>

        /// The words.
        public var text: String { "\(error)" }

        init(_ id: String, _ error: any Error & Sendable, refusedBy: Set<Way> = Set(Way.allCases)) {
            (self.id, self.error, self.refusedBy) = (id, error, refusedBy)
        }

        init(warning id: String, _ error: HybridError) {
            self.init(id, error, refusedBy: [])
        }
    }

    /// All that was found.
    public var findings: [Finding] = []

    /// Nothing is in the way.
    public init() {}

    /// How the plan is meant to begin: one without any command is for people.
    public var way = Way.run

    /// What stops the plan.
    public var stops: [Finding] { findings.filter { $0.refusedBy.contains(way) } }
    /// What does not.
    public var warnings: [Finding] { findings.filter { !$0.refusedBy.contains(way) } }

    /// Throws where a run may not begin this way: the error itself where there is one, all of them where there are more.
    public func refuse(_ way: Way) throws {
        let refused = findings.filter { $0.refusedBy.contains(way) }
        if refused.count == 1 { throw refused[0].error }
        if !refused.isEmpty { throw Refusal(findings: refused) }
    }

    /// Several things that keep a run from beginning.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        /// What was found.
        public var findings: [Finding]

        /// All of it.
        public var description: String { findings.map(\.text).joined(separator: "; ") }
    }

    /// The findings as a value.
    public var json: JSONValue {
        .array(
            findings.map { finding in
                let error = finding.error as? HybridError
                return .object([
                    ("id", .string(finding.id)), ("text", .string(finding.text)),
                    ("next", .optional(error?.next)),
                    ("refused_by", .strings(Way.allCases.filter(finding.refusedBy.contains).map(\.rawValue))),
                ])
            })
    }
}

extension Inspection {
    /// What keeps a plan from running here; the plan's own claims are for ``check(_:)``.
    ///
    /// Makes nothing. Looks at the target's checkout where jobs claim something, and at the open runs.
    public func preflight(_ plan: Plan, planPath: String) throws -> Preflight {
        let paths = try RunPaths(of: repository)
        // A repository that never had a run has no others, and gets no ledger by being looked at.
        guard Files.exists(paths.ledger) else { return try look(plan, planPath, paths) { _ in } }
        let host = Host(environment: environment, executor: LocalExecutor(supervisor: []))
        let folder = repository.workingDirectory ?? repository.commonDirectory
        return try look(plan, planPath, paths) { tip in
            try Conductor(at: folder, host: host).refuseOverlap(of: plan, run: nil, at: tip)
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
        let without = plan.jobs.filter { $0.command == nil }
        found.way = without.count == plan.jobs.count ? .start : .run
        if let job = without.first {
            found.findings.append(
                .init("command", Self.noCommand(job, more: without.count - 1, planPath), refusedBy: [.run]))
        }
        try note("branch") { try refuseBranchInTheWay() }
        try note("shallow") { try refuseShallow() }
        try note("filters") { try refuseFilters(target.tip) }
        if let warning = try filteredClaim(plan, target.tip) { found.findings.append(warning) }
        try note("folder") { try Access.refuseUnwritable(paths) }
        let place = WorktreePlace(paths.worktrees)
        try note("worktrees") { try place.refuseUnusable() }
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
            "job \(job.name)",
            "it has no command, so hybrid cannot launch it" + (more > 0 ? " (nor \(more) more)" : ""),
            next:
                "add a \"Command:\" to the plan, or launch by hand with: hybrid start \(HookScripts.quoted(planPath))"
        )
    }

    private func refuseBranchInTheWay() throws {
        guard try repository.id(of: RefName("refs/heads/hybrid")) != nil else { return }
        throw HybridError(
            "branch hybrid", "git cannot keep hybrid/RUN/JOB beside a branch of that name",
            next: "rename it: git branch -m hybrid NEW-NAME")
    }

    /// libgit2 stops at a shallow clone's cut-off parents, where it cannot tell what stands on what.
    private func refuseShallow() throws {
        guard let cut = Files.read(repository.commonDirectory + "/shallow"), !cut.isEmpty else { return }
        throw HybridError(
            "this repository", "it is a shallow clone, whose history is cut off",
            next: "git fetch --unshallow")
    }

    /// libgit2 runs no filters, so a checkout here would differ from git's: refused, never guessed.
    func refuseFilters(_ tip: ObjectID) throws {
        if try repository.commit(tip).tree == Repository.emptyTree { return }
        guard let path = try tree(of: tip).firstFilteredPath() else { return }
        throw HybridError(
            path, "it is stored through a git filter (such as LFS), which hybrid's worktrees do not run yet",
            next: "take the filter attribute away for this run, or keep such files out of the repository")
    }

    /// What a job would make that git stores through a filter; of a glob, a name that it covers is tried.
    private func filteredClaim(_ plan: Plan, _ tip: ObjectID) throws -> Preflight.Finding? {
        let commit = try tree(of: tip)
        for job in plan.jobs {
            let claimed = job.files.filter { !$0.isExcluded && !$0.path.contains("[") }.map { claim in
                claim.path.replacing("**", with: "x").replacing("*", with: "x").replacing("?", with: "x")
            }
            guard let (path, attribute) = try commit.filtered(claimed) else { continue }
            return .init(
                warning: "filters",
                HybridError(
                    "job \(job.name)",
                    "\(path) would have the attribute \(attribute), and hybrid cannot commit such a file for it",
                    next: "have the job commit it, or take the attribute away for this run"))
        }
        return nil
    }
}
