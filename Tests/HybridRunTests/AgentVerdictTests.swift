import Foundation
import HybridPlan
import Testing

@testable import HybridRun

/// How agents are called, and what is made of what they say: streams recorded from the programs themselves.
@Suite struct AgentVerdictTests {
    private static let recorded =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        + "/agents/recorded/"

    private func failure(_ form: AgentForm, _ name: String) throws -> String? {
        let log = try Data(contentsOf: URL(fileURLWithPath: Self.recorded + name))
        return AgentVerdict.failure(form, log: Array(log), folder: "/nowhere")
    }

    @Test func `streams of the real programs are told apart`() throws {
        #expect(try failure(.claude, "claude-done.jsonl") == nil)
        #expect(try failure(.claude, "claude-error.jsonl")?.contains("it says that it failed") == true)
        #expect(try failure(.codex, "codex-done.jsonl") == nil)
        #expect(try failure(.codex, "codex-failed.jsonl") == "its turn failed")
    }

    @Test(
        arguments: [
            ("claude", "", "it ended without a result"),
            ("codex", #"{"type":"turn.started"}"#, "its turn did not end"),
            ("aider", "Applied edit to a.py", nil),
            ("aider", "Only 3 reflections allowed, stopping.", "it gave up"),
            ("aider", "litellm.AuthenticationError: x\nApplied edit to a.py", "its model's server failed"),
            ("aider", "I will not.", "it applied no edit"), ("vibe", "", "it left no account of itself"),
            ("gemini", #"{"type":"result","status":"success"}"#, nil),
            ("gemini", #"{"type":"result","status":"error"}"#, "error"),
            ("cline", #"{"type":"run_result","success":false}"#, "it says that it failed"),
            ("cline", "plain words", nil),
        ] as [(String, String, String?)])
    func `an agent's own word can make a failure of a good end`(agent: String, log: String, reason: String?)
        throws
    {
        let form = try #require(AgentForm(rawValue: agent))
        let said = AgentVerdict.failure(form, log: Array(log.utf8), folder: "/nowhere")
        if let reason {
            #expect(said?.contains(reason) == true, "\(said ?? "nil")")
        } else {
            #expect(said == nil)
        }
    }

    @Test func `each agent is called in a way that lets it write, and its hook answer`() {
        let work = AgentWork(
            brief: "You do it.", briefPath: "/a/brief.md", folder: "/a", hooks: "/h h", files: ["x.py"],
            readOnly: ["api.py"],
            isTemporary: true, codexTrust: "sha256:1")
        func words(_ form: AgentForm) -> [String] { form.command(work).arguments }
        #expect(
            words(.claude).contains("acceptEdits") && words(.claude).contains("/h h/claude/settings.json"))
        let codex = words(.codex).joined(separator: " ")
        for part in [
            "--sandbox workspace-write", "command=\"'/h h/codex/PreToolUse'\"", "trusted_hash=\"sha256:1\"",
            "exclude_slash_tmp=true", "ignore_default_excludes=true",
        ] { #expect(codex.contains(part), "\(part): \(codex)") }
        #expect(
            words(.aider).suffix(4) == ["--read", "api.py", "--file", "x.py"]
                && words(.aider).contains("--no-gitignore"))
        #expect(form(.vibe, work).environment["VIBE_HOME"] == "/h h/vibe/home")
        #expect(words(.cline) == ["cline", "--hooks-dir", "/h h/cline", "--yolo", "--json", "You do it."])
        var task = work
        task.clineTakesTask = true
        #expect(form(.cline, task).arguments.suffix(2) == ["--task", "You do it."])
        #expect(words(.gemini).last == "You do it.")
        #expect(AgentForm.allCases.filter { $0.guarded == nil } == [.aider])
    }

    private func form(_ form: AgentForm, _ work: AgentWork) -> AgentCommand { form.command(work) }

    @Test func `the hash by which Codex trusts a hook is found in its server's answers`() {
        let answer =
            #"{"id":2,"result":{"data":[{"hooks":[{"key":"other","currentHash":"no"},{"key":"/<session-flags>/config.toml:pre_tool_use:0:0","currentHash":"sha256:2"}]}]}}"#
        #expect(CodexCall.hash(in: Array("noise\n{\"id\":1}\n\(answer)\n".utf8)) == "sha256:2")
        #expect(CodexCall.hash(in: Array("{\"id\":2,\"error\":{}}".utf8)) == nil)
    }
}
