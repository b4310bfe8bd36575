import ArgumentParser
import HybridCore

/// `hybrid agents`.
struct AgentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract: "Which coding agents are installed here, and how hybrid would call each.",
        discussion: """
            A plan names one with "Agent:", and what it is to do with "Task:". Each program that is there is run once, for its \
            version; nothing else is asked of it and nothing is spent. Others are described in git config \
            (hybrid.agent.NAME.command). Exits 0 when at least one can be called, 1 when none can.
            """)

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let report = try Inspection(environment: processEnvironment()).agents()
            json ? print(rendered(report)) : show(report.text())
            if report.agents.allSatisfy({ $0.problem != nil }) { throw Exit.no }
        }
    }
}
