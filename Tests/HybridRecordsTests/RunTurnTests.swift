import HybridBase
import HybridGit
import TestSupport
import Testing

@testable import HybridRecords

private func commit(_ digit: Character) -> ObjectID { ObjectID(hex: String(repeating: digit, count: 40))! }

private func run(_ state: RunState = .preparing) -> RunRecord {
    var run = RunRecord(
        id: "20260101-000000-rrrr", plan: "{}", planPath: "p", task: "T", target: try! BranchName("main"),
        targetBefore: commit("1"),
        integrated: commit("2"), state: state, detail: "before", waves: [["a"], ["b"]], nextWave: 1,
        createdAt: 1)
    run.revision = 4
    run.problem = RunProblem(HybridError("thing", "reason", next: "next"))
    return run
}

/// A turn, the states in which it can happen, and what it makes of a run beside the revision.
private typealias Row = (
    turn: RunTurn, from: Set<RunState>, to: RunState, detail: String,
    change: @Sendable (inout RunRecord) -> Void
)

private let turns: [Row] = [
    (
        .baseIsRed(red, why: "red"), [.preparing, .pausedPrepare], .redBase, "red", { $0.base = red }
    ),
    (
        .baseIsAskedAgain(accepted: false), [.redBase], .preparing, "the base is verified again",
        { $0.verifyAnew = true }
    ),
    (.baseIsAskedAgain(accepted: true), [.redBase], .preparing, "the base is verified again", { _ in }),
    (.waitsForInterfaces(why: "w"), [.preparing, .pausedPrepare], .pausedPrepare, "w", { _ in }),
    (
        .prepared(checkpoint: commit("3")), [.preparing, .pausedPrepare], .working, "wave 1 of 2",
        { $0.integrated = commit("3") }
    ),
    (.handedOut, [.working, .handWorked], .handWorked, "wave 2 of 2 is worked on by hand", { _ in }),
    (.waveIsMerged, [.working], .working, "wave 2 of 2", { _ in }),
    (
        .settled(leftOut: [], count: 2, landsTheRest: false), merged, .integrated, "all workers merged",
        { _ in }
    ),
    (
        .settled(leftOut: ["a (conflict)"], count: 2, landsTheRest: false), merged, .leftOut,
        "left out: a (conflict)", { _ in }
    ),
    (
        .settled(leftOut: ["a (conflict)"], count: 2, landsTheRest: true), merged, .integrated,
        "left out: a (conflict)", { _ in }
    ),
    (
        .settled(leftOut: ["a (x)", "b (x)"], count: 2, landsTheRest: true), merged, .leftOut,
        "no worker's work could be merged: a (x), b (x)", { _ in }
    ),
    (.waitsForIntegration(why: "w"), [.integrated], .pausedIntegrate, "w", { _ in }),
    (
        .integratedByHand(commit("3")), [.pausedIntegrate], .integrated, "integrated by hand",
        { ($0.integrated, $0.pauseToIntegrate) = (commit("3"), false) }
    ),
    (
        .verified(commit("3"), known: "; known"), [.integrated], .verified,
        "every verify command passed on 3333333333; known",
        { ($0.verification, $0.verified) = (.passed, commit("3")) }
    ),
    (
        .unverified(commit("3")), [.integrated], .unverified,
        "the plan names no verify command, so nothing was checked",
        { ($0.verification, $0.verified) = (.unverified, commit("3")) }
    ),
    (
        .verificationFailed(isFlaky: false, why: "w"), [.integrated], .verificationFailed, "w",
        { $0.verification = .failed }
    ),
    (
        .verificationFailed(isFlaky: true, why: "w"), [.integrated], .verificationFailed, "flaky: w",
        { $0.verification = .flaky }
    ),
    (
        .rebuiltWithout(["a", "b"], commit("3")), [.integrated], .integrated, "left out: a, b",
        { ($0.verification, $0.integrated) = (.failed, commit("3")) }
    ),
    (
        .verificationIsAskedAgain, [.verified, .unverified, .verificationFailed, .landingPending],
        .integrated, "to be verified again", { $0.verifyAnew = true }
    ),
    (
        .landingIsHeld(.target, target: commit("3"), why: "w"), landing, .landingPending,
        "w; nothing landed", { ($0.hold, $0.heldTarget) = (.target, commit("3")) }
    ),
    (
        .landingIsHeld(.worktrees, target: nil, why: "w"), landing, .landingPending, "w; nothing landed",
        { $0.hold = .worktrees }
    ),
    (.landingIsPending(why: "w"), landing, .landingPending, "w", { _ in }),
    (
        .mergedOntoTarget(commit("3"), commit("5"), tries: 2), landing, .integrated,
        "merged again on 3333333333",
        { ($0.targetBefore, $0.integrated, $0.landingTries) = (commit("3"), commit("5"), 2) }
    ),
    (
        .conflictsWithTarget(commit("3"), tries: 2), landing, .leftOut,
        "main moved to 3333333333 meanwhile, and conflicts with the run; nothing moved",
        { $0.landingTries = 2 }
    ),
    (
        .targetIsResolved(commit("3"), commit("5")), [.leftOut], .integrated,
        "the conflict with main was resolved by hand",
        { ($0.targetBefore, $0.integrated) = (commit("3"), commit("5")) }
    ),
    (
        .reopened(waves: [["b"], ["c"]], on: nil, why: "w"), merged, .working, "w",
        { $0.waves = [["a"], ["b"], ["b"], ["c"]] }
    ),
    (
        .reopened(waves: [["b"]], on: commit("3"), why: "w"), merged, .working, "w",
        { ($0.waves, $0.integrated) = ([["a"], ["b"], ["b"]], commit("3")) }
    ),
    (
        .landed(commit("3"), leftOut: []), landing, .landed, "main is at 3333333333",
        { $0.landedCommit = commit("3") }
    ),
    (
        .landed(commit("3"), leftOut: ["a (conflict)"]), landing, .landed,
        "main is at 3333333333; left out: a (conflict)", { $0.landedCommit = commit("3") }
    ),
    (
        .rolledBack(to: commit("1"), keptAt: "refs/x"), [.landed], .rolledBack,
        "main is back at 1111111111; what had landed is kept at refs/x", { _ in }
    ),
    (.stopped(during: nil), open, .stopped, "stopped; all work is kept", { _ in }),
    (
        .stopped(during: "wave 2 ran"), open, .stopped, "stopped while wave 2 ran; all work is kept",
        { _ in }
    ),
    (.goesOn, [.stopped], .working, "goes on", { _ in }),
]

