import Foundation
import TestSupport
import Testing

/// Help, usage errors and completions.
@Suite struct HelpTests {
    static let commands = [
        "plan", "estimate", "check", "start", "run", "merge-tree", "resume", "stop", "status", "conflicts",
        "merge",
        "verify", "land",
        "rollback", "retry", "resolve", "clean", "report", "metrics", "buildstate", "schema", "guard",
        "hooks", "claim", "doctor", "init", "log", "trust", "version", "adopt", "agents",
    ]

    private func hybrid(_ arguments: [String]) throws -> Outcome {
        let sandbox = try Sandbox()
        return try execute(
            [hybridProgram()] + arguments, in: sandbox.root, environment: hermetic(home: sandbox.home))
    }

    @Test func theHelpListsEveryCommand() throws {
        let help = try hybrid(["--help"])
        #expect(help.code == 0)
        #expect(help.err == "")
        for command in Self.commands {
            #expect(help.out.contains("\n  \(command) "), "\(command) is not in:\n\(help.out)")
        }
        #expect(!help.out.contains("\n  worker "), "the supervisor is nobody's command")
    }

    @Test(arguments: commands)
    func everyCommandHasHelp(command: String) throws {
        let help = try hybrid([command, "--help"])
        #expect(help.code == 0)
        #expect(help.err == "")
        #expect(help.out.hasPrefix("OVERVIEW: "))
        #expect(help.out.contains("USAGE: hybrid \(command)"))
        let asked = try hybrid(["help", command])
        #expect(asked.out == help.out)
        #expect(help.out.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test func exitCodesAreListed() throws {
        let help = try hybrid(["help", "exit-codes"])
        #expect(help.code == 0)
        for code in ["0", "1", "2", "64", "128+"] {
            #expect(
                help.out.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix(code) },
                "\(code) is not in:\n\(help.out)")
        }
    }

    @Test(arguments: [["--no-such-flag"], ["run"], ["no-such-command"], ["run", "plan.md", "--jobs", "0"]])
    func usageErrorsExit64(arguments: [String]) throws {
        let answer = try hybrid(arguments)
        #expect(answer.code == 64, "\(answer.out)\(answer.err)")
        #expect(answer.out == "")
        #expect(answer.err.contains("Error: "))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreGenerated(shell: String) throws {
        let script = try hybrid(["--generate-completion-script", shell])
        #expect(script.code == 0)
        #expect(script.err == "")
        for command in Self.commands { #expect(script.out.contains(command), "\(command)") }
        guard shell == "bash" else { return }
        let sandbox = try Sandbox()
        let read = try sandbox.run("bash", "-n", input: Data(script.out.utf8))
        #expect(read.code == 0, "\(read.err)")
    }
}
