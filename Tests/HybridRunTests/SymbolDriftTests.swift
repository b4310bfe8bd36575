import Foundation
import HybridRun
import Testing

/// Which definitions are found to have drifted.
@Suite struct SymbolDriftTests {
    private func drifts(_ workers: [[(String, String?, String?)]]) throws -> [String] {
        let files = workers.map { worker in
            worker.map { path, old, new in
                SymbolDrift.File(path: path, old: old.map { Array($0.utf8) }, new: new.map { Array($0.utf8) })
            }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try SymbolDrift.find(files, Ctags(environment: ["PATH": path])).map {
            "\($0.changer) \($0.name)\($0.signatures.map { "\($0.old)>\($0.new)" } ?? "") "
                + "\($0.definition.path):\($0.definition.line) \($0.user) \($0.use.path):\($0.use.line)"
        }
    }

    private let old = "import os\n\ndef send(thing):\n    return thing\n\ndef stay():\n    pass\n"

    @Test func whatIsGoneOrHasOtherParametersAndIsUsedIsFound() throws {
        let user = ("b.py", "x = 1\n", "x = 1\ny = send(x)\n")
        let gone = old.replacingOccurrences(of: "def send(thing):\n    return thing\n\n", with: "")
        #expect(try drifts([[("a.py", old, gone)], [user]]) == ["0 send a.py:3 1 b.py:2"])
        #expect(try drifts([[user], [("a.py", old, gone)]]) == ["1 send a.py:3 0 b.py:2"])
        #expect(try drifts([[("a.py", old, nil)], [user]]) == ["0 send a.py:3 1 b.py:2"])
        let other = old.replacingOccurrences(of: "send(thing)", with: "send(thing, now)")
        #expect(
            try drifts([[("a.py", old, other)], [user]]) == ["0 send(thing)>(thing, now) a.py:3 1 b.py:2"])
    }

    @Test func whatStaysMovesOrIsNotUsedIsNot() throws {
        let gone = old.replacingOccurrences(of: "def send(thing):\n    return thing\n\n", with: "")
        let user = ("b.py", "x = 1\n", "x = 1\ny = send(x)\n")
        // Moved to another file, written with other spaces, or with another body.
        #expect(
            try drifts([[("a.py", old, gone), ("c.py", nil, "def send( thing ):\n    return 1\n")], [user]])
                == [])
        #expect(
            try drifts([
                [("a.py", old, old.replacingOccurrences(of: "return thing", with: "return 2"))], [user],
            ]) == [])
        // The line was there before; a part of a longer word; the user has its own.
        #expect(
            try drifts([[("a.py", old, gone)], [("b.py", "y = send(x)\n", "y = send(x)\nz = 1\n")]]) == [])
        #expect(try drifts([[("a.py", old, gone)], [("b.py", "", "resend_all(x)\n")]]) == [])
        #expect(
            try drifts([[("a.py", old, gone)], [("b.py", "", "def send(a):\n    pass\nsend(1)\n")]]) == [])
        #expect(try drifts([[("a.py", old, gone), user]]) == [])
    }
}
