package import HybridBase
internal import HybridGit
internal import HybridMerging

extension Adoption: Answer {
    package static let schemaName = "adopt"
    package static let schemaUse =
        "adopt --dry-run: which branches would land, in what order, and why others not"
    package static let jsonFields: [Field<Adoption>] = [
        Field("target", "The branch that they would land on.", \.target.text),
        Field("tip", "Where it is.", \.tip.description),
        Field("tree", "The tree that it would have.", \.tree.description),
        Field("whole", "Whether every branch would land, or is in the target already.", \.isWhole),
        Field("order", "What would land, in the order of merging.") { adoption in
            adoption.order.map { Landing(adoption: adoption, index: $0) }
        },
        Field("left_out", "What would not land, and why.") { $0.outs { !$0.isNothing } },
        Field("already", "What is in the target already, or with another branch.") {
            $0.outs(where: \.isNothing)
        },
        Field("counted_as_merged", "Commits below branches whose work the target has under others.") {
            adoption in
            adoption.held.map { Held(adoption: adoption, commit: $0.commit.description, above: $0.branches) }
        },
        Field("smallest", "Whether it is proven that fewer cannot be left out.", \.isSmallest),
        Field("uncommitted", "Worktrees of branches with work that is not committed, which does not land.") {
            adoption in
            adoption.dirty.map {
                Uncommitted(branch: adoption.name($0.branch), path: $0.path, count: $0.count)
            }
        },
        Field("verify", "The commands that would verify the merge.", \.verify),
        Field("warnings", "What else there is to know.", \.warnings),
    ]

    private func outs(where isMeant: (Reason) -> Bool) -> [Out] {
        out.keys.sorted().compactMap { index in
            out[index].flatMap { isMeant($0) ? Out(adoption: self, index: index, reason: $0) : nil }
        }
    }

    /// Why a branch does not land, in a stable word.
    package enum Word: String, DescribedWord {
        case inTarget = "in-target"
        case sameAs = "same-as"
        case changesNothing = "changes-nothing"
        case unrelated, conflict, blocked
    }
}

extension Adoption.Reason {
    var word: Adoption.Word {
        switch self {
        case .inHistory: .inTarget
        case .same: .sameAs
        case .hasNothing: .changesNothing
        case .unrelated: .unrelated
        case .conflict: .conflict
        case .blocked: .blocked
        }
    }

    /// The branches that it has to do with.
    var others: [Int] {
        switch self {
        case .inHistory, .hasNothing, .unrelated: []
        case .same(let other): [other]
        case .conflict(let with, _): with
        case .blocked(let by): by
        }
    }

    var conflicts: [Conflict] { if case .conflict(_, let conflicts) = self { conflicts } else { [] } }
}

extension AdoptedBranch.Origin: DescribedWord {}

/// A branch that lands.
private struct Landing: DescribedObject {
    let adoption: Adoption
    let index: Int

    static let jsonFields: [Field<Landing>] =
        Named.fields.map { $0.of { Named(branch: $0.adoption.branches[$0.index]) } } + [
            Field("on", "The branches that it stands on directly.") { landing in
                landing.adoption.below[landing.index].map(landing.adoption.name)
            }
        ]
}

private struct Named {
    let branch: AdoptedBranch

    static let fields: [Field<Named>] = [
        Field("branch", "What it is called.", \.branch.name),
        Field("tip", "Its commit.", \.branch.tip.description),
        Field("origin", "Whose it is: of this repository, fetched, or a commit.", \.branch.origin),
    ]
}

/// A branch that does not.
private struct Out: DescribedObject {
    let adoption: Adoption
    let index: Int
    let reason: Adoption.Reason

    static let jsonFields: [Field<Out>] =
        Named.fields.map { $0.of { Named(branch: $0.adoption.branches[$0.index]) } } + [
            Field("reason", "Why.", \.reason.word),
            Field("with", "The branches that it has to do with; of a conflict none: the target.") { out in
                out.reason.others.map(out.adoption.name)
            },
            Field("paths", "Where it conflicts.") { $0.reason.conflicts.map(Place.init) },
        ]
}

private struct Place: DescribedObject {
    let conflict: Conflict

    static let jsonFields: [Field<Place>] = [
        Field("path", "The path.", \.conflict.path.text),
        Field("types", "git's conflict types.", \.conflict.types),
    ]
}

private struct Held: DescribedObject {
    let adoption: Adoption
    let commit: String
    let above: [Int]

    static let jsonFields: [Field<Held>] = [
        Field("commit", "The commit.", \.commit),
        Field("branches", "The branches above it.") { held in held.above.map(held.adoption.name) },
    ]
}

private struct Uncommitted: DescribedObject {
    let branch: String
    let path: String
    let count: Int

    static let jsonFields: [Field<Uncommitted>] = [
        Field("branch", "The branch.", \.branch),
        Field("worktree", "The worktree.", \.path),
        Field("paths", "How many paths are not committed.", \.count),
    ]
}
