import Foundation
import HybridPlan
import HybridRun
import Testing

/// Where sections lie, by what Universal Ctags says of real texts.
@Suite struct CtagsTests {
    private static let python = """
        import os

        # Sends one thing.
        @retry
        def send(thing):
            return thing


        class Client:
            def send(self, a, b=1):
                return a + b

            def close(self):
                pass

        """

    private static let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]

    private func map(_ files: [String: String], _ environment: [String: String] = environment) -> SectionMap {
        SectionMap(symbols: Ctags(environment: environment)) { files[$0].map { Array($0.utf8) } }
    }

    private func lines(_ names: [String], of files: [String: String] = ["a.py": python]) throws
        -> ClosedRange<Int>
    {
        try map(files).lines(of: .symbol(names), in: files.keys.sorted()[0])
    }

    @Test func functionsClassesAndMethodsAreFound() throws {
        #expect(try lines(["Client"]) == 9...14)
        #expect(try lines(["Client", "send"]) == 10...11)
        #expect(try lines(["close"]) == 13...14)
        let go = "package main\n\n// Send sends.\nfunc (c *C) Send(a int) error {\n\treturn nil\n}\n"
        #expect(try lines(["C", "Send"], of: ["x y.go": go]) == 3...6)
        let c = "int a;\n\n/*\n * Adds.\n */\nint add(int a, int b)\n{\n  return a + b;\n}\n"
        #expect(try lines(["add"], of: ["ü.c": c]) == 3...9)
    }

    @Test func lineEndsMakeNoDifference() throws {
        let text = "class K:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2"
        for (from, to) in [("\n", "\n"), ("\n", "\r\n")] {
            let file = text.replacingOccurrences(of: from, with: to)
            #expect(try lines(["K", "f"], of: ["a.py": file]) == 2...3)
            #expect(try lines(["K", "g"], of: ["a.py": file]) == 5...6)
            #expect(try lines(["K", "g"], of: ["a.py": file + to]) == 5...6)
        }
    }

    @Test func decoratorsAndCommentsAboveBelongToIt() throws {
        let once = Self.python.replacingOccurrences(
            of: "def send(self, a, b=1)", with: "def post(self, a, b=1)")
        #expect(try lines(["send"], of: ["a.py": once]) == 3...6)
    }

    @Test func whatIsNotThereOrNotPlainIsSaid() throws {
        func problem(_ section: Claim.Section, _ environment: [String: String] = Self.environment) -> String {
            map(["a.py": Self.python, "x.zzz": "nothing"], environment).problem(section, in: "a.py") ?? ""
        }
        #expect(problem(.symbol(["send"])).contains("2 definitions have that name"))
        #expect(problem(.symbol(["sent"])).contains("did you mean send?"))
        #expect(problem(.lines(1...40)).contains("no line 40"))
        #expect(problem(.symbol(["send"]), ["PATH": "/nowhere"]).contains("apt install universal-ctags"))
        #expect(problem(.lines(1...4)) == "")
        #expect(map([:]).problem(.lines(1...2), in: "a.py")?.contains("not there") == true)
        #expect(
            map(["x.zzz": "nothing"]).problem(.symbol(["f"]), in: "x.zzz")?.contains("no definition") == true)
    }
}
