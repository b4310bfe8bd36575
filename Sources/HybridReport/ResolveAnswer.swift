package import HybridBase

/// What `resolve --json` prints when it opens a conflict for a person; once it is resolved the report follows.
package struct ResolveAnswer: Answer {
    let worktree: String
    let paths: [String]
    let next: String

    package init(worktree: String, paths: [String], next: String) {
        self.worktree = worktree
        self.paths = paths
        self.next = next
    }

    package static let schemaName = "resolve"
    package static let schemaUse = "resolve, when it opens a conflict: where to edit it"
    package static let jsonFields: [Field<ResolveAnswer>] = [
        Field("worktree", "Where the conflict lies open.", \.worktree),
        Field("paths", "The paths with conflict markers.", \.paths),
        Field("next", "What to type once they are edited.", \.next),
    ]
}
