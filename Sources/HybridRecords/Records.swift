package import HybridBase
public import HybridGit
internal import HybridMerging
public import HybridPlan

/// Where a run stands.
///
/// Refs are the truth for what exists; this says what was decided.
public enum RunState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Made, nothing launched yet; the orchestrator's prepare step is due or running.
    case preparing
    /// The verify commands fail on the base already, so nothing was launched.
    case redBase = "red-base"
    /// Waits for a person to make the orchestrator's files; `resume` goes on.
    case pausedPrepare = "paused-prepare"
    /// Workers of a wave are running, or are to be launched.
    case working
    /// Worktrees stand ready for people (`start`); `merge` goes on.
    case handWorked = "hand-worked"
    /// Waits for a person to integrate; `resume` goes on.
    case pausedIntegrate = "paused-integrate"
    /// All waves merged, integration or verification is due.
    case integrated
    /// The union passed its verify commands and may land.
    case verified
    /// No verify command: nothing was proved. `land --unverified` may land it.
    case unverified
    /// A worker was left out (conflict, breach, failure) and the plan lands all or nothing.
    case leftOut = "left-out"
    /// The verify commands failed.
    case verificationFailed = "verification-failed"
    /// Verified, but the target could not be moved yet; `land` finishes it.
    case landingPending = "landing-pending"
    /// The target holds the result.
    case landed
    /// Landed, then taken back.
    case rolledBack = "rolled-back"
    /// Ended by `stop`; all work kept.
    case stopped

    /// Whether the run counts in the history: integration ended, or it rests where nothing was integrated.
    public var isHistory: Bool { isEnd || self == .stopped || self == .redBase }

    /// Whether integration ended, well or not: such a run has measures.
    public var isEnd: Bool {
        switch self {
        case .landed, .leftOut, .verificationFailed, .unverified, .rolledBack: true
        default: false
        }
    }
}

/// What the verification of a run came to.
public enum Verification: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every verify command passed on the commit that is to land.
    case passed
    /// A verify command fails.
    case failed
    /// A verify command says one thing and then another about the same tree.
    case flaky
    /// There is no verify command.
    case unverified
}

/// Where one worker stands.
public enum WorkerState: String, Codable, Hashable, Sendable, CaseIterable {
    case waiting, running
    /// Exit 0, and its commits are on its branch.
    case done
    /// Exit 0 with a dirty tree: hybrid committed it.
    case doneCommittedByHybrid = "done-committed-by-hybrid"
    /// Exit 0 without any change.
    case nothingDone = "nothing-done"
    case failed
    case timedOut = "timed-out"
    /// Touched what it had not claimed.
    case breach
    /// Changed what the user's hooks do, so that none of them ran.
    case hooksChanged = "hooks-changed"
    /// What makes its worktree ready failed: its command never ran.
    case setUpFailed = "set-up-failed"
    /// Left out of the merge because it does not merge cleanly.
    case conflict
    /// A job it needs was left out.
    case blocked
    /// In the merge.
    case merged
    /// Its own verify commands failed.
    case verificationFailed = "verification-failed"
    /// In the target.
    case landed
    case stopped

    /// Whether the merge can take it.
    public var isFinishedWork: Bool { self == .done || self == .doneCommittedByHybrid || self == .merged }
}

