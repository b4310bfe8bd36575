internal import HybridBase
public import HybridGit
public import HybridMerging

/// The merge drivers that the user's own configuration defines, each run as a program.
///
/// A repository's `.gitattributes` can name a driver. What is run never comes from the repository's own configuration,
/// where a worker can write. Source: gitattributes(5), "Defining a custom merge driver".
public final class UserMergeDrivers: MergeDrivers {
    private let environment: [String: String]
    private let repository: Repository
    private let timeout: Double
    private let warn: (String) -> Void
    private var loaded: Definitions?
    private var warned: Set<String> = []
    private var isRepositoryAsked = false

    /// What the user's configuration says about drivers.
    private struct Definitions {
        var fallback: String?
        /// The longest that one may take for one file.
        var seconds: Double
        var drivers: [String: Definition] = [:]
    }

    private struct Definition {
        var command: [UInt8]?
        var recursive: String?
    }

    /// Nothing is read before a merge needs it.
    ///
    /// `environment` is the user's own, before it is cleaned for programs; `timeout` in seconds is for one file, and
    /// `hybrid.driverTimeout` in the user's configuration beats it; `warn` hears of what is not run.
    public init(
        environment: [String: String], in repository: Repository, timeout: Double = 60,
        warn: @escaping (String) -> Void
    ) {
        self.environment = environment
        self.repository = repository
        self.timeout = timeout
        self.warn = warn
    }

    /// The user's `merge.default`.
    public var fallback: String? {
        get throws(GitError) {
            let own = try definitions().fallback
            // Each file that is merged asks, and libgit2 looks at three configuration files for an answer.
            if isRepositoryAsked { return own }
            isRepositoryAsked = true
            if let other = try repository.configString("merge.default"), other != own {
                warnOnce(
                    "merge.default",
                    "merge.default = \(neutralise(other)) of the repository's own configuration does not count; "
                        + "to have it: git config --global merge.default \(neutralise(other))")
            }
            return own
        }
    }

    /// The program for this name; nil where the user defines none.
    ///
    /// Throws for a driver that the user's configuration mentions and gives no command, as git does.
    public func driver(named name: String) throws(GitError) -> (any MergeDriver)? {
        let definitions = try definitions()
        guard let found = definitions.drivers[name] else { return nil }
        guard let command = found.command, !command.isEmpty else {
            throw GitError(
                .unsupported, operation: "merge with", subject: "driver \(neutralise(name))",
                reason: "your configuration gives it no command; set merge.\(neutralise(name)).driver")
        }
        return UserMergeDriver(
            name: name, command: command, virtualBaseDriver: found.recursive, environment: environment,
            timeout: definitions.seconds, warn: warn)
    }

    /// Warns, once a name, that files are merged as text although they ask for something else.
    public func isUndefined(_ name: String, for path: RepoPath) {
        guard !warned.contains(name) else { return }
        // `git lfs track` writes merge=lfs, and no Git LFS sets such a driver up: git merges pointers as text, and says nothing.
        if name == "lfs", (try? repository.configString("merge.lfs.driver")) == nil { return }
        let shown = neutralise(name)
        warnOnce(
            name,
            "\(path): its merge driver \(shown) is not defined in your own configuration (the repository's own does not "
                + "count), so such files are merged as text; to have it: git config --global merge.\(shown).driver COMMAND"
        )
    }

    private func warnOnce(_ topic: String, _ text: String) {
        if warned.insert(topic).inserted { warn(text) }
    }

    private func definitions() throws(GitError) -> Definitions {
        if let loaded { return loaded }
        var found = Definitions(seconds: timeout)
        for setting in try UserConfiguration(environment: environment, in: repository).settings {
            let text = setting.value.map { String(decoding: $0, as: UTF8.self) }
            switch (setting.section, setting.subsection, setting.key) {
            case ("merge", nil, "default"): found.fallback = text
            case ("hybrid", nil, "drivertimeout"):
                guard let wanted = text.flatMap(Double.init), wanted > 0 else {
                    throw GitError(
                        .unsupported, operation: "read setting", subject: "hybrid.driverTimeout",
                        reason: "\"\(neutralise(text ?? ""))\" is not a number of seconds above 0")
                }
                // A year, which the clock can count.
                found.seconds = min(wanted, 31_536_000)
            case ("merge", let name?, let key):
                var definition = found.drivers[name] ?? Definition()
                if key == "driver" { definition.command = setting.value ?? [] }
                if key == "recursive" { definition.recursive = text }
                found.drivers[name] = definition
            default: break
            }
        }
        loaded = found
        return found
    }
}
