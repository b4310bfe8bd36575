internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// A command that said no about a tree.
struct VerifyFailure: Equatable {
    /// The job whose own command it is; nil for the plan's.
    var job: JobID?
    /// The command.
    var command: Command
    /// What it is, in words.
    var what: String
    /// How it ended, in words.
    var how: String
    /// The end of its output, safe for display.
    var tail: [String]
    /// The tests that its output names as failing, safe for display.
    var failing: [String] = []
    /// Where it is from, where nothing ran for it.
    var remembered: RememberedAnswer?
    /// The exit code, where it came to one.
    var exitCode: Int?
    /// Whether it is what makes a worktree ready, and no verify command.
    var isSetUp = false

    var summary: String {
        let known = remembered.map { " (\($0.words))" } ?? ""
        let tests = failing.map { NamedTest(name: $0, standing: .fails) }.line()
        return "\(what) \(how)\(known)\(tests.isEmpty ? "" : ", failing \(tests)")"
    }

    /// Whether `other` is the same command of the same owner.
    func isOf(_ other: VerifyFailure) -> Bool {
        command == other.command && job == other.job && isSetUp == other.isSetUp
    }
}

extension VerifyFailure {
    /// The failure of a set-up where it says nothing of anybody's work, so that the run stops for it.
    func setUpError(_ whose: String, _ run: RunRecord) -> HybridError {
        HybridError(
            .setUpFailed, "the set-up of \(whose)", summary,
            next: "mend what it lacks, then: hybrid resume \(run.id)")
    }
}

/// One worktree's worth of verify commands, run one after the other on one commit.
struct VerifyBench {
    /// The job whose own commands they are; nil for the plan's.
    var job: Job?
    /// The commit.
    var commit: ObjectID
    /// The commands.
    var commands: [Command]
}

/// What verify commands said.
struct VerifyVerdict {
    /// What failed, by the place of its bench, in the order in which it was seen.
    var failures: [(bench: Int, failure: VerifyFailure)] = []
    /// How many commands ran.
    var ran = 0
    /// The known answers that stand for a run, by the place of their bench.
    var recalled: [(bench: Int, answer: RememberedAnswer)] = []

    /// The first failure; nil when all passed.
    var failure: VerifyFailure? { failures.first?.failure }

    /// The oldest known answer that stands for a run; nil where all ran.
    var remembered: RememberedAnswer? {
        guard var oldest = recalled.map(\.answer).min(by: { $0.since < $1.since }) else { return nil }
        oldest.isWhole = ran == 0
        return oldest
    }

    /// The oldest known answer that stands for a run of one bench.
    func remembered(_ bench: Int) -> RememberedAnswer? {
        recalled.filter { $0.bench == bench }.map(\.answer).min { $0.since < $1.since }
    }

    /// Adds what another bench's commands said.
    mutating func add(_ other: VerifyVerdict) {
        failures += other.failures
        ran += other.ran
        recalled += other.recalled
    }
}

/// Whether an answer that is known already may stand for a run.
enum Recall {
    case known, anew
}

/// How far benches go after a failure.
enum Extent {
    /// The first failure ends all of them.
    case firstFailure
    /// A failure ends its own bench.
    case firstOfEach
    /// Every command runs.
    case end
}

