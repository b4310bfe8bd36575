package import HybridBase
package import HybridGit
package import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// What `conflicts --json` prints: a matrix, and as much beside it as was asked for.
package struct ConflictAnswer: Answer {
    let report: ConflictReport
    /// Whether the pairs that meet cleanly are told, too.
    let touching: Bool

    package init(_ report: ConflictReport, touching: Bool) {
        self.report = report
        self.touching = touching
    }

    package static let schemaName = "conflicts"
    package static let schemaUse =
        "conflicts: which branches conflict, where and why; with --watch an object a line"
    package static let jsonFields: [Field<ConflictAnswer>] = [
        Field("branches", "The branches, in the order asked.") { answer in
            answer.report.matrix.branches.indices.map { Member(report: answer.report, index: $0) }
        },
        Field("pairs", "The pairs that conflict.") { answer in
            answer.report.meetings(answer.report.matrix.pairs, ConflictingPair.init)
        },
        .ifAny("by_policy", "Paths of several that the plan's policies merge; only where it has some.") {
            $0.report.decidedAnswer
        },
        .ifAny("touching", "Pairs that touch the same paths and merge cleanly; only with --touching.") {
            answer in
            answer.touching ? answer.report.meetings(answer.report.matrix.touching, TouchingPair.init) : nil
        },
        .ifAny("waves", "The branches that can land together, in order; only with --suggest.") { answer in
            answer.report.landing.map { $0.waves.map { $0.map(answer.report.name) } }
        },
    ]
}

extension ConflictReport {
    /// Two branches of a matrix, as its report sees them.
    struct Meeting {
        let report: ConflictReport
        let pair: ConflictMatrix.Pair

        static let names: [Field<Meeting>] = [
            Field("ours", "The branch that comes first.", \.ours),
            Field("theirs", "The other one.", \.theirs),
        ]

        var ours: String { report.name(pair.ours) }
        var theirs: String { report.name(pair.theirs) }
    }

    func meetings<Shown>(_ pairs: [ConflictMatrix.Pair], _ show: (Meeting) -> Shown) -> [Shown] {
        pairs.map { show(Meeting(report: self, pair: $0)) }
    }
}

/// A branch that takes part, with what its worktree adds where that counts.
private struct Member: DescribedObject {
    let report: ConflictReport
    let index: Int

    private var branch: ConflictMatrix.Branch { report.matrix.branches[index] }
    private var edits: LiveEdits? { report.edits.indices.contains(index) ? report.edits[index] : nil }

    static let jsonFields: [Field<Member>] = [
        Field("name", "What it is called.", \.branch.name),
        Field("tip", "Its commit.", \.branch.tip.description),
        Field("base", "Where it started; null where that is not known.", \.branch.base?.description),
        .ifAny("uncommitted", "Paths of its worktree that are not committed; only where they count.") {
            $0.edits?.uncommitted
        },
        .ifAny("unchecked", "What of its worktree could not be taken in; only where something was not.") {
            $0.edits.flatMap { $0.unchecked.isEmpty ? nil : $0.unchecked }
        },
    ]
}

extension UncheckedPath: DescribedObject {
    package static let jsonFields: [Field<UncheckedPath>] = [
        Field("path", "The path; null where it is no single one.", \.path?.text),
        Field("reason", "Why it could not be taken in.", \.reason),
    ]
}

private struct ConflictingPair: DescribedObject {
    let meeting: ConflictReport.Meeting

    static let jsonFields: [Field<ConflictingPair>] =
        ConflictReport.Meeting.names.map { $0.of(\.meeting) } + [
            Field("paths", "Where they conflict.") { pair in
                pair.meeting.pair.conflicts.map { ConflictPlace(meeting: pair.meeting, conflict: $0) }
            }
        ]
}

private struct TouchingPair: DescribedObject {
    let meeting: ConflictReport.Meeting

    static let jsonFields: [Field<TouchingPair>] =
        ConflictReport.Meeting.names.map { $0.of(\.meeting) } + [
            Field("paths", "The paths that both changed.") { $0.meeting.pair.shared.map(\.text) }
        ]
}

/// One path on which two branches conflict.
private struct ConflictPlace: DescribedObject {
    let meeting: ConflictReport.Meeting
    let conflict: Conflict

    private var claims: ConflictClaims? { meeting.report.claims }

    static let jsonFields: [Field<ConflictPlace>] = [
        Field("path", "The path.", \.conflict.path.text),
        Field("types", "git's conflict types.", \.conflict.types),
        Field("ours_did", "What the first branch did to it.") { $0.conflict.deed(.ours) },
        Field("theirs_did", "What the second branch did to it.") { $0.conflict.deed(.theirs) },
        .ifAny("base_path", "Where the base's version lies, if elsewhere.") {
            $0.conflict.origins.base?.text
        },
        .ifAny("ours_path", "Where the first branch's came from, if elsewhere.") {
            $0.conflict.origins.ours?.text
        },
        .ifAny("theirs_path", "Where the second branch's came from, if elsewhere.") {
            $0.conflict.origins.theirs?.text
        },
        .ifAny("claimed_by", "The jobs that claim the place; only among a run's workers.") { place in
            place.claims.map { $0.holders(place.conflict) }
        },
        .ifAny("ours_allowed", "Whether the plan allowed what the first branch did there.") {
            $0.claims?.allows($0.meeting.ours, $0.conflict)
        },
        .ifAny("theirs_allowed", "Whether the plan allowed what the second branch did there.") {
            $0.claims?.allows($0.meeting.theirs, $0.conflict)
        },
        .ifAny("cause", "Why they collide; null where the plan does not tell.") { place in
            place.claims.map { $0.cause(place.meeting.ours, place.meeting.theirs, place.conflict) }
        },
        .ifAny("hunks", "The places that differ, for texts.") {
            $0.conflict.hunks.isEmpty ? nil : $0.conflict.hunks
        },
    ]
}

extension Conflict.Hunk: DescribedObject {
    package static let jsonFields: [Field<Conflict.Hunk>] = [
        Field("base", "The merge base's lines.", \.base),
        Field("ours", "The first branch's lines.", \.ours),
        Field("theirs", "The second branch's lines.", \.theirs),
    ]
}

extension Conflict.Span: DescribedObject {
    package static let jsonFields: [Field<Conflict.Span>] = [
        Field("start", "The number of the first line, from 1.", \.start),
        Field("lines", "The lines, without their ends.", \.lines),
    ]
}

/// A path that several branches changed and the plan's policy merges.
private struct DecidedPath: DescribedObject {
    let report: ConflictReport
    let decided: ConflictReport.Decided

    static let jsonFields: [Field<DecidedPath>] = [
        Field("path", "The path.", \.decided.path.text),
        Field("policy", "What the plan says becomes of it.", \.decided.policy.word),
        Field("branches", "The branches that meet there.") { $0.decided.branches.map($0.report.name) },
    ]
}

extension ConflictReport {
    /// Nil where the plan lets no file be shared.
    fileprivate var decidedAnswer: [DecidedPath]? {
        HotPolicies(hot).isEmpty ? nil : decided.map { DecidedPath(report: self, decided: $0) }
    }
}