private let red = BaseAnswer(commit: commit("1"), passed: false)
private let landing: Set<RunState> = [.verified, .unverified, .landingPending]
private let merged: Set<RunState> = [
    .working, .handWorked, .integrated, .pausedIntegrate, .leftOut, .verificationFailed, .verified,
    .unverified, .landingPending, .stopped,
]
private let open: Set<RunState> = [
    .preparing, .redBase, .pausedPrepare, .working, .handWorked, .pausedIntegrate, .integrated, .verified,
    .unverified, .leftOut, .verificationFailed, .landingPending,
]

@Suite struct RunTurnTests {
    @Test(arguments: turns.indices)
    func `a turn leads from its states to one, changes what it says, and happens nowhere else`(
        _ index: Int
    ) throws {
        let row = turns[index]
        for state in RunState.allCases {
            let before = run(state)
            guard row.from.contains(state) else {
                let error = #expect(throws: HybridError.self) { try before.after(row.turn) }
                #expect(error?.code == .wrongState && error?.reason.contains(state.rawValue) == true)
                continue
            }
            var wanted = before
            wanted.state = row.to
            wanted.detail = row.detail
            wanted.problem = nil
            wanted.revision = 5
            row.change(&wanted)
            #expect(try before.after(row.turn) == wanted, "\(row.turn) from \(state)")
        }
    }