/// Runs verify commands on a tree, or recalls what they answered, and says what it means.
struct JudgeStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }

    init(_ context: RunContext) { self.context = context }

    /// Runs the verify commands on a merged commit: the plan's, or where it names none each component's own, which
    /// would say nothing of the whole otherwise.
    ///
    /// Each group has a fresh worktree. Ends with the first failure. `only` narrows it to one command, and those in
    /// front of it in its worktree, as tracing does.
    func judge(
        _ run: RunRecord, _ plan: Plan, _ commit: ObjectID, workers: [WorkerRecord],
        only: VerifyFailure? = nil, recall: Recall
    ) throws -> VerifyVerdict {
        var union = plan.verify
        let owners = union.isEmpty ? workers.map { plan.jobs[$0.index] } : []
        var components = owners.filter { !$0.verify.isEmpty }
            .map { VerifyBench(job: $0, commit: commit, commands: $0.verify) }
        if let only {
            func upTo(_ commands: [Command]) -> [Command] {
                if only.isSetUp { return [] }
                return commands.firstIndex(of: only.command).map { Array(commands[...$0]) } ?? []
            }
            components = components.filter { $0.job?.id == only.job }.map {
                VerifyBench(job: $0.job, commit: commit, commands: upTo($0.commands))
            }
            union = only.job == nil ? upTo(union) : []
        }
        let isSetUp = only?.isSetUp == true
        components = components.filter { isSetUp || !$0.commands.isEmpty }
        var verdict = try judge(components, run, plan, recall: recall)
        if verdict.failures.isEmpty, !union.isEmpty || isSetUp && only?.job == nil {
            verdict.add(
                try judge(
                    [VerifyBench(job: nil, commit: commit, commands: union)], run, plan, recall: recall))
        }
        return verdict
    }

    /// Judges benches, up to the run's limit side by side, and keeps what they said.
    ///
    /// Where an answer may be recalled, a bench whose answers are all known is not run. What failed while another
    /// verify command ran, of this run or of another one in the repository, is no answer yet: that bench runs once more
    /// by itself. With `alone` each runs by itself from the beginning.
    func judge(
        _ benches: [VerifyBench], _ run: RunRecord, _ plan: Plan, recall: Recall,
        until extent: Extent = .firstFailure, alone: Bool = false
    ) throws -> VerifyVerdict {
        var verdict = VerifyVerdict()
        var waiting: [Int] = []
        for (place, bench) in benches.enumerated() {
            if recall == .known, !bench.commands.isEmpty,
                let known = try recalled(bench, place, run, plan, until: extent)
            {
                verdict.add(known)
            } else {
                waiting.append(place)
            }
        }
        func isOver() -> Bool { extent == .firstFailure && !verdict.failures.isEmpty }
        guard !waiting.isEmpty, !isOver() else { return verdict }
        let runner = BenchRunner(context, run, plan, benches, until: extent)
        var doubtful: [Int] = []
        if alone {
            doubtful = waiting
        } else {
            let found = try runner.sideBySide(waiting)
            verdict.add(found.verdict)
            doubtful = found.doubtful
        }
        for place in doubtful where !isOver() {
            let again = try runner.byItself(place)
            verdict.add(again)
            for failure in runner.doubts(place)
            where !again.failures.contains(where: { $0.failure.isOf(failure) }) {
                try tellBeside(failure, run)
            }
        }
        return verdict
    }

    /// Throws where what failed is a set-up that fails on a commit without the workers' changes as well: then nobody is to
    /// be blamed.
    func refuseSetUp(_ failure: VerifyFailure, _ run: RunRecord, _ plan: Plan, at base: ObjectID) throws {
        guard failure.isSetUp else { return }
        let job = failure.job.flatMap { id in plan.jobs.first { $0.id == id } }
        let bench = VerifyBench(job: job, commit: base, commands: [])
        let onBase = try judge([bench], run, plan, recall: .anew, alone: true)
        guard let same = onBase.failure, same.isSetUp else { return }
        throw same.setUpError("a worktree to verify in", run)
    }

    /// Says of a command that it failed beside others only: that is nobody's fault, and worth knowing.
    private func tellBeside(_ failure: VerifyFailure, _ run: RunRecord) throws {
        let message =
            "failed beside others, passed alone: \(failure.what); perhaps it needs what only one can have, such as a "
            + "port or a folder"
        try tellOnce(message, of: failure.job.map { [$0] } ?? [], run)
    }

    func words(_ bench: VerifyBench, _ command: Command) -> String {
        let owner = bench.job.map { "the verify command of job \($0.name)" } ?? "the verify command"
        return "\(owner) `\(neutralise(command.display))`"
    }

    // MARK: What is known

    /// What a bench would say, as far as all of it is known; nil where one of its commands is to run, for then those
    /// in front of it are as well: they share a worktree.
    private func recalled(
        _ bench: VerifyBench, _ place: Int, _ run: RunRecord, _ plan: Plan, until extent: Extent
    ) throws -> VerifyVerdict? {
        var verdict = VerifyVerdict()
        for (index, command) in bench.commands.enumerated() {
            let key = try key(bench, through: index, run, plan)
            guard let known = try ledger.judgement(key), !known.isFlaky else { return nil }
            let answer = RememberedAnswer(run: known.run, since: known.since)
            verdict.recalled.append((place, answer))
            guard !known.passed else { continue }
            let failure = VerifyFailure(
                job: bench.job?.id, command: command, what: words(bench, command),
                how: attempts.words(.exited(known.exitCode)), tail: known.tail, failing: known.failing,
                remembered: answer, exitCode: known.exitCode)
            verdict.failures.append((place, failure))
            if extent != .end { break }
        }
        return verdict
    }

    /// Variables that say which window or session a person types in, not what a command works with.
    private static let sessions: Set<String> = [
        "_", "SHLVL", "WINDOWID", "COLUMNS", "LINES", "TERM_SESSION_ID", "XDG_SESSION_ID", "SSH_CLIENT",
        "SSH_CONNECTION", "SSH_TTY", "TMUX", "TMUX_PANE", "STY", "PWD", "OLDPWD",
    ]

    /// What a judgement is kept under.
    ///
    /// The tree, the command and those in front of it in its worktree, whose command it is, and the environment without
    /// what names the run and its worktree. Hashed, for an environment holds secrets.
    func key(
        _ bench: VerifyBench, through last: Int, _ run: RunRecord, _ plan: Plan
    ) throws -> String {
        let tree = try repository.commit(bench.commit).tree
        let environment = try attempts.environment(run, plan, job: bench.job, base: bench.commit, in: "")
            .filter { !$0.key.hasPrefix("HYBRID_") && !Self.sessions.contains($0.key) }
        var parts = [tree.description, bench.job?.id.text ?? ""]
        parts += bench.job.map { [$0.name] + $0.files.map(\.text) } ?? []
        parts += (plan.setup + (bench.job?.setup ?? [])).map {
            "set-up " + $0.arguments.joined(separator: "\u{0}")
        }
        parts += bench.commands[...last].map { command in
            command.arguments.map { "\($0.utf8.count):\($0)" }.joined()
        }
        parts.append(try BroughtLook(context).source(plan)?.key ?? "")
        // A sparse worktree has not all that the tree has.
        if let patterns = try repository.sparsePatterns() {
            parts.append("sparse " + String(decoding: patterns, as: UTF8.self))
        }
        // What a stale cache may have answered stands for no other verdict.
        if try world.runSettings().trustsCaches() { parts.append("trusted caches") }
        parts += environment.map { "\($0.key)=\($0.value)" }.sorted()
        let text = parts.map { "\($0.utf8.count):\($0)\n" }.joined()
        return try ObjectID(ofBlob: Array(text.utf8)).description
    }

    // MARK: Limits

    /// The longest a verify command may take, in seconds: `hybrid.verifyTimeout`, written as a plan's estimates are.
    func verifyTimeout() throws -> Double {
        try world.runSettings().verifyTimeout() ?? host.verifyTimeout
    }

    func tests(_ failures: [VerifyFailure], _ standing: NamedTest.Standing) -> [NamedTest] {
        failures.flatMap(\.failing).map { NamedTest(name: $0, standing: standing) }
    }

    /// Records what a verify command said, with the end of its output, and tells it.
    func report(
        _ failure: VerifyFailure, _ run: RunRecord, jobs: [JobID] = [], _ message: String,
        kind: FindingRecord.Kind, cause: ConflictCause? = nil, tests: [NamedTest], sets: [[JobID]] = [],
        out: [JobID] = []
    ) throws {
        let tail = failure.tail.isEmpty ? "" : "\n" + failure.tail.joined(separator: "\n")
        var finding = FindingRecord(
            run: run.id, kind: kind, jobs: jobs, message: message + tail, cause: cause,
            tests: tests.isEmpty ? nil : tests)
        if !sets.isEmpty { (finding.sets, finding.out) = (sets, out) }
        try runs.note(finding)
        host.narrate(.note(message))
    }
}
