import ArgumentParser
import HybridCore

/// `hybrid hooks`.
struct HooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks",
        abstract: "Puts the guard into this repository's git hooks, beside what you have.",
        discussion: """
            Only needed where people launch workers and do not source what hybrid start prints: workers that hybrid \
            launches have the guard through their environment. The hooks say nothing outside workers' worktrees.
            """,
        subcommands: [HooksInstall.self, HooksRemove.self, HooksShow.self])
}

/// The hooks of the repository that holds the current folder.
private func installation() throws -> HookInstallation {
    let environment = processEnvironment()
    let program = try OwnProgram.lasting(search: environment["PATH"])
    return try HookInstallation(at: ".", program: program, environment: environment)
}

private struct HooksInstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Writes pre-commit and pre-push where none stands.",
        discussion: """
            Where a hook stands, it is not changed: the line to add at its beginning is printed, and the exit code is 1.
            """)

    func run() throws {
        try reporting {
            let hooks = try installation().install()
            var isWhole = true
            for hook in hooks {
                switch hook.state {
                case .installed: show("\(hook.path): the guard")
                case .called: show("\(hook.path): yours, and it calls the guard")
                case .other, .none:
                    isWhole = false
                    show("\(hook.path): yours; it was not changed. To add the guard, put this line first:")
                    print("  \(hook.line)")
                }
            }
            if !isWhole { throw Exit.no }
        }
    }
}

private struct HooksRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes away what install wrote, and nothing else.")

    func run() throws {
        try reporting {
            let found = try installation()
            let removed = try found.remove()
            for path in removed { show("removed \(path)") }
            if removed.isEmpty { show("\(found.folder) holds no hook that hybrid wrote") }
        }
    }
}

private struct HooksShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells which hooks git runs here, and whether the guard is in them.")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let found = try installation()
            let hooks = try found.hooks()
            if json {
                print(rendered(HooksAnswer(folder: found.folder, hooks: hooks)))
                return
            }
            for hook in hooks {
                let words =
                    switch hook.state {
                    case .none: "no hook"
                    case .installed: "the guard"
                    case .called: "yours, and it calls the guard"
                    case .other: "yours, without the guard"
                    }
                show("\(hook.path): \(words)")
            }
        }
    }
}
