internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport

/// Looks at files merged by union: lines kept twice, formats broken.
struct UnionStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Tells what the policy union did with files that several of a wave's merged workers changed.
    ///
    /// Grows with what these workers changed.
    func lookAtUnions(
        _ run: RunRecord, _ plan: Plan, _ merged: [WorkerRecord], from start: ObjectID, to tip: ObjectID
    ) throws {
        let policies = HotPolicies(plan.hot.filter { $0.policy == .union })
        if policies.isEmpty || merged.count < 2 { return }
        var tips: [RepoPath: [(name: String, job: JobID, tree: CommitTree)]] = [:]
        for worker in merged {
            let tip = try worker.work()
            let tree = try CommitTree(repository, commit: tip)
            let base = try worker.started()
            for change in try ChangeSet.between(base: base, tip: tip, in: repository).changes
            where policies.policy(of: change.path) != nil {
                guard change.new?.isRegularFile == true else { continue }
                tips[change.path, default: []].append((worker.name, worker.job, tree))
            }
        }
        let old = try CommitTree(repository, commit: start)
        let new = try CommitTree(repository, commit: tip)
        for (path, sides) in tips.sorted(by: { $0.key < $1.key }) where sides.count > 1 {
            let look = UnionLook(
                path: path, base: try old.content(of: path.text) ?? [],
                versions: try sides.map {
                    UnionLook.Version(job: $0.job, bytes: try $0.tree.content(of: path.text) ?? [])
                })
            let names = Dictionary(sides.map { ($0.job, $0.name) }) { first, _ in first }
            for meeting in look.meetings() {
                let who = meeting.jobs.map { names[$0] ?? $0.text }.joined(separator: " and ")
                try tellUnion(
                    run, path, meeting.jobs,
                    "\(who) meet at line \(meeting.line) of what was there, which one of them changed or removed: union "
                        + "keeps the lines of both, so look at what the file holds now")
            }
            if let damage = try look.damage(in: new.content(of: path.text) ?? []) {
                let who = sides.map(\.name).joined(separator: ", ")
                try tellUnion(
                    run, path, sides.map(\.job),
                    "\(damage), since union put the lines of \(who) one after the other; give it to one job or to the "
                        + "orchestrator, or make it anew: regenerate")
            }
        }
    }

    private func tellUnion(
        _ run: RunRecord, _ path: RepoPath, _ jobs: [JobID], _ what: String
    ) throws {
        let message = "\(path): \(what)"
        try runs.note(
            FindingRecord(
                run: run.id, kind: .warning, jobs: jobs, path: path.description, message: message))
        host.narrate(.note("warning: " + message))
    }
}
