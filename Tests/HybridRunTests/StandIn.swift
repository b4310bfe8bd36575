import Foundation
import HybridBase
import HybridGit
import HybridPlan
import HybridSystem
import Synchronization
import TestSupport
import Testing

@testable import HybridRecords
@testable import HybridRun

/// What a command does instead of running, and how it is told to have ended.
struct Act: Sendable {
    /// Files that it writes in its folder, by path; nil takes one away.
    var files: [String: String?] = [:]
    /// How it ended; nil: nobody saw it end.
    var outcome: SupervisedStatus.Outcome? = .exited(0)
    /// What it took by a clock that nobody waits for, in seconds.
    var seconds = 3600.0
    /// What happens beside it.
    var beside: (@Sendable () throws -> Void)?
    /// Whether it goes on until it is cancelled.
    var lasts = false
    /// Says how it ends by what lies in its folder; outweighs `outcome`.
    var judge: (@Sendable (String) -> Bool)?

    static func writes(_ files: [String: String?]) -> Act { Act(files: files) }
    static func ends(_ outcome: SupervisedStatus.Outcome?, writing files: [String: String?] = [:]) -> Act {
        Act(files: files, outcome: outcome)
    }
    /// Passes where a look at its folder says so.
    static func passes(where judge: @escaping @Sendable (String) -> Bool) -> Act { Act(judge: judge) }
    static let passes = Act()
    static let fails = Act(outcome: .exited(1))
}

/// Stands in for the processes of a run: each command, known by its text, does the next of its acts at once.
///
/// The last act is done again where a command comes more often.
final class StandIn: Executor {
    private struct State {
        var script: [String: [Act]]
        var done: [String: SupervisedStatus] = [:]
        var lost: Set<String> = []
        var lasting: Set<String> = []
        var said: [String] = []
    }
    private let state: Mutex<State>

    init(_ script: [String: [Act]]) { state = Mutex(State(script: script)) }

    /// The commands that were handed over, in order.
    var said: [String] { state.withLock(\.said) }

    func submit(_ spec: SupervisedSpec) throws -> SupervisedHandle {
        let handle = SupervisedHandle(
            executor: "stand-in", specPath: "", statusPath: spec.statusPath, pidPath: spec.pidPath,
            attempt: spec.attempt)
        let command = spec.arguments.last ?? ""
        // The user's own git is no stand-in's matter.
        if spec.arguments.first == "git" {
            let ran = try execute(spec.arguments, in: spec.directory, environment: spec.environment)
            try Data((ran.out + ran.err).utf8).write(to: URL(fileURLWithPath: spec.logPath))
            state.withLock { state in
                state.done[spec.statusPath] = SupervisedStatus(
                    outcome: .exited(Int(ran.code)), attempt: spec.attempt, seconds: 0)
            }
            return handle
        }
        let act = try state.withLock { state -> Act in
            state.said.append(command)
            guard var acts = state.script[command], let next = acts.first else {
                throw HybridError(.programFailed, command, "nobody said what this command does")
            }
            if acts.count > 1 { acts.removeFirst() }
            state.script[command] = acts
            return next
        }
        for (path, text) in act.files {
            let place = spec.directory + "/" + path
            if let text {
                try FileManager.default.createDirectory(
                    atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(fileURLWithPath: place))
            } else {
                try FileManager.default.removeItem(atPath: place)
            }
        }
        try Data("\(command)\n".utf8).write(to: URL(fileURLWithPath: spec.logPath))
        try act.beside?()
        let judged = act.judge.map { SupervisedStatus.Outcome.exited($0(spec.directory) ? 0 : 1) }
        state.withLock { state in
            let key = spec.statusPath
            if act.lasts { state.lasting.insert(key) }
            if let outcome = judged ?? act.outcome {
                state.done[key] = SupervisedStatus(
                    outcome: outcome, attempt: spec.attempt, seconds: act.seconds)
            } else {
                state.lost.insert(key)
            }
        }
        return handle
    }

    func adopt(_: SupervisedHandle) throws -> SupervisedHandle? { nil }

    func poll(_ handle: SupervisedHandle) throws -> Poll {
        state.withLock { state in
            if state.lasting.contains(handle.statusPath) { return .running }
            if state.lost.contains(handle.statusPath) { return .vanished }
            return state.done[handle.statusPath].map { .finished($0) } ?? .vanished
        }
    }

    func wait(for _: [SupervisedHandle], orReading _: [Int32], until _: UInt64?) {}

    func cancel(_ handle: SupervisedHandle) throws {
        state.withLock { state in
            guard state.lasting.remove(handle.statusPath) != nil else { return }
            state.done[handle.statusPath] = SupervisedStatus(
                outcome: .stopped, attempt: handle.attempt, seconds: 1)
        }
    }
}

/// A repository, a plan of jobs whose commands a stand-in does, and runs of it.
struct StageBench {
    let sandbox: Sandbox
    var plan: Plan

    /// Jobs by name with what they claim; `lines` go into the plan beside them.
    init(
        _ jobs: [(name: String, claims: String)], _ lines: [String: Any] = [:],
        needs: [String: [String]] = [:], retries: Int = 0
    )
        throws
    {
        sandbox = try Sandbox()
        try sandbox.repository(["README": "base\n", "shared": "1\n2\n3\n"])
        var json: [String: Any] = ["task": ["name": "T"], "target": "main", "verify": ["check all"]]
        json.merge(lines) { $1 }
        json["jobs"] = jobs.map { job -> [String: Any] in
            var fields: [String: Any] = [
                "name": job.name, "files": [job.claims], "command": "do \(job.name)",
            ]
            if retries > 0 { fields["retries"] = retries }
            if let needed = needs[job.name] { fields["needs"] = needed }
            return fields
        }
        let text = String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
        plan = try Plan.parse(text, format: .json, file: "plan.json", exists: { _ in true })
    }

    var folder: String { sandbox.root + "/repo" }

    func context(_ executor: any Executor) throws -> RunContext {
        try RunContext(
            at: folder, host: Host(environment: hermetic(home: sandbox.home), executor: executor))
    }

    func checked() throws -> CheckedPlan {
        let inspection = try Inspection(at: folder, environment: hermetic(home: sandbox.home))
        switch try inspection.checked(plan, inWaves: false) {
        case .mayRun(let checked): return checked
        case .refused(let report, _):
            throw HybridError(.planRefused, "plan", report.repairs.joined())
        }
    }

    func begin(_ context: RunContext, _ options: RunOptions = RunOptions(parallel: 4)) throws -> RunRecord {
        try BeginStep(context).begin(checked(), planPath: "plan.json", options: options, createdAt: 1)
    }

    /// Runs the plan with commands that do as the script says.
    func run(_ script: [String: [Act]], to goal: Goal = .landed) throws -> (
        RunRecord, [WorkerRecord], StandIn
    ) {
        let standIn = StandIn(script)
        let context = try context(standIn)
        let ended = try DriveStep(context).drive(begin(context).id, to: goal)
        return (ended, try context.runs.workers(of: ended), standIn)
    }
}
