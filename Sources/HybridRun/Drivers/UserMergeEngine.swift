package import HybridGit
package import HybridMerging

extension MergeEngine {
    /// An engine with a repository handle of its own that merges as the user would there: the repository's settings, the
    /// user's own merge drivers, the attributes of a tree.
    ///
    /// `change` has the last word on the options; `warn` hears of drivers that are not run.
    package static func ofUser(
        at gitDirectory: String, attributesOf tree: ObjectID?, environment: [String: String],
        warn: @escaping @Sendable (String) -> Void, change: (inout MergeOptions) -> Void = { _ in }
    ) throws -> MergeEngine {
        let own = try Repository(at: gitDirectory)
        var options = try MergeOptions(
            settingsOf: own, attributesOf: tree,
            drivers: UserMergeDrivers(environment: environment, in: own, warn: warn))
        change(&options)
        return try MergeEngine(own, options)
    }
}
