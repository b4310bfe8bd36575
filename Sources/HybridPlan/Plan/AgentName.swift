/// The coding agent that is to do a job: one that hybrid knows how to call, or one that the user describes in git config.
///
/// Example: `claude`, or `mine` with `git config hybrid.agent.mine.command "my-agent --brief \"$HYBRID_BRIEF\""`.
public struct AgentName: Hashable, Sendable, CustomStringConvertible {
    /// The name: a lower-case letter, then `[a-z0-9-]`, 40 characters at most.
    public let text: String

    /// Takes a name; nil where it can be none.
    public init?(_ text: String) {
        guard let first = text.utf8.first, (97...122).contains(first), text.utf8.count <= 40,
            text.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
        else { return nil }
        self.text = text
    }

    /// The name.
    public var description: String { text }
}

extension Plan {
    /// Who does a job: its own agent, or the plan's; nil where a command or a person does.
    public func agent(of job: Job) -> AgentName? { job.task == nil ? nil : job.agent ?? agent }
}

extension Job {
    /// Whether nobody but a person can do it.
    package var isByHand: Bool { command == nil && task == nil }
}
