internal import HybridBase

/// A tool of an agent's, by its name.
///
/// What is not known to read only counts as a write: agents get new tools with every version, and servers that they are
/// connected to bring any.
struct AgentTool {
    /// The name without what stands in front of it: the server's, the namespace's.
    let name: String
    private let words: Set<String>

    init(_ whole: String) {
        let last = whole.split { $0 == "." || $0 == "/" || $0 == ":" }.last.map(String.init) ?? whole
        name = last.replacing("__", with: "\u{0}").split(separator: "\u{0}").last.map(String.init) ?? ""
        words = Set(Self.words(name))
    }

    /// Whether it changes no file whose name its arguments hold.
    var onlyReads: Bool {
        !words.isDisjoint(with: Self.verbs) && words.isSubset(of: Self.verbs.union(Self.nouns))
    }

    /// Whether its arguments are a command for a shell, so that what names a folder is where that runs.
    var isShell: Bool { Self.shells.contains(name.lowercased()) }

    /// Whether it is there to make a worktree.
    var makesWorktree: Bool { words.contains("worktree") && words.isDisjoint(with: ["exit", "list"]) }

    /// Whether all its text may be a patch.
    var isPatch: Bool { words.contains("patch") }
    /// Whether the `source` of its arguments does not stay.
    var moves: Bool { words.contains("move") || words.contains("rename") }
    /// Whether it takes away what its arguments name.
    var removes: Bool { words.contains("delete") || words.contains("remove") }

    /// The words of a name in any spelling, in lower case: `NotebookEdit`, `notebook_edit`, `notebook-edit`.
    static func words(_ name: String) -> [String] {
        var found: [String] = []
        var word = ""
        var wasLower = false
        for scalar in name.unicodeScalars {
            let isLetter = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            if !word.isEmpty, !isLetter || wasLower && scalar.properties.isUppercase {
                found.append(word.lowercased())
                word = ""
            }
            if isLetter { word.unicodeScalars.append(scalar) }
            wasLower = scalar.properties.isLowercase
        }
        return word.isEmpty ? found : found + [word.lowercased()]
    }

    private static let verbs: Set<String> = [
        "read", "get", "list", "ls", "search", "find", "glob", "grep", "view", "stat", "web", "fetch", "lsp",
        "websearch", "webfetch",
    ]
    private static let nouns: Set<String> = [
        "file", "files", "text", "media", "multiple", "many", "directory", "directories", "dir", "folder",
        "folders", "tree", "info", "content", "contents", "code", "codebase", "definition", "definitions",
        "name", "names", "symbol", "symbols", "referencing", "references", "overview", "pattern", "for", "in",
        "notebook", "with", "sizes", "allowed", "image", "pdf", "lines", "range", "by", "path", "output",
        "diagnostics", "status", "resource", "resources", "mcp", "url", "page", "docs", "all", "of",
    ]
    private static let shells: Set<String> = [
        "bash", "shell", "execute_command", "run_terminal_cmd", "run_terminal_command", "run_shell_command",
        "local_shell", "exec_command", "monitor", "powershell", "git_bash", "experimental_bash",
        "run_command",
    ]
}