/// One execution of a plan.
public struct RunRecord: Codable, Hashable, Sendable {
    /// The run's id, `[a-z0-9-]`.
    public var id: RunID
    /// The plan as canonical JSON, exactly as checked.
    public var plan: String
    /// The plan file the user named.
    public var planPath: String
    /// The task's name, for lists.
    public var task: String
    /// The branch that the run integrates into.
    public var target: BranchName
    /// The target's tip when the run began, or when it was merged again.
    public var targetBefore: ObjectID
    /// The tip of the merge so far, what verification sees.
    public var integrated: ObjectID?
    /// The commit that landed.
    public var landedCommit: ObjectID?
    /// Where it stands; `RunTurn` has the ways from one state to another.
    public internal(set) var state: RunState
    /// Why it stands there, one line.
    public internal(set) var detail: String
    /// Waves of job ids, in order.
    public var waves: [[JobID]]
    /// The next wave to launch, from 0.
    public var nextWave: Int
    /// The most workers at once.
    public var parallel: Int
    /// Wall-clock time of creation, seconds since 1970.
    public var createdAt: Double
    /// Measured sequential time in seconds, where `--sequential` measured it.
    public var sequentialMeasured: Double?
    /// What verification came to; nil before.
    public var verification: Verification?
    /// Where what verification came to is from, where nothing, or not all, ran for it; nil where all ran.
    public var remembered: RememberedAnswer?
    /// People launch the workers.
    public var byHand: Bool = false
    /// The run waits for a person before verification.
    public var pauseToIntegrate: Bool = false
    /// How often this landing began again because the target moved.
    public var landingTries: Int = 0
    /// Which commits it puts on its target; nil in records of versions that had no choice.
    public var commits: CommitForm?
    /// The commit that the plan was checked on; nil in records of older versions.
    public var planned: ObjectID?
    /// The order in which each wave's jobs were merged, left-out ones included.
    public var mergeOrder: [Int: [JobID]]?
    /// The commit that was verified, or that nothing verifies: only this one lands.
    ///
    /// Nil before, and in older versions' records.
    public var verified: ObjectID?
    /// How often its state was recorded, which tells an older record from a newer one; nil in older versions' records.
    public var revision: Int?
    /// What the plan's verify commands say about the base; nil before they ran, and where there are none.
    public var base: BaseAnswer?
    /// Somebody said that the run goes on although its base is red.
    public var acceptRedBase: Bool?
    /// The next verification is to run, whatever is known already.
    public var verifyAnew: Bool?
    /// How its refs, branches and folders are named; nil in records of versions that knew one way only.
    package var layout: RunNames.Layout?
    /// The folder of the hooks that were in effect at launch, absolute; nil in records of older versions.
    public var hooks: String?
    /// The drivers of the attribute `filter` that stood before any worker began, by name; nil in records of older versions.
    package var filters: [String: KnownFilter]?
    /// The orchestrator's side may change what hooks do: somebody said so.
    public var acceptHooks: Bool?

    /// Why it could not go on when it was last driven; nil once it goes on.
    public var problem: RunProblem?
    /// Somebody said that what is clean lands without what was left out.
    public var landTheRest: Bool?

    /// What there is to know of branches that exist already; nil where the run launches its workers.
    public var adoption: AdoptionRecord?

    /// Where what lands is pushed as well; nil where it stays here.
    public var push: PushRecord?

    /// What a landing that is pending waits for, where that is a word of the user's.
    public var hold: LandingHold?
    /// Where the target was when its landing was held for it.
    public var heldTarget: ObjectID?
    /// Where the target was when the user said that whoever moved it did well.
    public var acceptedTarget: ObjectID?

    /// Which commits it puts on its target.
    public var commitForm: CommitForm { commits ?? .merge }

    /// Makes a record.
    public init(
        id: RunID, plan: String, planPath: String, task: String, target: BranchName, targetBefore: ObjectID,
        integrated: ObjectID? = nil, landedCommit: ObjectID? = nil, state: RunState = .preparing,
        detail: String = "", waves: [[JobID]] = [], nextWave: Int = 0, parallel: Int = 4,
        createdAt: Double, sequentialMeasured: Double? = nil, verification: Verification? = nil
    ) {
        self.id = id
        self.plan = plan
        self.planPath = planPath
        self.task = task
        self.target = target
        self.targetBefore = targetBefore
        self.integrated = integrated
        self.landedCommit = landedCommit
        self.state = state
        self.detail = detail
        self.waves = waves
        self.nextWave = nextWave
        self.parallel = parallel
        self.createdAt = createdAt
        self.sequentialMeasured = sequentialMeasured
        self.verification = verification
    }
}

