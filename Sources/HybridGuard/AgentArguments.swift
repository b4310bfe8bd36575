internal import HybridBase

/// Collects what a tool's arguments say about writing, whatever their form.
struct AgentArguments {
    let tool: AgentTool
    /// The files that are about to be written.
    private(set) var targets: [Guard.Target] = []
    /// Whether a worktree is about to be made.
    private(set) var makesWorktree = false
    /// The folder that a shell begins in, where the arguments say it.
    private var folder: String?

    private static let folders: Set<String> = [
        "cwd", "workdir", "working_directory", "workingdirectory", "dir_path",
    ]
    private static let sources: Set<String> = ["source", "src", "from"]
    private static let patches: Set<String> = [
        "patch", "diff", "input", "patch_text", "patchtext", "patch_content", "unified_diff",
    ]
    private static let shells: Set<String> = ["command", "cmd", "script", "commands"]
    /// Words of keys whose values name what is written.
    private static let paths: Set<String> = [
        "path", "paths", "file", "files", "filename", "filenames", "filepath", "filepaths", "notebookpath",
        "absolutepath", "newpath", "oldpath", "targetfile", "destination", "dest", "target", "uri", "uris",
    ]
    /// Content to be written: it may hold anything, and names nothing.
    private static let contents: Set<String> = [
        "content", "new_string", "old_string", "new_source", "new_str", "old_str", "file_text", "newtext",
        "oldtext", "insert_text", "text", "filetext", "contents",
    ]

    init(tool: AgentTool) { self.tool = tool }

    /// Reads all of a tool's arguments.
    mutating func read(_ input: JSONSpan) {
        if tool.isShell, case .object(let pairs) = input.kind {
            folder = pairs.last { Self.folders.contains($0.key.lowercased()) }?.value.text
        }
        let views = input.value("command")?.text == "view"
        read(input, key: "", judges: !tool.isShell && !tool.onlyReads && !views)
    }

    private mutating func read(_ value: JSONSpan, key: String, judges: Bool) {
        switch value.kind {
        case .object(let pairs):
            for pair in pairs where !Self.contents.contains(pair.key.lowercased()) {
                read(pair.value, key: pair.key.lowercased(), judges: judges)
            }
        case .array(let items): for item in items { read(item, key: key, judges: judges) }
        case .string(let text): read(text, key, judges: judges)
        case .other: break
        }
    }

    private mutating func read(_ text: String, _ key: String, judges: Bool) {
        if key == "isolation", text == "worktree" { makesWorktree = true }
        if Self.shells.contains(key), !tool.isPatch { readShell(text) }
        guard judges else { return }
        if let inner = Self.travelling(text, key) {
            read(inner, key: key, judges: judges)
        } else if names(key) {
            add(Guard.Target(Self.path(text), isDelete: tool.removes))
        } else if tool.moves, Self.sources.contains(key) {
            add(Guard.Target(Self.path(text), isDelete: true))
        } else if Self.patches.contains(key) || tool.isPatch, tool.name != "replace_in_file" {
            for target in PatchPaths.read(text) { add(target) }
        }
    }

    private mutating func readShell(_ text: String) {
        let shell = ShellText(text)
        if shell.makesWorktree { makesWorktree = true }
        for target in shell.patched {
            guard let folder, !target.path.hasPrefix("/") else {
                add(target)
                continue
            }
            add(Guard.Target(folder + "/" + target.path, isDelete: target.isDelete))
        }
    }

    /// Whether a key names what is written.
    private func names(_ key: String) -> Bool {
        Self.paths.contains(key) || AgentTool.words(key).contains { Self.paths.contains($0) }
    }

    /// Arguments that travel as text.
    private static func travelling(_ text: String, _ key: String) -> JSONSpan? {
        guard text.hasPrefix("{") || text.hasPrefix("["), !patches.contains(key),
            let inner = try? JSONSpan.read(Array(text.utf8), file: key)
        else { return nil }
        switch inner.kind {
        case .object, .array: return inner
        default: return nil
        }
    }

    /// The path in a `file:` address; other addresses are no files.
    private static func path(_ text: String) -> String {
        guard let end = text.firstRange(of: "://") else { return text }
        let scheme = text[..<end.lowerBound]
        guard !scheme.isEmpty, scheme.allSatisfy({ $0.isLetter || $0.isNumber }) else { return text }
        guard scheme.lowercased() == "file" else { return "" }
        return decoded(text[end.upperBound...].drop { $0 != "/" })
    }

    /// Text without the `%` escapes of addresses.
    private static func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count > 1,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func add(_ target: Guard.Target) {
        if !target.path.isEmpty, !targets.contains(target) { targets.append(target) }
    }
}
