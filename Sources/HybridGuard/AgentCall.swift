internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// What an agent is about to do, as it tells its hooks before it uses a tool.
///
/// Claude Code sends `tool_name`, `tool_input` and `cwd`; Cline sends `preToolUse` with `toolName` and `parameters`, and
/// `workspaceRoots`. Sources: code.claude.com/docs/en/hooks, docs.cline.bot/features/hooks/hook-reference.
struct AgentCall {
    /// The folder that relative paths start from; nil where the agent does not say.
    var folder: String?
    /// The files that it is about to write.
    var targets: [Guard.Target]

    /// Reads a call.
    ///
    /// Throws where it is not JSON, or no object.
    init(_ bytes: [UInt8]) throws(HybridError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw HybridError(.invalidArgument, "the agent's call", "it is not UTF-8 text")
        }
        let whole = try JSONSpan.read(bytes, file: "the agent's call")
        guard case .object = whole.kind else {
            throw HybridError(.invalidArgument, "the agent's call", "it is no object")
        }
        folder = whole.value("cwd")?.text
        if folder == nil, case .array(let roots)? = whole.value("workspaceRoots")?.kind {
            folder = roots.first?.text
        }
        var call = whole
        for name in ["preToolUse", "tool_call", "toolCall"] {
            if let inner = whole.value(name), case .object = inner.kind { call = inner }
        }
        func first(_ names: String...) -> JSONSpan? { names.lazy.compactMap { call.value($0) }.first }
        var tool = first("tool_name", "toolName", "tool", "name")?.text ?? ""
        let input = first("tool_input", "toolInput", "parameters", "input", "arguments")
        // A tool of a server that the agent is connected to.
        if tool == "use_mcp_tool", let inner = input?.value("tool_name")?.text { tool = inner }
        targets = []
        guard let input, !Self.onlyReads(tool, input) else { return }
        var reader = Reader(tool: tool)
        reader.read(input, key: "")
        targets = reader.targets
    }

    /// Whether a tool changes no file whose name its arguments hold.
    ///
    /// Commands are not read: nobody can tell from its text what a shell will write.
    private static func onlyReads(_ tool: String, _ input: JSONSpan) -> Bool {
        if input.value("command")?.text == "view" { return true }
        let separators = tool.split { $0 == "." || $0 == "/" }.last.map(String.init) ?? tool
        let name =
            separators.replacing("__", with: "\u{0}").split(separator: "\u{0}").last.map(String.init) ?? ""
        let lower = name.lowercased()
        if ["bash", "bashoutput", "execute_command", "notebookread", "task", "run_terminal_cmd"].contains(
            lower)
        {
            return true
        }
        return [
            "read", "get", "list", "ls", "search", "find", "glob", "grep", "view", "stat", "web", "fetch",
        ]
        .contains { lower.hasPrefix($0) }
    }

    /// Collects paths from a tool's arguments, whatever their form.
    private struct Reader {
        let tool: String
        var targets: [Guard.Target] = []

        private static let paths: Set<String> = [
            "file_path", "filepath", "path", "notebook_path", "notebookpath", "absolute_path", "absolutepath",
            "target_file", "targetfile", "filename", "file", "new_path", "newpath", "old_path", "oldpath",
            "destination", "dest", "target", "paths", "files", "file_paths", "filepaths",
        ]
        private static let sources: Set<String> = ["source", "src", "from"]
        private static let patches: Set<String> = [
            "patch", "diff", "input", "patch_text", "patchtext", "patch_content", "unified_diff",
        ]
        /// Content to be written: it may hold anything, and names nothing.
        private static let contents: Set<String> = [
            "content", "new_string", "old_string", "new_source", "new_str", "old_str", "file_text", "newtext",
            "oldtext", "insert_text", "text",
        ]

        init(tool: String) { self.tool = tool.lowercased() }

        mutating func read(_ value: JSONSpan, key: String) {
            switch value.kind {
            case .object(let pairs):
                for pair in pairs where !Self.contents.contains(pair.key.lowercased()) {
                    read(pair.value, key: pair.key.lowercased())
                }
            case .array(let items): for item in items { read(item, key: key) }
            case .string(let text): read(text, key)
            case .other: break
            }
        }

        private mutating func read(_ text: String, _ key: String) {
            let moves = tool.contains("move") || tool.contains("rename")
            let removes = tool.contains("delete") || tool.contains("remove")
            if text.hasPrefix("{") || text.hasPrefix("["), !Self.patches.contains(key),
                let inner = try? JSONSpan.read(Array(text.utf8), file: key)
            {
                // Arguments that travel as text.
                switch inner.kind {
                case .object, .array:
                    read(inner, key: key)
                    return
                default: break
                }
            }
            if Self.paths.contains(key) {
                add(Guard.Target(text, isDelete: removes))
            } else if moves, Self.sources.contains(key) {
                add(Guard.Target(text, isDelete: true))
            } else if Self.patches.contains(key) || tool.contains("patch"), tool != "replace_in_file" {
                for target in PatchPaths.read(text) { add(target) }
            }
        }

        private mutating func add(_ target: Guard.Target) {
            if !target.path.isEmpty, !targets.contains(target) { targets.append(target) }
        }
    }
}
