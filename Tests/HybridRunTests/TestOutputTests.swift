import Foundation
import HybridRun
import TestSupport
import Testing

@Suite struct TestOutputTests {
    private func failing(_ text: String) -> [String] { TestOutput.failing(in: Array(text.utf8)) }

    @Test func tap() {
        let names = failing(
            """
            TAP version 14
            1..6
            ok 1 - opens
            not ok 2 - closes the file
              ---
              message: "expected 1"
              ...
            not ok 3 - later # TODO not written yet
            not ok 4 # SKIP no network
            # Subtest: group
                not ok 1 - inner
            not ok 5
            not okay, this is prose
            ok 6 - not ok 7 - is a name
            """)
        #expect(names == ["closes the file", "inner", "test 5"])
    }

    @Test func junit() {
        let names = failing(
            """
            <?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="1" failures="2">
            <testcase classname="tests.test_a.TestA" name="test_ok" time="0.001" />
            <testcase classname="tests.test_a.TestA" name="test_x[1 &lt; 2 &amp; &#x41;]" time="0.001"><failure
              message="a &gt; b">assert <testcase name="forged"/></failure></testcase>
            <testcase name='lone'><system-out><![CDATA[<failure/></testcase><testcase name="no"><failure>]]></system-out>
            </testcase>
            <!-- <testcase name="comment"><failure/></testcase> -->
            <testcase classname="tests.test_b" name="test_y"><error message="e"/></testcase>
            <testcase classname="s" name="skipped"><skipped/></testcase>
            </testsuite></testsuites>
            """)
        #expect(names == ["tests.test_a.TestA.test_x[1 < 2 & A]", "tests.test_b.test_y"])
    }

    @Test(arguments: [
        "<testcase", "<testcase name=\"a", "<testcase name=\"a\"><failure", "<testcase name=a><failure/>",
    ])
    func brokenXMLDoesNoHarm(_ text: String) {
        #expect(failing(text).allSatisfy { $0.count < 10 })
    }

