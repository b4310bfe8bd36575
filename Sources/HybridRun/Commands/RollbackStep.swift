internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
internal import HybridSystem

/// Takes a landing back.
package struct RollbackStep: RunPart {
    let context: RunContext
    private var checkoutMove: CheckoutMove { CheckoutMove(context) }
    private var landStep: LandStep { LandStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Takes a landing back: the same swap backwards, and only if nobody built on it since.
    ///
    /// Throws when the run has not landed, the target moved on, or its worktree is not clean.
    package func rollback(_ id: String?) throws -> RunRecord {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        let landing = try landStep.landingLock(run)
        defer { withExtendedLifetime((lock, landing)) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        guard run.state == .landed, let commit = run.landedCommit else {
            throw HybridError(
                .wrongState, "run \(run.id)",
                run.state == .rolledBack
                    ? "it is rolled-back already" : "it has not landed, so there is nothing to take back",
                next: "hybrid status \(run.id)")
        }
        let branch = run.target
        guard let before = try repository.id(of: run.names.ref(.run(.targetBefore))) else {
            throw HybridError(
                .recordDamaged, "run \(run.id)", "the ref that saved the old tip is gone",
                next: "git reflog \(branch)")
        }
        if let push = run.push, push.pushed != nil {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "\(neutralise(push.remote)) has it: what others may have fetched is taken back by commits of its own, and "
                    + "nothing is forced",
                next: "on \(branch): git revert --no-edit -m 1 "
                    + "$(git rev-list --first-parent \(before.short)..\(commit.short)), "
                    + "then: git push \(ShellWord.bare(push.remote)) \(ShellWord.bare(branch.text))")
        }
        let now = try repository.id(of: branch.ref)
        guard now == commit || now == before else {
            throw HybridError(
                .changed, "branch \(branch)", "it moved on to \(now?.short ?? "nothing") since the landing",
                next: "undo the landing with commits of its own: "
                    + "git diff --binary \(commit.short) \(before.short) | git apply --3way && "
                    + "git commit -m 'Undo run \(run.id)'")
        }
        try runs.step(.rollback, run) {
            if now == commit { try moveBack(run, branch, from: commit, to: before) }
            try runs.turn(
                &run, .rolledBack(to: before, keptAt: run.names.name(.run(.landed))))
        }
        return run
    }

    private func moveBack(
        _ run: RunRecord, _ branch: BranchName, from commit: ObjectID, to before: ObjectID
    ) throws {
        guard let there = try repository.worktree(checkedOut: branch) else {
            _ = try world.identity()
            try repository.updateReference(
                branch.ref, to: before, expecting: commit, message: "hybrid \(run.id): roll back")
            return
        }
        let command = "git -C \(ShellWord.bare(there.path)) reset --keep \(before)"
        let left = try checkoutMove.takeBackKilledMove(run, there, branch, from: commit, to: before)
        let checkout = try TargetCheckout(there)
        let changes = try ChangeSet.between(base: commit, tip: before, in: repository).changes
        // `git reset --keep` would take out of the index what the user staged.
        if let reason = try left ?? checkout.obstacle(to: changes) ?? checkout.staged() {
            throw HybridError(
                .dirtyCheckout, "branch \(branch)", reason,
                next: "commit or stash there, then: hybrid rollback \(run.id)")
        }
        // `git reset --keep` takes a file for changed that was only copied or touched; what is left over it tells itself.
        _ = try checkoutMove.runGit(run, ["update-index", "-q", "--refresh"], in: there.path)
        let status = try checkoutMove.runGit(run, ["reset", "--keep", before.description], in: there.path)
        guard status.outcome == .exited(0), try repository.id(of: branch.ref) == before else {
            throw HybridError(
                .programFailed, "branch \(branch)",
                "git reset --keep in \(there.path) \(checkoutMove.wordsOfGit(run, status))",
                next: command)
        }
    }
}
