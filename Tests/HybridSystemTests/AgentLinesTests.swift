import HybridSystem
import Testing

/// Agents' events as lines for people.
@Suite struct AgentLinesTests {
    private func read(_ lines: [String], whole: Bool = true) -> [String] {
        var reader = AgentLines()
        let text = lines.joined(separator: "\n") + (whole ? "\n" : "")
        return reader.read(text.utf8) + reader.finish()
    }

    @Test func `Claude Code`() {
        let said = read([
            #"{"type":"system","subtype":"init","model":"m","session_id":"x"}"#,
            #"{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"I begin.\nNow."},{"type":"tool_use","name":"Edit","input":{"file_path":"/w/a.py","old_string":"x"}}]}}"#,
            #"{"type":"user","message":{"content":[{"type":"tool_result","is_error":false,"content":"fine"}]}}"#,
            #"{"type":"user","message":{"content":[{"type":"tool_result","is_error":true,"content":[{"type":"text","text":"denied: b.py"}]}]}}"#,
            #"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"make\nmake test"}}]}}"#,
            #"{"type":"system","subtype":"api_retry","error":"overloaded"}"#,
            #"{"type":"assistant","message":{"content":[{"type":"text","text":"Done."}]}}"#,
            #"{"type":"result","subtype":"success","is_error":false,"result":"Done."}"#,
        ])
        #expect(
            said == [
                "I begin.", "Now.", "> Edit /w/a.py", "  ! denied: b.py", "> Bash make \u{2026}",
                "waits for the model: overloaded", "Done.", "ended",
            ])
    }

    @Test func `Codex`() {
        let said = read([
            #"{"type":"thread.started","thread_id":"t"}"#, #"{"type":"turn.started"}"#,
            #"{"type":"item.started","item":{"type":"command_execution","command":"ls","status":"in_progress"}}"#,
            #"{"type":"item.completed","item":{"type":"command_execution","command":"ls","aggregated_output":"a\nb\n","exit_code":2,"status":"failed"}}"#,
            #"{"type":"item.completed","item":{"type":"command_execution","command":"pwd","aggregated_output":"/w","exit_code":0}}"#,
            #"{"type":"item.completed","item":{"type":"file_change","changes":[{"path":"a.py","kind":"update"},{"path":"b.py","kind":"add"}]}}"#,
            #"{"type":"item.completed","item":{"type":"agent_message","text":"All is there."}}"#,
            #"{"type":"turn.completed","usage":{"input_tokens":1}}"#,
            #"{"type":"turn.failed","error":{"message":"stream disconnected"}}"#,
        ])
        #expect(
            said == [
                "$ ls", "  exit code 2", "  | a", "  | b", "> update a.py", "> add b.py", "All is there.",
                "error: stream disconnected",
            ])
    }

    @Test func `messages in parts, and other agents`() {
        let said = read([
            #"{"type":"message","role":"user","content":"the task"}"#,
            #"{"type":"message","role":"assistant","content":"Two ","delta":true}"#,
            #"{"type":"message","role":"assistant","content":"parts.","delta":true}"#,
            #"{"type":"tool_use","tool_name":"write_file","parameters":{"file_path":"c.py"}}"#,
            #"{"type":"tool_result","status":"error","output":"no such folder"}"#,
            #"{"type":"say","say":"text","text":"said"}"#, #"{"type":"text","part":{"text":"open"}}"#,
            #"{"role":"assistant","content":"vibe"}"#, #"{"role":"tool","content":"quiet"}"#,
            #"{"type":"effect","detail":{"kind":"file_edit","path":"d.py"}}"#,
            #"{"type":"run_result","is_error":true,"text":"it broke"}"#,
            #"{"type":"something.new","x":1}"#,
        ])
        #expect(
            said == [
                "Two parts.", "> write_file c.py", "  ! no such folder", "said", "open", "vibe",
                "> file_edit d.py", "ended with an error", "it broke", "(something.new)",
            ])
    }

    @Test func `all else stays as it is`() {
        let lines = [
            "plain", "", "{not json", #"{"level":"info","msg":"a logger"}"#, "[1, 2]", "12", "\u{1B}[31mred",
        ]
        #expect(read(lines) == lines)
        #expect(read(["no end"], whole: false) == ["no end"])
        var raw = AgentLines(readsEvents: false)
        #expect(raw.read(#"{"type":"turn.started"}"#.utf8) + raw.finish() == [#"{"type":"turn.started"}"#])
    }

    @Test func `output comes in any pieces`() {
        let text = #"{"type":"assistant","message":{"content":[{"type":"text","text":"é"}]}}"# + "\nrest"
        let whole = read([text], whole: false)
        var reader = AgentLines()
        var pieces: [String] = []
        for byte in text.utf8 { pieces += reader.read([byte]) }
        #expect(pieces + reader.finish() == whole && whole == ["é", "rest"])
    }

    @Test func `an endless line is given in parts`() {
        var reader = AgentLines()
        let lines = reader.read(Array(repeating: UInt8(ascii: "x"), count: 3 << 20)) + reader.finish()
        #expect(lines.map(\.count).reduce(0, +) == 3 << 20 && lines.count > 2)
    }
}
