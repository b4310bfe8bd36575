internal import HybridBase

/// A verify command that leads to a checkout other than the fresh worktree in which it runs: what it tests there is not
/// the tree that lands.
public struct WrongTree: Hashable, Sendable {
    /// The command, for display; nil where the caller's environment leads all of them there.
    public var command: String?
    /// The id of the job whose command it is; nil for the plan's.
    public var job: JobID?
    /// What of the command or the environment leads there, as written.
    public var word: String
    /// The place that it leads to.
    public var path: String
    /// The root of the checkout that holds the place.
    public var checkout: String

    package init(command: String? = nil, job: JobID? = nil, word: String, path: String, checkout: String) {
        self.command = command
        self.job = job
        self.word = word
        self.path = path
        self.checkout = checkout
    }

    /// The fact in a line, with what to do about it.
    public var warning: String {
        let owner = job.map { "of job \($0) " } ?? ""
        let who = command.map { "the verify command \(owner)`\(neutralise($0))`" } ?? "the environment"
        let way = word == path ? "names" : "leads by \(neutralise(word)) to"
        return "\(who) \(way) \(neutralise(path)), in the checkout \(neutralise(checkout)): it may test what "
            + "lies there instead of the tree that lands; use paths from the root of the worktree, where "
            + "commands start"
    }
}
