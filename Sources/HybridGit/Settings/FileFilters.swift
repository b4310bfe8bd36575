internal import Dispatch
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Runs the user's own git where only it can convert files: drivers of the attribute `filter`, and
/// `working-tree-encoding`.
///
/// This room knows no programs: whoever does gives it one, once a process.
package protocol FileFilters: Sendable {
    /// The drivers that may run in a worktree: those that the user had before any worker began.
    ///
    /// `registration` names a worktree that may not be there yet; nil asks for `repository` itself.
    func drivers(of repository: Repository, registration: String?) throws(GitError) -> FilterDrivers

    /// Writes files of an index into a worktree that lacks them.
    ///
    /// `index` is a copy of its own: a git that outlives a killed hybrid meets nobody who begins again.
    func checkOut(
        _ paths: [RepoPath], in root: String, index: String, _ drivers: FilterDrivers
    ) throws(GitError)

    /// What git stores for files as they lie in a worktree, in their order; `keeps` writes the objects.
    func stored(
        _ paths: [RepoPath], in root: String, keeps: Bool, _ drivers: FilterDrivers
    ) throws(GitError) -> [ObjectID]
}

/// The drivers of the attribute `filter` in one worktree.
package struct FilterDrivers: Sendable {
    /// Those that run.
    package var running: Set<String>
    /// Those that are configured and do not run, with the reason.
    package var refused: [String: String]
    /// Settings that hold for each git that runs them, whatever the configuration says by then.
    package var settings: [Setting]

    package struct Setting: Sendable {
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) { (self.key, self.value) = (key, value) }
    }

    package init(running: Set<String> = [], refused: [String: String] = [:], settings: [Setting] = []) {
        self.running = running
        self.refused = refused
        self.settings = settings
    }

    /// The attribute for which git has to convert a file; nil where it has not.
    ///
    /// Throws `unsupported` where a driver may not run: content is never guessed.
    package func attribute(_ use: FilterUse, of path: @autoclosure () -> RepoPath) throws(GitError) -> String?
    {
        if let driver = use.driver {
            if let reason = refused[driver] {
                throw GitError(
                    .unsupported, operation: "convert", subject: path().description,
                    reason: "\(path()) has the attribute filter=\(neutralise(driver)), and \(reason)")
            }
            if running.contains(driver) { return "filter=\(neutralise(driver))" }
        }
        return use.encoding.map { "working-tree-encoding=\(neutralise($0))" }
    }
}

/// What attributes say of a file that git alone could convert.
package struct FilterUse: Hashable, Sendable {
    /// The driver that `filter` names, configured or not.
    package var driver: String?
    /// What `working-tree-encoding` names, where it is not how content is stored anyway.
    package var encoding: String?

    init(filter: AttributeValue, encoding: AttributeValue) {
        // git, too, takes a bare `filter` or `-filter` as none.
        if case .value(let name) = filter, !name.isEmpty { driver = name }
        if case .value(let name) = encoding, !name.isEmpty, !["utf-8", "utf8"].contains(name.lowercased()) {
            self.encoding = name
        }
    }

    private init() {}

    /// Of files that nothing is said of.
    static let none = FilterUse()
}

extension Repository {
    /// What runs the user's git for files; nil where nobody does: such files are then named, not converted.
    package static var fileFilters: (any FileFilters)? { filtersQueue.sync { knownFilters } }

    /// Has files converted from now on, in this process.
    package static func convertFiles(by filters: any FileFilters) {
        filtersQueue.sync { knownFilters = filters }
    }

    private static let filtersQueue = DispatchQueue(label: "hybrid.filters")
    /// Touched in the queue alone.
    nonisolated(unsafe) private static var knownFilters: (any FileFilters)?

    /// Where a copy of a worktree's index lies that git may write to; no two processes have the same.
    static func indexDraft(_ admin: String) -> String { admin + "hybrid-index.\(getpid())" }

    /// The drivers that may run here.
    func filterDrivers(registration: String? = nil) throws(GitError) -> FilterDrivers {
        guard let filters = Self.fileFilters else { return FilterDrivers() }
        return try filters.drivers(of: self, registration: registration)
    }
}
