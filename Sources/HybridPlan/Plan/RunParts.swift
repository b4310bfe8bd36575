/// A branch with a worktree that a run makes.
package enum RunPlace: Hashable, Sendable {
    /// A worker's.
    case job(JobID)
    /// Where a conflict of this job lies open.
    case resolve(job: JobID)
    /// Where the conflict with a moved target lies open.
    case resolveTarget
    /// Where the orchestrator prepares.
    case orchestrator
    /// Where a person integrates.
    case integrate
    /// A worktree for one check, without a branch.
    case check(Int)

    /// Where a conflict of somebody's lies open.
    package init?(dispute owner: RunRef.Owner) {
        switch owner {
        case .job(let id): self = .resolve(job: id)
        case .target: self = .resolveTarget
        case .orchestrator, .integrate: return nil
        }
    }

    /// Whose work lies here; nil where it is nobody's.
    package var owner: RunRef.Owner? {
        switch self {
        case .job(let id), .resolve(let id): .job(id)
        case .resolveTarget: .target
        case .orchestrator: .orchestrator
        case .integrate: .integrate
        case .check: nil
        }
    }

    /// Whose conflict lies open here; nil where none does.
    package var dispute: RunRef.Owner? {
        switch self {
        case .resolve(let id): .job(id)
        case .resolveTarget: .target
        default: nil
        }
    }
}

/// What runs commands whose attempts are kept.
package enum RunStep: Hashable, Sendable, CustomStringConvertible {
    /// A job's worker.
    case job(JobID)
    /// What makes a worktree ready.
    case setUp(RunPlace)
    /// A step of the run's own.
    case own(Own)

    /// The run's own steps.
    package enum Own: String, Hashable, Sendable, CaseIterable {
        case orchestrator, integrate, verify, advance, commit
    }

    package static let orchestrator = RunStep.own(.orchestrator)
    package static let integrate = RunStep.own(.integrate)
    package static let verify = RunStep.own(.verify)
    package static let advance = RunStep.own(.advance)
    package static let commit = RunStep.own(.commit)

    package var description: String {
        switch self {
        case .job(let id): "job \(id)"
        case .setUp: "the set-up of a worktree"
        case .own(let step): "the run's step \(step.rawValue)"
        }
    }
}

/// A ref of a run.
package enum RunRef: Hashable, Sendable {
    /// One of the run's own.
    case run(Own)
    /// What a wave's merge starts from.
    case wave(Int)
    /// What the user had in a worktree when the run began; the main one where none is named.
    ///
    /// Numbered from 2 on where the same was kept before and changed since.
    case user(worktree: String?, number: Int = 1)
    /// What is kept of somebody's work; with a number from 2 on where a name keeps something already.
    case kept(Owner, Kept, number: Int = 1)
    /// What came up beside a job's branch, or beside nobody's, by the first digits of its id.
    case beside(job: JobID?, id: String)
    /// What the stash held before a wave.
    case stash(wave: Int)

    /// The run's own refs.
    package enum Own: String, Hashable, Sendable, CaseIterable {
        case base, record, checkpoint, integrated, candidate, landed, squashed
        case targetBefore = "target-before"
        case byHand = "by-hand"
    }

    /// Whose work is kept.
    package enum Owner: Hashable, Sendable { case job(JobID), target, orchestrator, integrate }

    /// What is kept.
    package enum Kept: String, Hashable, Sendable, CaseIterable {
        /// The commit that hybrid made of what was not committed.
        case committed
        /// What was not committed when a worker ended, before the user's git commits it.
        case snapshot
        /// All of an attempt that did not succeed.
        case rescue
        case rescueBranch = "rescue-branch"
        /// All of an attempt that is done again.
        case attempt
        case attemptBranch = "attempt-branch"
        /// The merge that a person made, or a resolution that was set aside.
        case resolution
        case resolutionBranch = "resolution-branch"
        /// The conflict with its markers, as it was opened.
        case resolvedFrom = "resolved-from"
        /// The tip of a branch that somebody made without the run.
        case adopted

        /// The tip of a branch that its worktree had left.
        package var branch: Kept { Kept(rawValue: rawValue + "-branch") ?? self }
    }

    package static func job(_ id: JobID, _ kept: Kept) -> RunRef { .kept(.job(id), kept) }

    /// The same ref with another number.
    package func numbered(_ number: Int) -> RunRef {
        if case .kept(let owner, let kept, _) = self { return .kept(owner, kept, number: number) }
        return self
    }
}

/// A file or folder of a run beside its attempts.
package enum RunFile: Hashable, Sendable {
    case lock, recordLock, claimsLock, stop, restoredPaths, hooks, agents, mergeMessage
    /// A file of settings while it is read, and copies of what git obeys.
    case gitmodules, copies
    /// What workers' git did elsewhere, and what lay in the user's worktrees.
    case deeds, neighbours
    /// The folder of the set-ups' attempts, and what says that one came to a good end.
    case setUps, wasSetUp
    /// What lay where links of worktrees lead.
    case linked
    /// What was brought into a worktree.
    case brought(RunPlace)
    /// What worktrees shared before a wave.
    case shared(wave: Int)
    /// What stood beside the workers' branches before a wave, and what brings its stash back.
    case beside(wave: Int), undoStash(wave: Int)
    /// What a person sources who works in a job's place.
    case environment(job: JobID)
}
