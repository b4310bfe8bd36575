import ArgumentParser
import HybridCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// When to colour, beside what the environment says.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    /// NO_COLOR and CLICOLOR_FORCE decide where the flag says auto, then whether stderr is a terminal.
    func on(_ environment: [String: String], terminal: Bool) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .auto:
            if environment["NO_COLOR"].map({ !$0.isEmpty }) == true {
                false
            } else if environment["CLICOLOR_FORCE"].map({ !$0.isEmpty && $0 != "0" }) == true {
                true
            } else {
                terminal
            }
        }
    }
}

/// Options of every command that works on a run.
struct RunOptionsGroup: ParsableArguments {
    @Option(help: "When to colour: auto, always or never.")
    var color: ColorChoice = .auto

    @Flag(name: [.long, .customShort("q")], help: "Say nothing on stderr but errors.")
    var quiet = false

    /// Opens the repository that holds the current folder, ready to run commands.
    ///
    /// With `onlyIfThere` it is an error that the repository never had a run, and nothing is made in it.
    func context(onlyIfThere: Bool = false) throws -> RunContext {
        try RunContext(at: ".", host: host(), onlyIfThere: onlyIfThere)
    }

    /// What commands need from the world outside.
    func host() throws -> Host {
        let environment = processEnvironment()
        let terminal = isatty(2) == 1 && environment["TERM"] != "dumb"
        let progress = Progress(terminal: terminal, colour: color.on(environment, terminal: terminal))
        let quiet = quiet
        let own = try OwnProgram.path()
        return Host(
            environment: environment, executor: LocalExecutor(supervisor: [own, "worker", "--spec"]),
            program: try OwnProgram.lasting(search: environment["PATH"]), isWatched: terminal && !quiet,
            narrate: { if !quiet { progress.hear($0) } })
    }
}