    @Test func pytest() {
        let names = failing(
            """
            ============================= test session starts ==============================
            platform linux -- Python 3.11.2, pytest-7.2.1, pluggy-1.0.0
            collected 4 items

            tests/test_a.py::test_ok PASSED                                          [ 25%]
            tests/test_a.py::TestA::test_x FAILED                                    [ 50%]
            tests/test_a.py::test_p[a - b] FAILED                                    [ 75%]
            tests/test_b.py::test_setup ERROR                                        [100%]
            [gw0] [ 50%] FAILED tests/test_c.py::test_far
            =================================== FAILURES ===================================
            _________________________________ TestA.test_x _________________________________
            E       assert 1 == 2
            =========================== short test summary info ============================
            FAILED tests/test_a.py::TestA::test_x - assert 1 == 2
            FAILED tests/test_a.py::test_p[a - b] - AssertionError: x - y
            SUBFAILED(i='a b') tests/test_a.py::U::test_sub - AssertionError: 0 != 5
            ERROR tests/test_b.py::test_setup - RuntimeError
            ERROR tests/test_d.py - ModuleNotFoundError: No module named 'd'
            ========================= 2 failed, 1 passed in 0.05s ==========================
            """)
        #expect(
            names == [
                "tests/test_a.py::TestA::test_x", "tests/test_a.py::test_p[a - b]",
                "tests/test_b.py::test_setup", "tests/test_c.py::test_far",
                "tests/test_a.py::U::test_sub", "tests/test_d.py",
            ])
    }

    @Test func unittest() throws {
        let names = failing(
            """
            ..FE
            ======================================================================
            ERROR: test_gone (unittest.loader._FailedTest.test_gone)
            ----------------------------------------------------------------------
            FAIL: test_x (tests.test_a.TestA)
            FAIL: test_y (tests.test_a.TestA.test_y) (i=3)
            ERROR: setUpClass (tests.test_b.TestB)
            ERROR: Could not find a version that satisfies the requirement x (from versions: none)
            FAILED (failures=2, errors=2)
            """)
        #expect(
            names == [
                "unittest.loader._FailedTest.test_gone", "tests.test_a.TestA.test_x",
                "tests.test_a.TestA.test_y (i=3)", "tests.test_b.TestB.setUpClass",
            ])
        // And what the one on this machine prints.
        let sandbox = try Sandbox()
        try sandbox.write(
            "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): self.fail()\n    def test_ok(self): pass\n",
            to: "test_real.py")
        let done = try sandbox.run("python3", "-m", "unittest", "discover", in: "")
        #expect(done.code == 1)
        #expect(failing(done.out + done.err) == ["test_real.T.test_x"])
    }

    @Test func go() {
        let names = failing(
            """
            === RUN   TestX
            === RUN   TestX/sub_case
                a_test.go:9: want 1
            --- FAIL: TestX (0.00s)
                --- FAIL: TestX/sub_case (0.00s)
                --- PASS: TestX/other (0.00s)
            FAIL
            FAIL\texample.com/m/a\t0.002s
            ok  \texample.com/m/b\t0.001s
            # example.com/m/c
            FAIL\texample.com/m/c [build failed]
            FAIL
            """)
        #expect(
            names == [
                "example.com/m/a.TestX", "example.com/m/a.TestX/sub_case",
                "example.com/m/c [build failed]",
            ])
        let events = failing(
            #"""
            {"Time":"2024-01-01T00:00:00Z","Action":"run","Package":"m/a","Test":"TestX"}
            {"Time":"2024-01-01T00:00:00Z","Action":"output","Package":"m/a","Test":"TestX","Output":"--- FAIL: TestX (0.00s)\n"}
            {"Time":"2024-01-01T00:00:00Z","Action":"fail","Package":"m/a","Test":"TestX","Elapsed":0}
            {"Time":"2024-01-01T00:00:00Z","Action":"fail","Package":"m/a","Elapsed":0.001}
            {"Time":"2024-01-01T00:00:00Z","Action":"fail","Package":"m/c","Elapsed":0}
            {"Action":"fail" broken
            """#)
        #expect(events == ["m/a.TestX", "m/c"])
        #expect(failing("--- FAIL: TestX (0.00s)\nFAIL\n") == ["TestX"])
    }

    @Test func cargo() {
        let names = failing(
            """
            running 4 tests
            test tests::adds ... ok
            test tests::subtracts ... FAILED
            test tests::divides - should panic ... FAILED
            test tests::slow ... ignored

            failures:

            ---- tests::subtracts stdout ----
            thread 'tests::subtracts' panicked at src/lib.rs:8:5:
            ---- tests::divides stdout ----
            note: test did not panic as expected
            thread 'tests::subtracts' panicked at src/lib.rs:9:9:

            failures:
                tests::subtracts

            test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
            error: test failed, to rerun pass `--lib`
            test src/lib.rs - add (line 3) ... FAILED
            """)
        #expect(
            names == ["tests::subtracts", "tests::divides", "src/lib.rs - add (line 3)"])
    }

    @Test func swift() {
        let names = failing(
            """
            Test Case 'ATests.testX' started at 2024-01-01 00:00:00.000
            /p/Tests/ATests.swift:9: error: ATests.testX : XCTAssertEqual failed: ("1") is not equal to ("2")
            Test Case 'ATests.testX' failed (0.003 seconds)
            Test Case 'ATests.testOK' passed (0.0 seconds)
            Test Case '-[Module.BTests testY]' failed (0.002 seconds).
            Test Suite 'ATests' failed at 2024-01-01 00:00:00.000
            ◇ Test run started.
            \u{1B}[91m✘\u{1B}[0m Test plain() recorded an issue at A.swift:3:5: Expectation failed: 1 == 2
            \u{1B}[91m✘\u{1B}[0m Test plain() failed after 0.001 seconds with 1 issue.
            ✘ Test "says what it means" failed after 0.001 seconds with 1 issue.
            ✘ Test each(_:) with 3 test cases failed after 0.001 seconds with 2 issues.
            \u{10088F} Test symbol() failed after 0.001 seconds with 1 issue.
            ✘ Suite Outer failed after 0.001 seconds with 4 issues.
            ✘ Test run with 4 tests in 1 suite failed after 0.002 seconds with 5 issues.
            Test that the door failed after three tries
            """)
        #expect(
            names == [
                "ATests.testX", "Module.BTests testY", "plain()", "says what it means", "each(_:)",
                "symbol()",
            ])
    }

    @Test func namesAreCappedAndMadeSafe() {
        let many = (1...1000).map { "not ok \($0) - n\($0)" }.joined(separator: "\n")
        #expect(failing(many).count == TestOutput.limit)
        let evil = failing("not ok 1 - a\u{1B}[2Jb\u{202E}c\rd \(String(repeating: "x", count: 9000))")
        #expect(evil.count == 1)
        #expect(evil[0].hasPrefix("ab\\u{202E}c d x"))
        #expect(evil[0].unicodeScalars.count <= 200)
        #expect(failing("not ok 1 - same\nnot ok 2 - same\n") == ["same"])
        #expect(TestOutput.failing(in: [0xFF, 0x0A] + Array("not ok 1 - ".utf8) + [0xC3]) == ["\u{FFFD}"])
    }

    @Test func aLongLogIsReadInReasonableTime() {
        let line = Array("compiling some/file/of/a/project.c with flags -O2 -Wall, FAILED ok\n".utf8)
        let log = Array(repeatElement(line, count: (8 << 20) / line.count).joined())
        let began = Date()
        #expect(TestOutput.failing(in: log).isEmpty)
        #expect(Date().timeIntervalSince(began) < 30)
    }
}
