internal import HybridBase
internal import HybridSystem

/// Settings that agents read from a folder of their own, beside the hooks of a run.
struct AgentFolders {
    /// The folder of the run's hooks for agents.
    let hooks: String
    let environment: [String: String]

    /// Writes what an agent needs beside its hook.
    func ready(_ form: AgentForm) throws {
        switch form {
        case .vibe: try vibe()
        case .gemini: try put(gemini, hooks + "/gemini/settings.json")
        case .claude, .codex, .aider, .cline: break
        }
    }

    /// A home for Vibe: the user's own, entry by entry, with our hook in front of theirs.
    private func vibe() throws {
        let home = hooks + "/vibe/home"
        try Files.makeFolder(home)
        let own = environment["VIBE_HOME"] ?? (environment["HOME"] ?? "/") + "/.vibe"
        for name in Files.names(in: own) where name != "hooks.toml" && !Files.isThere(home + "/" + name) {
            do { try FileCopies.link(home + "/" + name, to: own + "/" + name) } catch {
                throw HybridError(
                    .notWritable, home + "/" + name, "it cannot be made: \(error)", next: "hybrid doctor")
            }
        }
        let theirs = Files.read(own + "/hooks.toml").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let hook = """
            [[hooks]]
            name = "hybrid"
            type = "pre_tool"
            strict = true
            command = \(JSONValue.quoted(ShellWord.bare(hooks + "/vibe/PreToolUse")))


            """
        try put(hook + theirs, home + "/hooks.toml")
    }

    private var gemini: String {
        let call = JSONValue.object([
            ("type", .string("command")), ("command", .string(ShellWord.bare(hooks + "/gemini/PreToolUse"))),
        ])
        let group = JSONValue.object([("matcher", .string("*")), ("hooks", .array([call]))])
        return JSONValue.object([("hooks", .object([("BeforeTool", .array([group]))]))]).text() + "\n"
    }

    private func put(_ text: String, _ path: String) throws {
        if Files.read(path) == Array(text.utf8) { return }
        try DurableFile.put(Array(text.utf8), to: path, mode: 0o644, synced: false, replacing: true)
    }
}