/// One worker of a run.
public struct WorkerRecord: Codable, Hashable, Sendable {
    /// The run's id.
    public var run: RunID
    /// The job's id.
    public var job: JobID
    /// The job's name as written.
    public var name: String
    /// Its place in the plan, from 0.
    public var index: Int
    /// Its wave, from 0.
    public var wave: Int
    /// Its branch.
    public var branch: BranchName
    /// Its worktree's absolute path.
    public var worktree: String
    /// The commit it started from; nil until launched.
    public var base: ObjectID?
    /// Its tip as audited.
    public var tip: ObjectID?
    /// The attempt that counts, from 1; 0 before the first.
    public var attempt: Int
    /// Where it stands; `WorkerState.next` has the ways from one state to another.
    public internal(set) var state: WorkerState
    /// Why, one line: the breach, the conflict, the exit code.
    public var detail: String
    /// The exit code of the attempt that counts.
    public var exitCode: Int?
    /// How long its command ran, in seconds, all attempts.
    public var seconds: Double?
    /// How long the attempt ran that counts, in seconds; nil before, and in older versions' records.
    public var lastSeconds: Double?
    /// Where the answer of the job's own verify commands comes from, where none ran for it; nil where they ran.
    public var remembered: RememberedAnswer?
    /// Whether it ever conflicted in this run, whatever became of that; nil where not.
    public var hasConflicted: Bool?
    /// Attempts that nobody saw end.
    ///
    /// Their supervisor was killed, or never began; they are not failures of the job's.
    public var lost: Int?
    /// Files within its claims that git ignores, so that no commit holds them.
    public var ignored: [String]?
    /// The branch that its work is, where somebody made it without the run; nil for workers that the run launches.
    public var adopted: AdoptedWork?

    /// Makes a record.
    public init(
        run: RunID, job: JobID, name: String, index: Int, wave: Int, branch: BranchName, worktree: String,
        base: ObjectID? = nil, tip: ObjectID? = nil, attempt: Int = 0, state: WorkerState = .waiting,
        detail: String = "", exitCode: Int? = nil, seconds: Double? = nil
    ) {
        self.run = run
        self.job = job
        self.name = name
        self.index = index
        self.wave = wave
        self.branch = branch
        self.worktree = worktree
        self.base = base
        self.tip = tip
        self.attempt = attempt
        self.state = state
        self.detail = detail
        self.exitCode = exitCode
        self.seconds = seconds
    }
}

extension RunRecord {
    /// The tip of the merge so far, or where it will begin.
    package var mergedSoFar: ObjectID { integrated ?? targetBefore }
    /// The commit that the run began on: where the plan was checked.
    package var start: ObjectID { planned ?? targetBefore }
}

extension WorkerRecord {
    /// What its branch is called: that which was adopted, or its own.
    package var branchName: String { adopted?.name ?? branch.text }

    /// The commit it started from; throws where it was never launched.
    package func started() throws(HybridError) -> ObjectID {
        if let base { return base }
        throw HybridError(
            .recordDamaged, "job \(name)", "it was never launched", next: "hybrid status \(run)")
    }

    /// Its tip as audited; throws where nothing of it was collected.
    package func collected() throws(HybridError) -> ObjectID {
        if let tip { return tip }
        throw HybridError(
            .recordDamaged, "job \(name)", "nothing of it was collected", next: "hybrid status \(run)")
    }

    /// What it made: its tip as audited, or where it started.
    package func work() throws(HybridError) -> ObjectID {
        if let tip { return tip }
        return try started()
    }
}

extension KeyedDecodingContainer {
    /// A commit; records wrote an empty text where there is none.
    package func decodeIfPresent(_ type: ObjectID.Type, forKey key: Key) throws -> ObjectID? {
        guard contains(key), try !decodeNil(forKey: key), try decode(String.self, forKey: key) != "" else {
            return nil
        }
        return try decode(type, forKey: key)
    }
}

/// The stages that are timed.
///
/// Stages 4 to 8 without ``verifyCommand`` are integration overhead.
public enum Stage: String, Codable, Hashable, Sendable, CaseIterable {
    case check, prepare, launch, audit, merge, integrate, verify
    /// The verify commands' own time, within ``verify``.
    case verifyCommand = "verify-command"
    case advance
    /// What is proven merged was removed after the landing.
    case clean
    /// A command of the orchestrator's, within ``prepare`` or ``integrate``.
    case orchestratorCommand = "orchestrator-command"
    /// A process that worked on the run, from its beginning to its last write.
    case session
    /// The run waited for a person, or nobody drove it; not hybrid time.
    case paused
}

