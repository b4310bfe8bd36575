internal import HybridBase

/// A file that several jobs could touch at once.
public struct HotFinding: Hashable, Sendable {
    /// The file.
    public var path: String
    /// Why many touch such a file.
    public var reason: String
    /// The names of the jobs whose claims reach it.
    public var jobs: [String]
    /// The plan's policy for it; nil where the plan says nothing.
    public var policy: String?
    /// The policy that such a file mostly needs.
    var proposed: String

    package init(path: String, reason: String, jobs: [String], policy: String? = nil, proposed: String) {
        self.path = path
        self.reason = reason
        self.jobs = jobs
        self.policy = policy
        self.proposed = proposed
    }

    /// What is said where the plan has no policy.
    package var warning: String {
        "\(path) is \(reason), and \(jobs.joined(separator: ", ")) may touch it; say below \"### Hot Files:\" what "
            + "becomes of it, such as \"- \(MarkdownText.quoted(path)): \(proposed)\" "
            + "(policies: orchestrator, job NAME, regenerate COMMAND, union)"
    }
}
