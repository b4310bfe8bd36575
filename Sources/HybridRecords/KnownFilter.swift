/// A driver of the attribute `filter`, as it stood before a run's workers began.
package struct KnownFilter: Codable, Hashable, Sendable {
    /// The values of its keys (`clean`, `smudge`, `process`, `required`).
    package var values: [String: String]
    /// Whether the user's own files define it, or files of the base went through it already.
    ///
    /// Others do not run because a worker's attributes name them.
    package var isInUse: Bool

    package init(values: [String: String], isInUse: Bool) {
        self.values = values
        self.isInUse = isInUse
    }
}