/// One timed span of a run.
///
/// Times are CLOCK_BOOTTIME (monotonic) nanoseconds: they compare between processes.
public struct StageRecord: Codable, Hashable, Sendable {
    /// The run's id.
    public var run: RunID
    /// Which stage.
    public var stage: Stage
    /// The wave, where the stage belongs to one.
    public var wave: Int?
    /// When it began.
    public var begin: UInt64
    /// When it ended.
    public var end: UInt64
    /// The commit that a command ran on (hex); nil for other spans.
    public var commit: ObjectID?
    /// Which command it was: the id of its job, empty for the plan's, and its place.
    public var command: String?
    /// Whether the command succeeded.
    public var passed: Bool?
    /// Where the run stood while it waited.
    public var state: RunState?

    /// Makes a record.
    public init(run: RunID, stage: Stage, wave: Int? = nil, begin: UInt64, end: UInt64) {
        self.run = run
        self.stage = stage
        self.wave = wave
        self.begin = begin
        self.end = end
    }

    /// Its length in seconds.
    public var seconds: Double { end >= begin ? Double(end - begin) / 1e9 : 0 }
}

/// Something found against the zero-conflicts rule, or by verification.
public struct FindingRecord: Codable, Hashable, Sendable {
    /// What kind of finding.
    ///
    /// Overlap is planned, breach is done, conflict is a merge's.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        case overlap, breach, conflict, verification, warning
        /// A worker asked for more than the plan gave it, and got it.
        case claim
        /// Work came up beside the workers' branches, or something that stood there is gone.
        case beside
    }

    /// A conflicting hunk: lines from 1, and the lines themselves.
    public struct Hunk: Codable, Hashable, Sendable {
        /// The first line on the first worker's side, from 1.
        public var oursStart: Int
        /// The first worker's lines.
        public var oursLines: [String]
        /// The first line on the second worker's side, from 1.
        public var theirsStart: Int
        /// The second worker's lines.
        public var theirsLines: [String]

        /// Makes a hunk.
        public init(oursStart: Int, oursLines: [String], theirsStart: Int, theirsLines: [String]) {
            self.oursStart = oursStart
            self.oursLines = oursLines
            self.theirsStart = theirsStart
            self.theirsLines = theirsLines
        }
    }

    /// The run's id.
    public var run: RunID
    /// The kind.
    public var kind: Kind
    /// The job ids concerned, the culprit first.
    public var jobs: [JobID]
    /// The path concerned, escaped for display; empty where none.
    public var path: String
    /// One line for a person.
    public var message: String
    /// git's conflict types, such as "CONFLICT (contents)".
    public var types: [String]
    /// The hunks of a conflict; of a breach, the base's lines and the worker's.
    public var hunks: [Hunk]
    /// Why it came to a conflict; nil for other findings, and where the plan does not tell.
    public var cause: ConflictCause?
    /// The failing tests that the finding is about, where a verify command's output names them.
    public var tests: [NamedTest]?
    /// The smallest sets of jobs with which a verification fails, where that is proved; nil in other findings.
    public var sets: [[JobID]]?
    /// The fewest jobs without which it passes; nil in other findings.
    public var out: [JobID]?
    /// Whether the user said that it is well so; nil in most findings, and in older versions' records.
    public var accepted: Bool?
    /// The root of the worktree that was changed, where it is not the worker's own.
    public var worktree: String?
    /// When it came, in seconds since 1970; nil where that is not known.
    public var changedAt: Double?
    /// The command that takes it back, also at the end of the message; nil where there is none.
    public var undo: String?
    /// What was found beside the workers' branches; nil in other findings.
    public var beside: BesideRecord?

    /// Makes a finding; its message ends with how to undo it.
    public init(
        run: RunID, kind: Kind, jobs: [JobID], path: String = "", message: String, types: [String] = [],
        hunks: [Hunk] = [], cause: ConflictCause? = nil, tests: [NamedTest]? = nil, undo: String? = nil
    ) {
        self.cause = cause
        self.tests = tests
        self.run = run
        self.kind = kind
        self.jobs = jobs
        self.path = path
        self.message = message + (undo.map { Self.toUndo + $0 } ?? "")
        self.undo = undo
        self.types = types
        self.hunks = hunks
    }

    /// What stands between the rest of a message and the command that undoes it.
    static let toUndo = "; to undo: "

    /// The message without the command that undoes it.
    package var said: Substring {
        let end = undo.map { Self.toUndo + $0 } ?? ""
        return message.hasSuffix(end) ? message.dropLast(end.count) : message[...]
    }
}
