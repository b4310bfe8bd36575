package import HybridBase
package import HybridGit
internal import HybridMerging
package import HybridPlan
package import HybridRecords
internal import HybridSystem

extension RunReport: Answer {
    package static let schemaName = "report"
    package static let schemaUse =
        "report, and run, resume, land, retry, resolve: who did what, and what came of it"
    package static let jsonFields: [Field<RunReport>] =
        RunRecord.head.map { $0.of(\.run) } + [
            Field("target_before", "The target's tip before the run.", \.run.targetBefore),
            Field("landed", "The commit that landed; null where none did.", \.run.landedCommit),
            Field("commits", "Which commits land.", \.run.commitForm),
            RunRecord.holdField.of(\.run),
            Field("push", "Where it is pushed as well; null where it stays here.", \.run.push),
            Field("verification", "What was verified and how; null before.", \.run.verification),
            Field(
                "remembered", "Where that answer is from; null where every verify command ran for it.",
                \.run.remembered),
            Field("base", "What the verify commands say of the base; null before they ran.", \.run.base),
            Field("workers", "The workers, in plan order.", \.workers),
            Field("findings", "What was found, in order.", \.findings),
            Field("checklist", "The integration checklist, answered from facts.", \.checklist),
            Field("stages", "The spans of the run that were timed.", \.stages),
            Field("measures", "What the run cost and gained.", \.measures),
            Field("next", "What to type next; null where nothing is left to do.", \.next),
        ]
}

extension RunRecord {
    /// What each answer about a run begins with.
    static let head: [Field<RunRecord>] = [
        Field("run", "The run's id.", \.id),
        Field("task", "The task's name.", \.task),
        Field("state", "Where the run stands.", \.state),
        Field("detail", "Why it stands there, in a line.", \.detail),
        Field("problem", "Why it could not go on; null where it can.", \.problem),
        Field("target", "The branch that the run integrates into.", \.target),
    ]

    static let holdField = Field<RunRecord>(
        "hold", "What a landing waits for that only the user can say; null where it waits for nothing.",
        \.hold)
}

extension ObjectID: DescribedAs {
    package var form: String { description }
}

extension BranchName: DescribedAs {
    package var form: String { text }
}

extension RunState: DescribedWord {}
extension Verification: DescribedWord {}
extension WorkerState: DescribedWord {}
extension LandingHold: DescribedWord {}
extension CommitForm: DescribedWord {}
extension Stage: DescribedWord {}

extension PushRecord: DescribedObject {
    package static let jsonFields: [Field<PushRecord>] = [
        Field("remote", "The remote, as it was named.", \.remote),
        Field("pushed", "The commit that its branch has; null until it does.", \.pushed),
    ]
}

extension RunProblem: DescribedObject {
    package static let jsonFields: [Field<RunProblem>] = [
        Field("thing", "What it is about.", \.thing),
        Field("reason", "Why it could not be done.", \.reason),
        Field("next", "What to do about it; null where the reason says it.", \.next),
        Field("code", "The kind of problem, as in an error's answer.") { $0.code ?? .failed },
    ]
}

extension RememberedAnswer: DescribedObject {
    package static let jsonFields: [Field<RememberedAnswer>] = [
        Field("run", "The run in which the commands said so; null where that is not known.", \.run),
        Field("since", "Since when they say so, in seconds since 1970.", \.since),
        Field("whole", "Whether nothing ran for it.", \.isWhole),
    ]
}

extension BaseAnswer: DescribedObject {
    package static let jsonFields: [Field<BaseAnswer>] = [
        Field("commit", "The commit.", \.commit),
        Field("passed", "Whether all verify commands passed.", \.passed),
        Field("accepted", "Whether somebody said that the run goes on all the same.", \.accepted),
        Field("failing", "The tests that fail there, as far as the output names them.", \.failing),
        Field("remembered", "Where the answer is from; null where every command ran for it.", \.remembered),
    ]
}

extension WorkerRecord: DescribedObject {
    package static let jsonFields: [Field<WorkerRecord>] = [
        Field("job", "The job's id.", \.job),
        Field("name", "The job's name.", \.name),
        Field("state", "Where the worker stands.", \.state),
        Field("detail", "Why it stands there, in a line.", \.detail),
        Field("wave", "Its wave, from 1.") { $0.wave + 1 },
        Field("branch", "Its branch; of adopted work what that is called.", \.branchName),
        Field("worktree", "Its worktree's path.", \.worktree),
        Field("base", "The commit that it started from; null before its launch.", \.base),
        Field("tip", "Its newest commit, as audited; null before.", \.tip),
        Field("attempt", "The attempt that counts, from 1; 0 before the first.", \.attempt),
        Field("exit_code", "How that attempt's command ended; null where it did not.", \.exitCode),
        Field("seconds", "How long its command ran, all attempts; null where none did.", \.seconds),
        Field(
            "remembered", "Where the answer of its own verify commands is from; null where they ran.",
            \.remembered),
    ]
}

extension ChecklistItem: DescribedObject {
    package static let jsonFields: [Field<ChecklistItem>] = [
        Field("id", "The item's stable name.", \.id),
        Field("text", "The item in words.", \.text),
        Field(
            "answer", "Yes or no; null where the plan asks for no such thing or it was not checked.", \.answer
        ),
        Field("evidence", "What the answer rests on.", \.evidence),
    ]
}

extension StageRecord: DescribedObject {
    package static let jsonFields: [Field<StageRecord>] = [
        Field("stage", "Which stage.", \.stage),
        Field("wave", "The wave, from 1; null where the stage belongs to none.") { $0.wave.map { $0 + 1 } },
        Field("seconds", "Its length.", \.seconds),
    ]
}
