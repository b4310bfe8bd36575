import Foundation
import HybridGuard
import HybridPlan
import TestSupport
import Testing

/// What agents say before they use a tool, drawn by chance, in each agent's own form.
@Suite struct AgentCallTests {
    /// A worker's worktree as the guard sees one: no repository is needed.
    ///
    /// The worker has `mine` and `src/*.py`.
    private static let worktree: String = {
        let folder = NSTemporaryDirectory() + "hybrid-calls-\(UUID().uuidString)"
        let claims = GuardClaims(
            run: "20260101-000000-abcd", policy: .deny, base: String(repeating: "1", count: 40),
            own: .init(job: "a", name: "A", claims: [Claim(path: "mine"), Claim(path: "src/*.py")]),
            others: [.init(job: "b", name: "B", claims: [Claim(path: "theirs")])])
        let admin = folder + "/git/worktrees/20260101-000000-abcd-a/"
        do {
            for path in [folder + "/work/src", admin] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            for (text, path) in [
                ("gitdir: \(admin)\n", folder + "/work/.git"), ("../..\n", admin + "commondir"),
                ("ref: refs/heads/hybrid/20260101-000000-abcd/a\n", admin + "HEAD"),
                (String(decoding: claims.bytes, as: UTF8.self), admin + GuardClaims.fileName),
            ] { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        } catch { fatalError("\(folder): \(error)") }
        return folder + "/work"
    }()

    private static let inside = ["mine", "src/a.py", "./src/b.py", "src/../mine", worktree + "/mine"]
    private static let outside = [
        "theirs", "other.txt", "src/a.txt", "src/../theirs", ".git/config", worktree + "/theirs",
        worktree + "/../git/config", "src/deep/a.py", "mine.txt", "./theirs", "src//../other",
    ]
    private static let writers = [
        "Write", "Edit", "NotebookEdit", "write_file", "replace", "write_to_file",
        "file_system.search_replace",
        "search_replace", "create", "str_replace_editor", "Future", "mcp__files__edit_file", "read_and_fix",
        "getset", "mcp__x__list_and_delete", "Delete",
    ]
    private static let keys = [
        "file_path", "path", "absolute_path", "target_file", "notebook_path", "filePath", "uri",
        "relative_path",
        "destination", "output_file",
    ]

    /// The arguments of a tool that would write `path`, and the tool.
    private func call<Chance: RandomNumberGenerator>(_ path: String, _ chance: inout Chance) -> (
        String, [String: Any]
    ) {
        let patch = "*** Begin Patch\n*** Update File: \(path)\n@@\n-a\n+b\n*** End Patch\n"
        let key = Self.keys.randomElement(using: &chance)!
        let tool = Self.writers.randomElement(using: &chance)!
        switch Int.random(in: 0..<9, using: &chance) {
        case 0: return ("apply_patch", ["command": patch])
        case 1:
            return ("apply_patch", ["input": "*** Begin Patch\n  *** Add File: \(path)\n+x\n*** End Patch"])
        case 2: return ("Bash", ["command": "echo && apply_patch <<'X'\n\(patch)X\n"])
        case 3: return ("run_shell_command", ["command": ["bash", "-lc", "apply_patch '\(patch)'"]])
        case 4:
            let name = path.hasPrefix("/") || path.hasPrefix(".") ? "theirs" : path
            let isMine = Self.inside.contains(path)
            return (
                "Bash",
                [
                    "command":
                        "git apply <<X\n--- a/\(isMine ? "mine" : name)\n+++ b/\(isMine ? "mine" : name)\n@@ -1 +1 @@\n-a\n+b\nX"
                ]
            )
        case 5: return (tool, ["edits": [["old_string": "theirs", key: path]], "content": "other.txt"])
        case 6: return (tool, ["arguments": "{\"\(key)\":\"\(path)\"}"])
        case 7 where path.hasPrefix("/"):
            return (tool, ["uri": "file://" + path.replacingOccurrences(of: "m", with: "%6d")])
        default: return (tool, [key: path, "content": "theirs", "old_string": "*** Add File: theirs"])
        }
    }

    /// The call as this agent sends it.
    private func sent(_ agent: GuardedAgent, _ tool: String, _ input: [String: Any]) throws -> [UInt8] {
        let whole: [String: Any]
        switch agent {
        case .cline:
            whole = [
                "hookName": "PreToolUse", "workspaceRoots": [Self.worktree],
                "preToolUse": ["toolName": tool, "parameters": input],
            ]
        case .copilot:
            let text = String(decoding: try JSONSerialization.data(withJSONObject: input), as: UTF8.self)
            whole = ["cwd": Self.worktree, "toolName": tool, "toolArgs": text]
        case .cursor where input["command"] is String && tool == "Bash":
            whole = [
                "cwd": Self.worktree, "command": input["command"]!, "hook_event_name": "beforeShellExecution",
            ]
        default: whole = ["cwd": Self.worktree, "tool_name": tool, "tool_input": input, "session_id": "s"]
        }
        return Array(try JSONSerialization.data(withJSONObject: whole))
    }

    private func stops(_ agent: GuardedAgent, _ answer: String) throws -> Bool {
        if answer.isEmpty { return false }
        let said = try #require(
            JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any], "\(answer)")
        switch agent {
        case .claude, .codex, .qwen:
            return (said["hookSpecificOutput"] as? [String: Any])?["permissionDecision"] as? String == "deny"
        case .copilot: return said["permissionDecision"] as? String == "deny"
        case .cursor: return said["permission"] as? String == "deny"
        case .cline: return said["cancel"] as? Bool == true
        case .gemini, .vibe: return said["decision"] as? String == "deny"
        }
    }

    /// 20,000 for each agent with HYBRID_DRAWS=100.
    @Test(arguments: GuardedAgent.allCases)
    func `a write outside the claims is never let pass, one inside always`(agent: GuardedAgent) throws {
        var chance = Dice(state: 20)
        let guarded = Guard(folder: "/", environment: [:])
        for _ in 0..<draws(200) {
            let isOutside = Bool.random(using: &chance)
            let path = (isOutside ? Self.outside : Self.inside).randomElement(using: &chance)!
            let (tool, input) = call(path, &chance)
            let bytes = try sent(agent, tool, input)
            let answer = guarded.answer(agent, call: bytes)
            #expect(
                try stops(agent, answer) == isOutside,
                "\(String(decoding: bytes, as: UTF8.self)) -> \(answer)")
            // Cut, and with a byte changed: an answer in the agent's words, never a crash, and never that all is well
            // where the path can still be read.
            var broken = bytes
            broken[Int.random(in: 0..<broken.count, using: &chance)] = UInt8.random(
                in: 0...255, using: &chance)
            _ = try stops(agent, guarded.answer(agent, call: broken))
            _ = try stops(
                agent,
                guarded.answer(
                    agent, call: Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &chance)))))
        }
    }

    @Test(arguments: [
        ("Read", true), ("read_file", true), ("mcp__files__read_multiple_files", true), ("Grep", true),
        ("list_code_definition_names", true), ("NotebookRead", true), ("search_file_content", true),
        ("file_system.read_file", true), ("LSP", true),
        ("file_system.search_replace", false), ("read_and_fix", false), ("getset", false),
        ("listener", false),
        ("viewer", false), ("", false), ("find_and_replace", false), ("Unheard", false),
    ])
    func `only what is known to read only may name what is not the worker's`(tool: String, reads: Bool) throws
    {
        let answer = try Guard(folder: "/", environment: [:]).answer(
            .claude, call: sent(.claude, tool, ["path": "theirs"]))
        #expect(try stops(.claude, answer) == !reads, "\(tool): \(answer)")
    }

    @Test(arguments: [
        "git worktree add ../x", "cd src && git -C . worktree add -b y ../x",
        "GIT_DIR=.git git worktree move a b",
        "true; /usr/bin/git worktree add x", "claude --worktree w -p x", "(git worktree add x)",
    ])
    func `a worktree of its own is refused`(command: String) throws {
        let guarded = Guard(folder: "/", environment: [:])
        let answer = try guarded.answer(.codex, call: sent(.codex, "Bash", ["command": command]))
        #expect(try stops(.codex, answer) && answer.contains("may not make another worktree"), "\(answer)")
        for (tool, input) in [("EnterWorktree", [:]), ("Agent", ["isolation": "worktree", "prompt": "x"])] {
            #expect(try stops(.claude, guarded.answer(.claude, call: sent(.claude, tool, input))), "\(tool)")
        }
        for free in [
            "git worktree list", "git status # worktree add", "echo worktree add", "git log worktree add",
        ] {
            #expect(
                guarded.answer(.codex, call: try sent(.codex, "Bash", ["command": free])).isEmpty, "\(free)")
        }
    }

    @Test func `a patch in a shell command counts from where the shell is`() throws {
        let guarded = Guard(folder: "/", environment: [:])
        func answer(_ command: String, _ more: [String: Any] = [:]) throws -> Bool {
            let input = more.merging(["command": command]) { $1 }
            return try stops(.codex, guarded.answer(.codex, call: sent(.codex, "shell", input)))
        }
        let patch = "apply_patch <<X\n*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch\nX"
        #expect(try answer(patch))
        #expect(try !answer("cd src && " + patch))
        #expect(try !answer(patch, ["workdir": "src"]))
        #expect(try answer("cd $HERE && " + patch))
        #expect(try answer("cd src; cd .. && " + patch))
        // A diff is read only where something is to apply it.
        #expect(try !answer("cat > mine <<X\n--- a/theirs\n+++ b/theirs\nX"))
    }
}

/// The same throws in every run: a linear congruential generator, its better half.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        func half() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 32
        }
        return half() << 32 | half()
    }
}
