/// What the text of a shell command says plainly: patches that stand in it, and worktrees that it makes.
///
/// What else a shell will write nobody can tell from its text; the audit sees it afterwards.
struct ShellText {
    /// The files that patches in it change.
    let patched: [Guard.Target]
    /// Whether it makes a worktree, with git or with an agent of its own.
    let makesWorktree: Bool

    init(_ text: String) {
        // A patch may stand in one quoted word with its line breaks escaped.
        let lines = text.replacing("\\n", with: "\n")
        let commands = Self.commands(lines)
        let start = Self.folder(commands)
        var found: [Guard.Target] = []
        if lines.contains("*** Begin Patch") || commands.contains(where: Self.takesPatch) {
            found = PatchPaths.read(lines)
        }
        patched = found.map { target in
            target.path.hasPrefix("/") || start.isEmpty
                ? target : Guard.Target(start + "/" + target.path, isDelete: target.isDelete)
        }
        makesWorktree = commands.contains(where: Self.isWorktree)
    }

    /// The words of each simple command, without quotes; here-documents are lines as well.
    private static func commands(_ text: String) -> [[Substring]] {
        let ends = Set(";&|\n(){}`")
        let between = Set(" \t\r\"'")
        return text.split(whereSeparator: ends.contains).map { $0.split(whereSeparator: between.contains) }
    }

    private static func program(_ words: [Substring]) -> (name: Substring, rest: ArraySlice<Substring>)? {
        // Settings of variables stand in front.
        let words = words.drop {
            $0.contains("=") || ["env", "command", "exec", "nice", "sudo"].contains($0)
        }
        guard let first = words.first?.split(separator: "/").last else { return nil }
        return (first, words.dropFirst())
    }

    /// The folder that `cd` commands in front of everything else lead to; empty where there is none.
    private static func folder(_ commands: [[Substring]]) -> String {
        var folder = ""
        for words in commands {
            if words.isEmpty { continue }
            guard let (name, rest) = program(words), name == "cd", let to = rest.first(where: { $0 != "--" })
            else { break }
            folder = to.hasPrefix("/") || folder.isEmpty ? String(to) : folder + "/" + to
        }
        return folder
    }

    private static func takesPatch(_ words: [Substring]) -> Bool {
        guard let (name, rest) = program(words) else { return false }
        if name == "git" { return ["apply", "am"].contains(subcommand(rest)?.first ?? "") }
        return name == "patch" || name == "apply_patch" || name == "applypatch"
    }

    private static func isWorktree(_ words: [Substring]) -> Bool {
        guard let (name, rest) = program(words) else { return false }
        switch name {
        case "git":
            guard let sub = subcommand(rest), sub.first == "worktree" else { return false }
            return ["add", "move"].contains(sub.dropFirst().first { !$0.hasPrefix("-") } ?? "")
        case "claude": return rest.contains("--worktree") || rest.contains("-w")
        case "codex", "gemini", "qwen": return rest.contains { $0.hasPrefix("--worktree") }
        default: return false
        }
    }

    /// git's subcommand and what follows it, behind options of git's own.
    private static func subcommand(_ words: ArraySlice<Substring>) -> ArraySlice<Substring>? {
        var words = words
        while let first = words.first, first.hasPrefix("-") {
            words = words.dropFirst(["-C", "-c", "--git-dir", "--work-tree"].contains(first) ? 2 : 1)
        }
        return words.isEmpty ? nil : words
    }
}
