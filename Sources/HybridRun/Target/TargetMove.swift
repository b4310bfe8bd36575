internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridUserGit

/// Who moved a run's target, as far as it can be told.
struct TargetMove: Hashable {
    /// Who it was.
    enum Mover: Hashable {
        /// Nothing says that it was anybody else, and the target holds no worker's work.
        case user
        /// Another run, or a person who took a run's landing back.
        case hybrid(run: RunID)
        /// These jobs' git was seen to do it.
        case workers([String])
        /// The target holds commits of these jobs, or lost what it held, and nobody was seen.
        case unknown(holding: [String])
    }

    var old: ObjectID
    /// Where the target is; nil where it is gone.
    var new: ObjectID?
    var mover: Mover
    /// Whether what the target held is not in its history any more.
    var isBackwards: Bool
    /// What it holds beside what it held, newest first.
    var commits: [ObjectID]
    /// The deed that shows it.
    var deed: Deed?

    /// Whether a landing may merge with it as with the user's own work.
    var isUsers: Bool {
        switch mover {
        case .user, .hybrid: !isBackwards && new != nil
        case .workers, .unknown: false
        }
    }
}

/// A job's place in the world, for telling what is its work.
struct TargetSuspect {
    var names: RunNames
    var worker: WorkerRecord
    /// What it is called: its job's name, with the run where that is another one.
    var name: String
}

/// Asks hooks' notes, reflogs, branches and other runs' landings who moved a target.
///
/// The rule. A worker moved it where its git was seen to: a hook noted that the ref went to one of the new commits, or that
/// one of them was pushed to a branch of that name. Otherwise the move is another run's where that run's landing is what
/// the target now holds. Otherwise, if one of the new commits was made by a worker (its HEAD's reflog or a hook's note says so, or its
/// branch and rescued work reach it and neither a remote nor a reflog of the user's worktrees knows it), nobody knows who
/// moved it. What is left is the user's. A target that lost what it held is never merged with unasked.
struct TargetInquiry {
    let repository: Repository
    let target: BranchName
    /// The jobs whose work it may be, this run's and those of other runs that are open.
    let suspects: [TargetSuspect]
    /// What hooks noted, by run.
    let deeds: [(run: RunID, deeds: [Deed])]
    /// Where other runs put the target, by run.
    let landings: [(run: RunID, commit: ObjectID)]

    /// Who moved the target from `old` to `new`.
    func move(from old: ObjectID, to new: ObjectID?) throws -> TargetMove {
        guard let new else {
            return try named(
                TargetMove(old: old, new: nil, mover: .user, isBackwards: true, commits: [], deed: nil),
                places: [.zero])
        }
        let fresh = try repository.commits(from: new, excluding: [old])
        var move = TargetMove(
            old: old, new: new, mover: .user, isBackwards: try !repository.isAncestor(old, of: new),
            commits: fresh, deed: nil)
        move = try named(move, places: Set(fresh).union([new]))
        if case .workers = move.mover { return move }
        if let landing = landings.first(where: { $0.commit == new }) {
            move.mover = .hybrid(run: landing.run)
            return move
        }
        // What other runs landed is theirs, also where the user went on from there.
        let landed = landings.map(\.commit).filter { fresh.contains($0) }
        let rest = landed.isEmpty ? fresh : try repository.commits(from: new, excluding: [old] + landed)
        let holders = try holders(of: Set(rest), since: old)
        if !holders.isEmpty || move.isBackwards { move.mover = .unknown(holding: holders) }
        return move
    }

    /// Adds the workers whose git was seen to bring the target to one of these places.
    private func named(_ move: TargetMove, places: Set<ObjectID>) throws -> TargetMove {
        var move = move
        var names: [String] = []
        for (run, deeds) in deeds {
            for deed in deeds where brings(deed, to: places, after: move.old) {
                let suspect = suspects.first { $0.names.run == run && $0.worker.job == deed.job }
                let name = suspect?.name ?? neutralise(deed.job?.text ?? "")
                if !names.contains(name) { names.append(name) }
                move.deed = deed
            }
        }
        if !names.isEmpty { move.mover = .workers(names) }
        return move
    }

    private func brings(_ deed: Deed, to places: Set<ObjectID>, after old: ObjectID) -> Bool {
        switch deed.kind {
        case .ref(let ref, let before, let new):
            // A reset to where it is moves nothing; of a deletion git does not always say what was there.
            ref == target.ref && places.contains(new) && (new != before || new == .zero) && new != old
                && deed.isIn(repository.commonDirectory)
                // What a clone pushed it notes as the place of its remote's branch.
                || deed.verb == "push" && ref.text.hasPrefix("refs/remotes/")
                    && ref.text.hasSuffix("/" + target.text) && places.contains(new) && new != .zero
        case .push(let ref, let new): ref == target.ref && places.contains(new) && new != .zero
        case .checkout, .index, .commit, .own, .amended, .applied, .past: false
        }
    }

    /// The jobs that made some of these commits.
    private func holders(of commits: Set<ObjectID>, since old: ObjectID) throws -> [String] {
        if commits.isEmpty { return [] }
        let users = try usersOwn()
        var names: [String] = []
        for suspect in suspects {
            let made = try repository.headReflog(
                worktree: suspect.names.registration(.job(suspect.worker.job))
            )
            .filter(\.isMaking).map(\.new)
            let noted = deeds.filter { $0.run == suspect.names.run }.flatMap(\.deeds)
                .filter { $0.job == suspect.worker.job }.compactMap(\.made)
            if try !commits.isDisjoint(with: made)
                || !commits.isDisjoint(with: Set(noted).subtracting(users))
                || !commits.isDisjoint(with: reached(by: suspect, since: old).subtracting(users))
            {
                names.append(suspect.name)
            }
        }
        let commands = deeds.flatMap(\.deeds).contains { deed in
            if case .commit(let id) = deed.kind { commits.contains(id) } else { false }
        }
        return commands ? names + ["a command of the run's own"] : names
    }

    /// What a job's branch and the refs that keep its work reach, beside what was there before and what remotes hold.
    private func reached(by suspect: TargetSuspect, since old: ObjectID) throws -> Set<ObjectID> {
        var tips = [try repository.id(of: suspect.worker.branch.ref)].compactMap { $0 }
        let kept = try repository.references(prefix: suspect.names.folder(of: .job(suspect.worker.job)))
        // A resolution holds what others did, too.
        tips += kept.filter { !$0.name.text.contains("/resol") }.map(\.id)
        guard let base = suspect.worker.base else { return [] }
        let remotes = try repository.references(prefix: "refs/remotes/").map(\.id)
        return try tips.reduce(into: []) { all, tip in
            all.formUnion(try repository.commits(from: tip, excluding: [base, old] + remotes))
        }
    }

    /// What was made in worktrees that are no run's, as their reflogs say.
    private func usersOwn() throws -> Set<ObjectID> {
        let names =
            try [""] + repository.worktrees().map(\.name).filter { RunNames.parse(registration: $0) == nil }
        return try names.reduce(into: []) { all, name in
            all.formUnion(try repository.headReflog(worktree: name).filter(\.isMaking).map(\.new))
        }
    }
}
