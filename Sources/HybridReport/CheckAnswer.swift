package import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridRecords

/// What `check --json` prints: the analysis, the estimate beside it, and what keeps the plan from running.
package struct CheckAnswer: Answer {
    let plan: Plan
    let report: CheckReport
    let preflight: Preflight
    /// Nil for jobs that wait for each other in a circle: they have no makespan.
    let estimate: EstimateReport?

    package init(plan: Plan, report: CheckReport, preflight: Preflight, estimate: EstimateReport?) {
        self.plan = plan
        self.report = report
        self.preflight = preflight
        self.estimate = estimate
    }

    package static let schemaName = "check"
    package static let schemaUse = "check: whether the jobs of a plan keep apart, and what is in their way"
    package static let jsonFields: [Field<CheckAnswer>] = [
        Field("decision", "Whether splitting is worth it; of a circle nobody can tell.") {
            Either<EstimateReport, NoEstimate>($0.estimate, or: NoEstimate())
        },
        Field("checklist", "Whether each item of the plan's checklist holds.") {
            ByWord($0.report.checklist.map { ($0.id, $0.passed) })
        },
        Field("evidence", "What each item rests on.") {
            ByWord($0.report.checklist.map { ($0.id, Evidence($0)) })
        },
        Field("overlaps", "Jobs that are planned for the same place in the same wave.", \.report.overlaps),
        Field("unlikely", "Jobs that meet only if a file's name became a folder.", \.report.unlikely),
        Field("waves", "The names of each wave's jobs; none for a circle.") { answer in
            answer.report.waves.map { $0.map { answer.plan.jobs[$0].name } }
        },
        Field("may_run", "Whether a run may begin here.") {
            $0.report.mayRun && $0.preflight.stops.isEmpty
        },
        Field("preflight", "What is in the way here, or may come to be.", \.preflight.findings),
        Field("warnings", "Facts worth saying that are no finding.", \.report.warnings),
        Field("repairs", "What would mend the overlaps, in words.", \.report.repairs),
        Field("proposals", "Changes of the plan that mend overlaps, each checked.", \.report.proposals),
        Field("hot", "Files that several jobs could touch at once.", \.report.hot),
        Field("wrong_trees", "Verify commands that may test another tree.", \.report.wrongTrees),
    ]
}

/// The estimate of a plan that has none.
private struct NoEstimate: DescribedObject {
    static let jsonFields: [Field<NoEstimate>] = [Field("worth_it", "Nobody can tell.") { _ in Nothing() }]
}

/// What speaks for and against an item.
private struct Evidence: DescribedObject {
    let item: CheckReport.Item

    init(_ item: CheckReport.Item) {
        self.item = item
    }

    static let jsonFields: [Field<Evidence>] = [
        Field("for", "What speaks for it.", \.item.evidence),
        Field("against", "What speaks against it.") { $0.item.problems + $0.item.gaps },
    ]
}

extension CheckReport.Item.ID: DescribedWord {}
extension Preflight.Way: DescribedWord {}
extension CheckReport.Proposal.Kind: DescribedWord {}

extension CheckReport.Overlap: DescribedObject {
    package static let jsonFields: [Field<CheckReport.Overlap>] = [
        Field("jobs", "The names of the two jobs.", \.jobs),
        Field("path", "A path that both claim.", \.path),
        Field("kind", "How they meet: path, directory, glob, section, case, unicode, symlink.", \.kind),
        Field("claims", "The two claims.", \.claims),
        Field("more", "How many more pairs of their claims meet, counted up to a hundred.", \.more),
        Field("undecided", "Whether the claims could only not be compared within bounds.", \.isUndecided),
        Field("at_base", "Whether the path stands at the base.", \.isAtBase),
        Field("reason", "What else there is to say about it.", \.reason),
    ]
}

extension Preflight.Finding: DescribedObject {
    package static let jsonFields: [Field<Preflight.Finding>] = [
        Field("id", "The finding's stable name.", \.id),
        Field("text", "The finding in words, as the refusal has them.", \.text),
        Field("next", "What to type next; null where the words say it.") { ($0.error as? HybridError)?.next },
        Field("refused_by", "What refuses to begin because of it; none for a warning.") { finding in
            Preflight.Way.allCases.filter(finding.refusedBy.contains)
        },
    ]
}

extension CheckReport.Proposal: DescribedObject {
    package static let jsonFields: [Field<CheckReport.Proposal>] = [
        Field("kind", "What kind of change.", \.kind),
        Field("text", "The change in words.", \.text),
        Field("jobs", "The names of the two jobs that overlap.", \.jobs),
        Field("path", "The path of the overlap.", \.path),
        Field("claims", "The jobs whose claims change.", \.claims),
        Field("waves", "The names of each wave's jobs, where the waves are what changes.", \.waves),
        Field("sections", "Sections of the file that keep apart, as a plan writes them.", \.sections),
    ]
}

extension CheckReport.Proposal.Change: DescribedObject {
    package static let jsonFields: [Field<CheckReport.Proposal.Change>] = [
        Field("job", "The job's name.", \.job),
        Field("files", "All its claims after the change, as a plan writes them.") { $0.files.map(\.text) },
    ]
}

extension HotFinding: DescribedObject {
    package static let jsonFields: [Field<HotFinding>] = [
        Field("path", "The file.", \.path),
        Field("reason", "Why many touch such a file.", \.reason),
        Field("jobs", "The names of the jobs whose claims reach it.", \.jobs),
        Field("policy", "The plan's policy for it; null where the plan says nothing.", \.policy),
    ]
}

extension WrongTree: DescribedObject {
    package static let jsonFields: [Field<WrongTree>] = [
        Field("command", "The command; null where the environment leads all of them there.", \.command),
        Field("job", "The id of the job whose command it is; null for the plan's.", \.job),
        Field("word", "What of the command or the environment leads there.", \.word),
        Field("path", "The place that it leads to.", \.path),
        Field("checkout", "The root of the checkout that holds the place.", \.checkout),
    ]
}
