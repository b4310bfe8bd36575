import Foundation
import TestSupport
import Testing

/// Two jobs in one file, each in a function of its own, from the plan to the target.
@Suite struct SectionRunTests {
    private static let source = """
        def first(x):
            return x


        def between():
            pass


        def second(x):
            return x

        """

    private func plan(_ bench: Bench, _ first: String, _ second: String, settings: String = "") throws
        -> String
    {
        let text = """
            ## Task: Two functions
            \(settings)
            ### Cline CLI Jobs:
            **Job 1:** First
            - File: `src/both.py::first` (edit)
            - Command: `\(first)`

            **Job 2:** Second
            - File: `src/both.py::second` (edit)
            - Command: `\(second)`

            ### Verification:
            - `python3 src/both.py`
            """
        try bench.sandbox.write(text, to: "plan.md")
        return bench.sandbox.root + "/plan.md"
    }

    private let first = "sed -i '2s/return x/y = x + 1\\n    return y/' src/both.py"
    private let second = "sed -i '10s/return x/return x * 2/' src/both.py"

    @Test func twoFunctionsOfOneFileLand() throws {
        let bench = try Bench(["src/both.py": Self.source])
        let plan = try plan(bench, first, second)
        let check = try bench.hybrid("check", plan)
        #expect(check.code == 0, "\(check.out)\(check.err)")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let landed = try bench.text("src/both.py", at: "main") ?? ""
        #expect(landed.contains("return y") && landed.contains("return x * 2"))
    }

    @Test func whoStraysIntoTheOthersFunctionIsNamed() throws {
        let bench = try Bench(["src/both.py": Self.source])
        let before = try bench.id()
        let ran = try bench.hybrid(
            "run", plan(bench, first, second + " && sed -i '2s/return x/return -x/' src/both.py"))
        #expect(ran.code == 1)
        #expect(
            ran.out.contains("Second touched src/both.py (line 2): outside src/both.py::second")
                && ran.out.contains("it belongs to First"), "\(ran.out)")
        #expect(try bench.workers() == ["first": "merged", "second": "breach"])
        #expect(try bench.id() == before)
        #expect(
            try bench.text("src/both.py", at: #require(bench.rescued("second").first))?.contains("return -x")
                == true)
        let report = try Bench.object(bench.hybrid("report", "--json"))
        let findings = try #require(report["findings"] as? [[String: Any]])
        let breach = try #require(findings.first { $0["kind"] as? String == "breach" })
        #expect(breach["jobs"] as? [String] == ["second", "first"])
        #expect("\(breach["hunks"] ?? "")".contains("return -x"))
    }

    @Test func aPolicyMergesWhatItReports() throws {
        for (policy, code, states) in [
            ("allow-unclaimed", Int32(0), ["first": "landed", "second": "landed"]),
            ("report", 0, ["first": "landed", "second": "landed"]),
            ("refuse", 1, ["first": "merged", "second": "breach"]),
        ] {
            let bench = try Bench(["src/both.py": Self.source])
            let ran = try bench.hybrid(
                "run",
                plan(bench, first, second + " && echo more > notes.md", settings: "- Audit: \(policy)"))
            #expect(ran.code == code, "\(policy): \(ran.out)\(ran.err)")
            #expect(try bench.workers() == states)
            #expect(ran.out.contains("Second touched notes.md (after line 0): not claimed"), "\(ran.out)")
        }
    }

    @Test func unclaimedIsNotWhatAnotherClaimed() throws {
        let bench = try Bench(["src/both.py": Self.source])
        let ran = try bench.hybrid(
            "run",
            plan(
                bench, first, second + " && sed -i '2s/return x/return -x/' src/both.py",
                settings: "- Audit: allow-unclaimed"))
        #expect(ran.code == 1)
        #expect(try bench.workers() == ["first": "merged", "second": "breach"])
    }

    @Test func sectionsThatTouchAreRefused() throws {
        let bench = try Bench(["a.py": "def f():\n    pass\ndef g():\n    pass\n", "b.txt": "1\n2\n3\n4\n"])
        for (one, two, words) in [
            ("a.py::f", "a.py::g", "lie so close"), ("b.txt#L1-L2", "b.txt#L2-L3", "they share line 2"),
            ("a.py::f", "a.py", "path"), ("a.py::h", "b.txt", "there is no such definition"),
            ("b.txt#L9", "a.py", "no line 9"),
        ] {
            try bench.sandbox.write(
                """
                ## Task: T
                ### Cline CLI Jobs:
                **Job 1:** One
                - File: `\(one)`
                - Command: `true`
                **Job 2:** Two
                - File: `\(two)`
                - Command: `true`
                """, to: "plan.md")
            let check = try bench.hybrid("check", bench.sandbox.root + "/plan.md")
            #expect(check.code == 1)
            #expect(check.out.contains(words), "\(check.out)")
            #expect(try bench.hybrid("run", bench.sandbox.root + "/plan.md").code == 1)
        }
    }

    @Test func linesAreThoseOfThePlanEvenWhenAnEarlierWaveMovedThem() throws {
        let text = (1...12).map { "line \($0)\n" }.joined()
        for (line, code) in [(10, Int32(0)), (5, 1)] {
            let bench = try Bench(["notes.txt": text])
            try bench.sandbox.write(
                """
                ## Task: Waves
                - Audit: refuse
                ### Cline CLI Jobs:
                **Job 1:** Top
                - File: `notes.txt#L1-L2`
                - Command: `sed -i '1s/^/new 1\\nnew 2\\nnew 3\\n/' notes.txt`
                **Job 2:** Bottom
                - File: `notes.txt#L10-L11`
                - Needs: Top
                - Command: `sed -i 's/^line \(line)$/changed/' notes.txt`
                ### Verification:
                - `true`
                """, to: "plan.md")
            let ran = try bench.hybrid("run", bench.sandbox.root + "/plan.md")
            #expect(ran.code == code, "\(ran.out)\(ran.err)")
            #expect(try bench.workers()["bottom"] == (code == 0 ? "landed" : "breach"))
        }
    }

    @Test func takenAwayPathsAreBreaches() throws {
        let bench = try Bench(["src/a.txt": "1\n", "src/secret/k.txt": "1\n"])
        try bench.sandbox.write(
            """
            ## Task: Negation
            ### Cline CLI Jobs:
            **Job 1:** Wide
            - File: `src/**`, `!src/secret`
            - Command: `echo 2 > src/a.txt; echo 2 > src/secret/k.txt`
            **Job 2:** Narrow
            - File: `src/secret`
            - Command: `echo 3 > src/secret/l.txt`
            ### Verification:
            - `true`
            """, to: "plan.md")
        let plan = bench.sandbox.root + "/plan.md"
        #expect(try bench.hybrid("check", plan).code == 0)
        let ran = try bench.hybrid("run", plan)
        #expect(ran.out.contains("Wide touched src/secret/k.txt"), "\(ran.out)")
        #expect(try bench.workers() == ["wide": "breach", "narrow": "merged"])
    }
}
