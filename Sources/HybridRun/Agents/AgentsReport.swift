package import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem
internal import HybridUserGit

/// Which coding agents are installed here, and how hybrid would call each.
public struct AgentsReport: Hashable, Sendable {
    /// One agent.
    public struct Agent: Hashable, Sendable {
        /// The name that a plan uses: `Agent: NAME`.
        public var name: String
        /// The program's path; nil where it is not on PATH, and for a shell command of the user's.
        public var program: String?
        /// What the program says of its version; nil where it is not there, or does not say.
        public var version: String?
        /// The call, with words in place of what each job brings.
        public var call: String
        /// Whether it asks the guard before it writes.
        public var isGuarded: Bool
        /// Why it cannot be called; nil where it can.
        public var problem: String?
    }

    /// All that hybrid knows, then those that git config describes.
    public var agents: [Agent]

    /// For a person.
    public func text() -> String {
        agents.map { agent in
            let state =
                agent.problem ?? [agent.program, agent.version].compactMap { $0 }.joined(separator: ", ")
            return [
                "\(agent.name): \(state.isEmpty ? "described in git config" : state)",
                "  called as: \(agent.call)",
                agent.isGuarded
                    ? "  asks the guard before it writes"
                    : "  has no hook: the audit alone finds what it writes",
            ].joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension Inspection {
    /// Looks for the agents; runs each that is there once, for its version.
    public func agents() throws -> AgentsReport {
        let settings = try allSettings()
        let described = settings.keys.compactMap { key -> AgentName? in
            let parts = key.split(separator: ".")
            guard parts.count == 4, parts[0] == "hybrid", parts[1] == "agent" else { return nil }
            return AgentName(String(parts[2])).flatMap { AgentForm($0) == nil ? $0 : nil }
        }
        let own = Set(described.map(\.text)).sorted().compactMap(AgentName.init)
        return AgentsReport(agents: AgentForm.allCases.map(found) + own.map { Self.described($0, settings) })
    }

    private func found(_ form: AgentForm) -> AgentsReport.Agent {
        let program = ProcessTree.find(
            form.program, path: ProcessTree.searchPath(environment), directory: "/")
        let words = AgentWork(
            brief: "BRIEF", briefPath: "BRIEF.md", folder: "ATTEMPT", hooks: "HOOKS", files: [], readOnly: [])
        let call = form.command(words)
        let variables = call.environment.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(ShellWord.bare($0.value))"
        }
        return AgentsReport.Agent(
            name: form.rawValue, program: program.map(neutralise), version: program.flatMap(version),
            call: (variables + call.arguments.map(ShellWord.bare)).joined(separator: " "),
            isGuarded: form.guarded != nil, problem: program == nil ? "not on PATH" : nil)
    }

    /// The first line that a program says of its version; nil where it says none in time.
    private func version(_ program: String) -> String? {
        let ended = try? ChildProcess.run(
            [program, "--version"].map { Array($0.utf8) }, in: "/", environment: environment, timeout: 20,
            keeping: .start(4096))
        guard let ended, ended.code == 0 else { return nil }
        let line = ended.output.split(separator: 10).first.map { String(decoding: $0, as: UTF8.self) }
        return line.map { neutralise($0, limit: 100) }
    }

    private static func described(_ name: AgentName, _ settings: [String: String]) -> AgentsReport.Agent {
        var agent = AgentsReport.Agent(name: name.text, call: "", isGuarded: false)
        do throws(HybridError) {
            let description = try AgentDescription(name, settings)
            agent.call = neutralise(description.command)
            agent.isGuarded = description.hook != nil
        } catch {
            agent.problem = neutralise("\(error)")
        }
        return agent
    }
}

extension AgentsReport: Answer {
    package static let schemaName = "agents"
    package static let schemaUse = "agents: which coding agents are here, and how each would be called"
    package static let jsonFields: [Field<AgentsReport>] = [
        Field("agents", "All that hybrid knows, then those that git config describes.", \.agents)
    ]
}

extension AgentsReport.Agent: DescribedObject {
    package static let jsonFields: [Field<AgentsReport.Agent>] = [
        Field("name", "The name that a plan uses.", \.name),
        Field(
            "program", "The program's path; null where it is not there, and for a command of the user's.",
            \.program),
        Field("version", "What it says of its version; null where it does not.", \.version),
        Field("call", "The call, with words in place of what each job brings.", \.call),
        Field("guarded", "Whether it asks the guard before it writes.", \.isGuarded),
        Field("problem", "Why it cannot be called; null where it can.", \.problem),
    ]
}
