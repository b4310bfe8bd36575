import Foundation
import TestSupport
import Testing

@testable import HybridSystem

@Suite struct LogFileTests {
    private let sandbox = try! Sandbox()
    private var path: String { sandbox.root + "/log" }

    @Test("is the output, byte for byte, up to its limit", arguments: [0, 1, 1023, 1024])
    func below(count: Int) throws {
        var log = try LogFile(path, limit: 1024)
        let bytes = (0..<count).map { UInt8($0 % 251) }
        for part in stride(from: 0, to: count, by: 100) { log.append(bytes[part..<min(count, part + 100)]) }
        log.flush()
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
        #expect(log.kept == count && log.dropped == 0)
    }

    @Test("beyond it, keeps the beginning and the end and says how much is gone", arguments: [1, 7, 4096])
    func beyond(step: Int) throws {
        var log = try LogFile(path, limit: 2048)
        let bytes = Array((0..<2000).map { "\($0)\n" }.joined().utf8)
        for part in stride(from: 0, to: bytes.count, by: step) {
            log.append(bytes[part..<min(bytes.count, part + step)])
            if part % 13 == 0 { log.flush() }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count <= 2048 + 60)
        }
        log.flush()
        let text = try #require(sandbox.read("log"))
        #expect(text.hasPrefix("0\n1\n2\n") && text.hasSuffix("1998\n1999\n"))
        #expect(text.contains("[hybrid: \(log.dropped) bytes of output are left out here]"))
        #expect(log.kept + log.dropped == bytes.count)
    }

    @Test(
        "the last line that shows something",
        arguments: [
            ("a\nb\n", "b"), ("a\n\n  \n", "a"), ("50%\r100%", "100%"), ("", nil), ("\n\n", nil),
            ("x\n\u{1B}[2K\u{1B}[32mok\u{1B}[0m\n", "ok"),
        ])
    func last(_ text: String, _ line: String?) throws {
        try sandbox.write(text, to: "log")
        #expect(LastWords.of(log: path) == line)
    }

    @Test("of a log that does not exist is none") func none() { #expect(LastWords.of(log: path) == nil) }
}

@Suite struct LastWordsTests {
    private func words(_ text: String, isWhole: Bool = true) -> String? {
        LastWords.of(Array(text.utf8), isWhole: isWhole)
    }

    /// The ends of what agents print, and what each means to a person.
    @Test(
        "of agents that print JSON lines",
        arguments: [
            (
                #"""
                {"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"I may not write."}]}}
                {"type":"result","subtype":"success","is_error":false,"result":"Permission was\nnot granted.","usage":{"x":1}}
                """#, "Permission was not granted."
            ),
            (
                #"""
                {"type":"assistant","message":{"content":[{"type":"text","text":"Let me look."},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}}
                {"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"files"}]}}
                """#, "Let me look."
            ),
            (
                #"{"type":"result","subtype":"error_max_turns","is_error":true,"num_turns":3}"#,
                "error_max_turns"
            ),
            (
                #"""
                {"type":"item.completed","item":{"id":"1","type":"agent_message","text":"The sandbox is read-only."}}
                {"type":"item.completed","item":{"id":"2","type":"command_execution","command":"ls","aggregated_output":"x"}}
                {"type":"turn.completed","usage":{"input_tokens":10}}
                """#, "The sandbox is read-only."
            ),
            (#"{"type":"turn.failed","error":{"message":"stream disconnected"}}"#, "stream disconnected"),
            (
                #"""
                {"type":"message","role":"user","content":"Do it"}
                {"type":"message","role":"assistant","content":"I can","delta":true}
                {"type":"message","role":"assistant","content":"not do it.","delta":true}
                {"type":"result","status":"success","stats":{"total_tokens":5}}
                """#, "I cannot do it."
            ),
            (#"{"ts":1,"type":"say","say":"completion_result","text":"Nothing to do"}"#, "Nothing to do"),
            (
                #"{"type":"error","error":{"name":"APIError","data":{"message":"no credit"}}}"#, "no credit"
            ),
            ("{\n  \"response\": \"All is well\",\n  \"stats\": {\n    \"n\": 1\n  }\n}\n", "All is well"),
            // No words at all, and lines that are no agent's.
            (#"{"type":"turn.completed","usage":{}}"#, #"{"type":"turn.completed","usage":{}}"#),
            (#"{"ok":true}"#, #"{"ok":true}"#), ("{\"level\":\"error\",\"msg\":\"boom\"}\n", "boom"),
            ("Error: no key\n{\"type\":\"turn.completed\"}\n", "Error: no key"),
            ("{\"type\":\"result\",\"result\":\"done\"}\nTraceback: x\n", "Traceback: x"),
            ("done\n──────\n  \n", "done"), ("}\n", "}"),
            // Errors of servers and loggers, which have no type.
            (#"{"error":"no key"}"#, "no key"), (#"{"detail":"Not authenticated"}"#, "Not authenticated"),
            (#"{"event":"error","data":{"message":"no quota"}}"#, "no quota"),
            (#"[{"type":"system"},{"type":"error","message":"last one"}]"#, "last one"),
            (#"data: {"type":"error","error":{"message":"overloaded"}}"#, "overloaded"),
            ("{\n  \"error\": {\n    \"message\": \"no credit\"\n  }\n}\n", "no credit"),
            ("Error: no key\n{\"status\":\"failed\",\"tokens\":3}\n", "Error: no key"),
            ("no key\n\0\n", "no key"),
        ])
    func ofAgents(_ text: String, _ expected: String) {
        #expect(words(text) == expected)
        #expect(words(text.replacingOccurrences(of: "\n", with: "\r\n")) == expected)
    }

    @Test("what the log left out, or cut, is not the worker's") func cut() {
        #expect(words("a\n[hybrid: 5 bytes of output are left out here]\n") == "a")
        #expect(
            words("t\":\"half\"}\n{\"type\":\"turn.completed\"}\n", isWhole: false)?.contains("half") == false
        )
    }

    @Test("a long text keeps its beginning and its end, and steers no terminal") func long() throws {
        let text = "begin " + String(repeating: "word ", count: 1000) + "\\u001b[31mend\\u202e"
        let told = try #require(words(#"{"type":"result","result":"\#(text)"}"#))
        #expect(told.hasPrefix("begin word") && told.hasSuffix("end\\u{202E}") && told.contains(" \u{2026} "))
        #expect(told.unicodeScalars.count < 320)
    }
}
