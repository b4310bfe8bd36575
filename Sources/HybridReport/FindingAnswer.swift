package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
internal import HybridSystem

extension FindingRecord: DescribedObject {
    package static let jsonFields: [Field<FindingRecord>] = [
        Field("kind", "Overlap is planned, breach is done, conflict is a merge's.", \.kind),
        Field("jobs", "The ids of the jobs concerned, the culprit first.", \.jobs),
        Field("path", "The path concerned, escaped for display; empty where none is.", \.path),
        Field("message", "The finding in words.", \.message),
        Field("accepted", "Whether the user said that it is well so.") { $0.accepted == true },
        Field("worktree", "The worktree that was changed, where it is not the worker's own.", \.worktree),
        Field("changed_at", "When it came; null where that is not known.") { $0.changedAt.map(moment) },
        Field("types", "git's conflict types.", \.types),
        Field("sets", "The smallest sets of jobs with which a verification fails, where proved.") {
            $0.sets ?? []
        },
        Field("out", "The fewest jobs without which it passes.") { $0.out ?? [] },
        Field("undo", "The command that takes it back; null where there is none.", \.undo),
        Field("beside", "What was found beside the workers' branches; null in other findings.", \.beside),
        Field("cause", "Why it came to it; null where the plan does not tell.", \.cause),
        Field("tests", "The failing tests that it is about, where the output names them.") { $0.tests ?? [] },
        Field("hunks", "The hunks of a conflict; of a breach, the base's lines and the worker's.", \.hunks),
    ]
}

extension FindingRecord.Kind: DescribedWord {}
extension ConflictCause: DescribedWord {}
extension NamedTest.Standing: DescribedWord {}
extension BesideRecord.What: DescribedWord {}

extension FindingRecord.Hunk: DescribedObject {
    package static let jsonFields: [Field<FindingRecord.Hunk>] = [
        Field("ours_start", "The first line on the first side, from 1.", \.oursStart),
        Field("ours", "The first side's lines.", \.oursLines),
        Field("theirs_start", "The first line on the second side, from 1.", \.theirsStart),
        Field("theirs", "The second side's lines.", \.theirsLines),
    ]
}

extension NamedTest: DescribedObject {
    package static let jsonFields: [Field<NamedTest>] = [
        Field("name", "The name as the test's own runner writes it.", \.name),
        Field("standing", "What is known of it.", \.standing),
    ]
}

extension BesideRecord: DescribedObject {
    package static let jsonFields: [Field<BesideRecord>] = [
        Field("what", "What it is.", \.what),
        Field("id", "The commit that holds it.", \.id),
        Field("name", "The branch, the ref, the stash entry's message or the worktree; else empty.", \.name),
        Field("kept_at", "The ref that keeps it.", \.keptAt),
    ]
}