    @Test func `a person's resolution is a wave of its own, and leaves open where the run stands`() throws {
        for state in merged {
            let after = try run(state).after(.resolved(job: "a", commit("3")))
            #expect(after.state == state && after.waves == [["a"], ["b"], ["a"]] && after.nextWave == 3)
            #expect(after.integrated == commit("3"))
        }
    }

    @Test func `the rest lands after what a red verification left open is asked again`() throws {
        for (state, anew) in [(RunState.leftOut, nil), (.verificationFailed, true)] {
            let after = try run(state).after(.restIsToLand)
            #expect(after.state == .integrated && after.landTheRest == true && after.verifyAnew == anew)
            #expect(after.detail == "the rest is to land: before")
        }
    }

    @Test func `a run that goes on is where its work is`() throws {
        var stopped = run(.stopped)
        stopped.byHand = true
        #expect(try stopped.after(.goesOn).state == .handWorked)
        #expect(try stopped.after(.reopened(waves: [["b"]], on: nil, why: "w")).state == .handWorked)
        stopped.integrated = nil
        #expect(try stopped.after(.goesOn).state == .preparing)
    }

    @Test func `a landing's word of the user's is over where it is not asked for again`() throws {
        var held = run(.landingPending)
        (held.hold, held.heldTarget) = (.target, commit("4"))
        #expect(try held.after(.landingIsPending(why: "w")).hold == nil)
        #expect(try held.after(.landed(commit("3"), leftOut: [])).hold == nil)
        #expect(try held.after(.mergedOntoTarget(commit("3"), commit("5"), tries: 1)).hold == nil)
        #expect(try held.after(.conflictsWithTarget(commit("3"), tries: 1)).hold == nil)
        // Where the target was held is known on.
        #expect(
            try held.after(.landingIsHeld(.worktrees, target: nil, why: "w")).heldTarget == commit("4"))
    }
}

@Suite struct WorkerTurnTests {
    private static let ways: [WorkerState: Set<WorkerState>] = [
        .waiting: [.running, .blocked, .stopped, .failed, .setUpFailed, .done, .doneCommittedByHybrid],
        .running: [.waiting, .done, .doneCommittedByHybrid, .nothingDone, .failed, .timedOut, .stopped],
        .done: finished, .doneCommittedByHybrid: finished,
        .nothingDone: mended, .failed: mended, .timedOut: mended, .breach: mended, .hooksChanged: mended,
        .verificationFailed: mended, .stopped: mended, .setUpFailed: mended,
        .conflict: out, .blocked: out,
        .merged: [.landed, .conflict, .blocked, .verificationFailed, .waiting],
        .landed: [],
    ]
    private static let finished: Set<WorkerState> = [
        .done, .doneCommittedByHybrid, .nothingDone, .failed, .breach, .hooksChanged, .conflict, .blocked,
        .verificationFailed, .merged, .waiting,
    ]
    private static let mended: Set<WorkerState> = [
        .waiting, .running, .done, .doneCommittedByHybrid, .conflict, .merged, .failed, .nothingDone,
        .verificationFailed, .hooksChanged, .breach,
    ]
    private static let out: Set<WorkerState> = [
        .waiting, .running, .done, .doneCommittedByHybrid, .conflict, .merged, .blocked, .verificationFailed,
        .failed,
    ]

    @Test(arguments: WorkerState.allCases)
    func `a worker goes the ways there are, and no other`(_ state: WorkerState) throws {
        for next in WorkerState.allCases {
            var worker = WorkerRecord(
                run: "20260101-000000-rrrr", job: "a", name: "A", index: 0, wave: 0,
                branch: try! BranchName("b"),
                worktree: "/w", state: state)
            if next == state || Self.ways[state]?.contains(next) == true {
                try worker.become(next)
                #expect(worker.state == next)
            } else {
                let error = #expect(throws: HybridError.self) { try worker.become(next) }
                #expect(error?.code == .wrongState && worker.state == state)
            }
        }
    }

    @Test func `what a merge took in is never forgotten as failed or done`() {
        #expect(WorkerState.merged.next.isDisjoint(with: [.failed, .nothingDone, .done, .running, .stopped]))
        #expect(WorkerState.landed.next.isEmpty)
    }
}
