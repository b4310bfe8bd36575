import Foundation
import HybridBase
import HybridGuard
import HybridPlan
import TestSupport
import Testing

@Suite struct GuardClaimsTests {
    private static let whole = GuardClaims(
        run: "20260101-000000-abcd", policy: .ask, base: String(repeating: "a", count: 40),
        own: .init(
            job: "alpha", name: "Al\tpha\nÜ \\n",
            claims: [
                Claim(path: "src/a b.txt"), Claim(path: "!src/c", kind: .edit),
                Claim(path: "café/**", kind: .create),
            ]),
        others: [
            .init(job: "beta", name: "Beta", claims: []),
            .init(job: "orchestrator", name: "the orchestrator", claims: [Claim(path: "x", kind: .delete)]),
        ])

    @Test func `a claims file says what was put into it`() throws {
        #expect(try GuardClaims(Self.whole.bytes, file: "f") == Self.whole)
    }

    @Test func `a file that is cut off anywhere is refused`() throws {
        let bytes = Self.whole.bytes
        for count in 0..<bytes.count {
            #expect(throws: HybridError.self) { try GuardClaims(Array(bytes[..<count]), file: "f") }
        }
    }

    @Test(arguments: [
        ("hybrid-claims 1", "hybrid-claims 2"), ("policy\task", "policy\tperhaps"), ("run\t", "walk\t"),
        ("claim\tedit", "claim\teverything"), ("job\tbeta\tBeta", "job\tbeta"),
        ("end\n", "end\nclaim\twrite\tx\n"),
        ("policy\task\n", ""), ("claim\tdelete\tx", "claim\tdelete\tx\ty"),
    ])
    func `what is not understood is refused`(_ change: (from: String, to: String)) throws {
        let text = String(decoding: Self.whole.bytes, as: UTF8.self)
        let changed = text.replacingOccurrences(of: change.from, with: change.to)
        #expect(changed != text)
        #expect(throws: HybridError.self) { try GuardClaims(Array(changed.utf8), file: "f") }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: HybridError.self) { try GuardClaims(Self.whole.bytes + [0xFF], file: "f") }
        #expect(throws: HybridError.self) {
            try GuardClaims([UInt8](repeating: 0, count: 1 << 20), file: "f")
        }
    }

    /// The project's folder of scripts as shipped.
    private static let shipped =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/hooks/"

    @Test func `the shipped scripts are those that hybrid writes`() throws {
        for hook in HookScripts.guarded {
            let text = try String(contentsOfFile: Self.shipped + hook, encoding: .utf8)
            #expect(text == HookScripts.git(hook, program: "hybrid"))
        }
        for agent in GuardedAgent.allCases {
            let path = Self.shipped + "\(agent.rawValue)/PreToolUse"
            #expect(
                try String(contentsOfFile: path, encoding: .utf8)
                    == HookScripts.agent(agent, program: "hybrid"))
            #expect(FileManager.default.isExecutableFile(atPath: path))
        }
    }
}
