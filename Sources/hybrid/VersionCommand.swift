import ArgumentParser
import HybridCore

/// `hybrid version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Tells which hybrid this is, and what it was built with.",
        discussion: "For reports of problems, and for scripts that need a certain version: --json.")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let answer = VersionAnswer(Hybrid.version)
            json ? print(rendered(answer)) : show(answer.text())
        }
    }
}
