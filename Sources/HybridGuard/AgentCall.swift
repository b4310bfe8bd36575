internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// What an agent is about to do, as it tells its hooks before it uses a tool.
///
/// All agents name a tool and its arguments; where they differ is the names of the keys. Claude Code, Codex, Qwen, Gemini,
/// Vibe and Cursor say `tool_name` and `tool_input`, Copilot `toolName` and `toolArgs` (JSON as text), Cline `preToolUse`
/// with `toolName` and `parameters`, and Cursor's shell hook a bare `command`.
struct AgentCall {
    /// The folder that relative paths start from; nil where the agent does not say.
    var folder: String?
    /// The files that it is about to write.
    var targets: [Guard.Target] = []
    /// Whether it would make a worktree of its own.
    var makesWorktree = false

    private static let wrappers = ["preToolUse", "tool_call", "toolCall"]
    private static let names = ["tool_name", "toolName", "tool", "name"]
    private static let inputs = [
        "tool_input", "toolInput", "toolArgs", "parameters", "input", "arguments", "args",
    ]

    /// Reads a call.
    ///
    /// Throws where it is not JSON, or no object, or its arguments are text that cannot be read.
    init(_ bytes: [UInt8]) throws(HybridError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw HybridError(.invalidArgument, "the agent's call", "it is not UTF-8 text")
        }
        let whole = try JSONSpan.read(bytes, file: "the agent's call")
        guard case .object = whole.kind else {
            throw HybridError(.invalidArgument, "the agent's call", "it is no object")
        }
        folder = Self.folder(of: whole)
        let call = Self.wrappers.lazy.compactMap { whole.value($0) }.last { $0.isObject } ?? whole
        let name = Self.names.lazy.compactMap { call.value($0)?.text }.first
        var input = try Self.parsed(Self.inputs.lazy.compactMap { call.value($0) }.first)
        // A hook that hears of nothing but commands.
        if input == nil, name == nil, call.value("command") != nil { input = call }
        guard let input else {
            makesWorktree = AgentTool(name ?? "").makesWorktree
            return
        }
        try read(input, of: AgentTool(Self.inner(name, input) ?? name ?? ""))
    }

    private static func folder(of whole: JSONSpan) -> String? {
        if let cwd = whole.value("cwd")?.text { return cwd }
        for key in ["workspaceRoots", "workspace_roots"] {
            if case .array(let roots)? = whole.value(key)?.kind, let first = roots.first?.text {
                return first
            }
        }
        return nil
    }

    /// The tool of a server that the agent is connected to, where it is called through one of the agent's own.
    private static func inner(_ name: String?, _ input: JSONSpan) -> String? {
        name == "use_mcp_tool" ? input.value("tool_name")?.text : nil
    }

    /// Arguments that travel as text, read; others as they are.
    private static func parsed(_ input: JSONSpan?) throws(HybridError) -> JSONSpan? {
        guard let text = input?.text, text.first == "{" || text.first == "[" else { return input }
        return try JSONSpan.read(Array(text.utf8), file: "the arguments in the agent's call")
    }

    private mutating func read(_ input: JSONSpan, of tool: AgentTool) throws(HybridError) {
        var reader = AgentArguments(tool: tool)
        reader.read(input)
        targets = reader.targets
        makesWorktree = tool.makesWorktree || reader.makesWorktree
    }
}

extension JSONSpan {
    fileprivate var isObject: Bool { if case .object = kind { true } else { false } }
}
