import Foundation
import HybridBase
import HybridPlan
import TestSupport
import Testing

/// Whether sections keep apart, and what the audit makes of edits in them.
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

    /// The definitions of that text, as a tool would find them in every file.
    private struct Definitions: SymbolSource {
        func symbols(in files: [(path: String, text: [UInt8])]) throws(HybridError) -> [[Symbol]?] {
            files.map { _ in
                [
                    Symbol(name: "send", scope: [], kind: "function", lines: 5...6, hasEnd: true),
                    Symbol(name: "Client", scope: [], kind: "class", lines: 9...14, hasEnd: true),
                    Symbol(name: "send", scope: ["Client"], kind: "member", lines: 10...11, hasEnd: true),
                    Symbol(name: "close", scope: ["Client"], kind: "member", lines: 13...14, hasEnd: true),
                ]
            }
        }
    }

    private func map(_ files: [String: String]) -> SectionMap {
        SectionMap(symbols: Definitions()) { files[$0].map { Array($0.utf8) } }
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
                .init(path: "a", isCreate: true, isSubmodule: true),
                .init(path: "l", isSymlink: true, linkTarget: "/etc"),
            ], texts: texts)
        #expect(found.map { $0.isAllowed(by: .allowUnclaimed) } == [false, false, true, false, false])
        #expect(found.map(\.owner) == ["two", "the orchestrator", nil, nil, nil])
        #expect(found.allSatisfy { $0.isAllowed(by: .report) && !$0.isAllowed(by: .refuse) })
    }
}
