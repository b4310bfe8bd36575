internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridUserGit

/// Decides on what workers committed on their way: it lands as their tips do.
struct HistoryStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var historyLook: HistoryLook { HistoryLook(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// Audits the history of each worker of a wave whose work may be merged, once all of it is committed.
    func audit(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        let plan = try runs.granted(plan, run)
        let others = try othersTips(run)
        for var worker in try runs.workers(of: run) where worker.wave == wave {
            guard worker.state == .done || worker.state == .doneCommittedByHybrid else { continue }
            let before = worker
            try judge(&worker, run, plan, beside: others)
            guard worker != before else { continue }
            try runs.note(worker)
            if worker.state != before.state {
                host.narrate(.note("\(worker.job) \(worker.state.rawValue): \(worker.detail)"))
            }
        }
    }

    /// Throws where something between two commits that the run's own side made may not land; `refusal` judges a path.
    func refuse(
        _ run: RunRecord, from base: ObjectID, to tip: ObjectID, in worktree: String,
        refusal: (String) -> HybridError?
    ) throws {
        let faults = try historyLook.faults(from: base, to: tip, run, beside: othersTips(run)) { old, tree in
            try historyLook.changes(from: old, to: tree).compactMap { path in
                refusal(path).map { Audit.Breach(path: path, reason: $0.reason) }
            }
        }
        guard let first = faults.first else { return }
        throw HybridError(
            .wrongState, "the commits in \(worktree)", first.text,
            next:
                "mend them: git -C \(ShellWord.bare(worktree)) rebase -i \(base.short), then: hybrid resume \(run.id)"
        )
    }

    /// The tips of what others had made when the run was launched.
    private func othersTips(_ run: RunRecord) throws -> [ObjectID] {
        // A run whose orchestrator runs nothing has them noted with its first wave only.
        guard let before = try besideStep.besideBefore(run, wave: 0) else { return [] }
        return try before.refs.filter { ref, _ in
            ref.hasPrefix("refs/remotes/")
                || ref.hasPrefix("refs/heads/") && !ref.hasPrefix("refs/heads/hybrid/")
        }.compactMap { ObjectID(hex: $0.value) }.filter { try repository.exists($0) }
    }

    private func judge(
        _ worker: inout WorkerRecord, _ run: RunRecord, _ plan: Plan, beside others: [ObjectID]
    ) throws {
        let (base, tip) = (try worker.started(), try worker.work())
        guard tip != base else { return }
        // One commit of the whole run lands, so nothing of the way.
        let faults =
            run.commitForm == .squash ? [] : try historyLook.faults(of: worker, run, plan, beside: others)
        if faults.isEmpty {
            guard run.commitForm == .squash, let fault = try historyLook.faultOfTree(of: tip, beside: base)
            else { return }
            return try keepBack(&worker, run, .failed, "what it made cannot land: \(fault)")
        }
        let broken = faults.filter { $0.kind == .object }
        switch plan.auditHistory {
        case .squash:
            if let fault = try historyLook.faultOfTree(of: tip, beside: base) {
                return try keepBack(&worker, run, .failed, "what it made cannot land: \(fault)")
            }
            try squash(&worker, run, faults)
        case .report where broken.isEmpty:
            for fault in faults {
                try tell(fault, worker, run, .warning, "; merged all the same (audit history: report)")
            }
        case .report, .refuse:
            for fault in faults { try tell(fault, worker, run, .breach, "") }
            let more = faults.count > 1 ? " and \(faults.count - 1) more" : ""
            if let first = broken.first {
                return try keepBack(
                    &worker, run, .failed, "its history cannot land, \(first.text)\(more)")
            }
            try keepBack(
                &worker, run, .breach,
                "its history holds what may not land, \(faults[0].text)\(more); with \"Audit History: squash\" in the "
                    + "plan only its tip lands, as one commit")
        }
    }

    private func tell(
        _ fault: HistoryFault, _ worker: WorkerRecord, _ run: RunRecord, _ kind: FindingRecord.Kind,
        _ rest: String
    ) throws {
        let message = "\(neutralise(worker.name)), \(fault.text)\(rest)"
        let path =
            if case .path(let path) = fault.kind { RepoPath(path).description } else { fault.commit.short }
        try runs.note(
            FindingRecord(run: run.id, kind: kind, jobs: [worker.job], path: path, message: message))
        host.narrate(.note(message))
    }

    /// Leaves a worker's work out and keeps it.
    private func keepBack(
        _ worker: inout WorkerRecord, _ run: RunRecord, _ state: WorkerState, _ reason: String
    ) throws {
        let ref = try setAside.keep(run, .job(worker.job, .rescue), at: worker.work())
        try worker.become(state)
        worker.detail =
            "\(reason); all of it is kept at \(ref)"
            + attempts.said(run, worker, who: "the worker", tellsSilence: false)
    }

    /// Makes one commit of a worker's tip on its base; what lay between stays at a ref.
    private func squash(_ worker: inout WorkerRecord, _ run: RunRecord, _ faults: [HistoryFault]) throws {
        let (base, tip) = (try worker.started(), try worker.work())
        let ref = try setAside.keep(run, .job(worker.job, .rescue), at: tip)
        let last = try repository.commit(tip)
        let one = try repository.createCommit(
            tree: last.tree, parents: [base], message: last.message, author: last.author,
            committer: world.identity().committer)
        try runs.point(run, .job(worker.job, .committed), at: one)
        // The worktree holds the same files, so it is as clean on the new commit as on the old one.
        try repository.updateReference(
            worker.branch.ref, to: one, expecting: tip, message: "hybrid: squashed, because of its history")
        worker.tip = one
        let message =
            "\(neutralise(worker.name)): its tip lands as one commit, for \(faults[0].text)"
            + (faults.count > 1 ? " and \(faults.count - 1) more" : "")
            + "; the commits as they were are kept at \(ref)"
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [worker.job], message: message))
        host.narrate(.note(message))
    }
}
