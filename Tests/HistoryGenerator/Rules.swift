package import HybridMerging
import TestSupport

extension GitRules {
    /// Those of the installed git, which tests compare with.
    package static let installed = (try? installedGit()).flatMap { GitRules(version: $0) } ?? .newest
}

extension MergeOptions {
    /// These options with the rules of the installed git, which tests compare with.
    package func asInstalledGit() -> MergeOptions {
        var options = self
        options.rules = .installed
        return options
    }
}
