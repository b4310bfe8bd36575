import Foundation
import HybridMerging
import Testing

@testable import HybridBase
@testable import HybridGuard
@testable import HybridPlan
@testable import HybridRecords
@testable import HybridReport
@testable import HybridRun
@testable import HybridSystem
@testable import HybridUserGit

/// Where sections lie, whether they keep apart, and what the audit makes of edits in them.
@Suite struct SectionTests {
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

    @Test func theMergeDecidesWhetherSectionsKeepApart() throws {
        let text = (1...12).map { "line \($0)\n" }.joined()
        let map = map(["t": text])
        func meet(_ a: ClosedRange<Int>, _ b: ClosedRange<Int>) -> Bool {
            let (one, two) = (
                map.overlap(path: "t", a: .lines(a), b: .lines(b)),
                map.overlap(path: "t", a: .lines(b), b: .lines(a))
            )
            #expect((one == nil) == (two == nil))
            return one != nil
        }
        #expect(meet(1...5, 5...9))
        #expect(meet(1...5, 6...9))
        #expect(!meet(1...5, 7...9))
        #expect(!meet(2...2, 4...4))
        #expect(meet(1...12, 3...4))
        #expect(
            map.overlap(path: "u", a: .lines(1...2), b: .lines(4...5))?.contains("cannot be decided") == true)
    }

    // MARK: Audit

    private func breaches(_ claims: [Claim], _ old: String, _ new: String, owner: [Claim] = []) -> [Audit
        .Breach]
    {
        let jobs = [Job(name: "one", id: "one", files: claims), Job(name: "two", id: "two", files: owner)]
        let map = map(["a.py": old])
        let texts = Audit.Texts<Never>(
            edits: { _ in Audit.edits(from: Array(old.utf8), to: Array(new.utf8)) },
            lines: { claim in
                do {
                    return .success(try map.lines(of: claim.section!, in: claim.path))
                } catch {
                    return .failure(HybridError("section", "\(error)", next: nil))
                }
            })
        return Audit.breaches(
            of: jobs[0], index: 0, plan: Plan(task: PlannedTask(name: "t"), jobs: jobs),
            touched: [.init(path: "a.py")], texts: texts)
    }

    private let close = Claim(path: "a.py", section: .symbol(["Client", "close"]))
    private let send = Claim(path: "a.py", section: .symbol(["Client", "send"]))

    @Test func editsWithinTheirSectionAreAllowed() {
        let old = Self.python
        for (from, to) in [
            ("        pass\n", "        self.x = None\n        return\n"), ("        pass\n", ""),
            ("    def close(self):\n", "    def close(self, now):\n"),
            ("        pass\n", "        pass\n\n    def reopen(self):\n        pass\n"),
        ] {
            #expect(breaches([close], old, old.replacingOccurrences(of: from, with: to)).isEmpty, "\(to)")
        }
        #expect(breaches([close, send], old, old.replacingOccurrences(of: "b=1", with: "b=2")).isEmpty)
    }

    @Test func strayEditsAreNamedWithTheirOwner() {
        let old = Self.python
        let stray = old.replacingOccurrences(of: "return a + b", with: "return a").replacingOccurrences(
            of: "        pass\n", with: "        return\n")
        let found = breaches([close], old, stray, owner: [send])
        #expect(found.map(\.owner) == ["two"])
        #expect(found.first?.edits.map(\.newLines) == [["        return a"]])
        #expect(found.first?.edits.first?.places == [10..<11])
        #expect(found.first?.nearestClaim == "a.py::Client.close")
        let elsewhere = breaches(
            [close], old, old.replacingOccurrences(of: "import os", with: "import sys"), owner: [send])
        #expect(elsewhere.map(\.owner) == [nil])
        #expect(breaches([send], old, "").map(\.path).contains("a.py"))
    }

    @Test func aWholeFileMayBeChangedAnywhereEvenBesideASection() {
        #expect(breaches([close, Claim(path: "a.py")], Self.python, "x = 1\n").isEmpty)
    }

    @Test func unclaimedMeansThatNobodyHoldsIt() {
        let texts = Audit.Texts<Never>(edits: { _ in nil }, lines: { _ in .success(1...1) })
        var plan = Plan(
            task: PlannedTask(name: "t"),
            jobs: [
                Job(name: "one", id: "one", files: [Claim(path: "a")]),
                Job(name: "two", id: "two", files: [Claim(path: "b")]),
            ])
        plan.orchestrator.files = [Claim(path: "c")]
        let found = Audit.breaches(
            of: plan.jobs[0], index: 0, plan: plan,
            touched: ["b", "c", "d"].map { .init(path: $0) } + [
                .init(path: "a", isSubmodule: true), .init(path: "l", isSymlink: true, linkTarget: "/etc"),
            ], texts: texts)
        #expect(found.map { $0.isAllowed(by: .allowUnclaimed) } == [false, false, true, false, false])
        #expect(found.map(\.owner) == ["two", "the orchestrator", nil, nil, nil])
        #expect(found.allSatisfy { $0.isAllowed(by: .report) && !$0.isAllowed(by: .refuse) })
    }

    // MARK: Texts

    @Test func editsSlideWhereGitLetsThemSlide() {
        let comparison = TextComparison(
            from: Array("a\nb\na\nb\nc\n".utf8), to: Array("a\nb\na\nb\na\nb\nc\n".utf8))
        #expect(comparison.edits.count == 1)
        #expect(comparison.places(of: comparison.edits[0]).map(\.lowerBound) == [0, 1, 2, 3, 4])
        let mixed = TextComparison(from: Array("a\nb\n".utf8), to: Array("a\nc\n".utf8))
        #expect(mixed.places(of: mixed.edits[0]) == [1..<2])
    }

    @Test func linesAreFollowedThroughChanges() {
        func place(_ lines: Range<Int>, _ old: String, _ new: String) -> Range<Int> {
            TextComparison(from: Array(old.utf8), to: Array(new.utf8)).newPlace(of: lines)
        }
        let old = "a\nb\nc\nd\ne\n"
        #expect(place(1..<3, old, old) == 1..<3)
        #expect(place(1..<3, old, "x\ny\na\nb\nc\nd\ne\n") == 3..<5)
        #expect(place(1..<3, old, "a\nx\nb\nc\nd\ne\n") == 2..<4)
        #expect(place(1..<3, old, "a\nb\nx\ny\nc\nd\ne\n") == 1..<5)
        #expect(place(1..<3, old, "a\nb\nc\nx\nd\ne\n") == 1..<3)
        #expect(place(1..<3, old, "x\nc\nd\ne\n") == 0..<2)
        #expect(place(1..<3, old, "a\nb\nx\ne\n") == 1..<3)
        #expect(place(1..<3, old, "a\nd\ne\n") == 1..<1)
    }
}
