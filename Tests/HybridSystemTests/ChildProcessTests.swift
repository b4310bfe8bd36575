import Foundation
import TestSupport
import Testing

@testable import HybridSystem

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
    private let sandbox = try! Sandbox()

    private func run(
        _ script: String, timeout: Double = 30, keeping kept: ChildProcess.Kept = .start(1 << 20),
        errorsApart: Bool = false
    ) throws(ChildProcess.Failure) -> ChildProcess.Ended {
        try ChildProcess.run(
            ["/bin/sh", "-c", script].map { Array($0.utf8) }, in: sandbox.root,
            environment: ["PATH": "/usr/bin:/bin"], timeout: timeout, keeping: kept, errorsApart: errorsApart)
    }

    @Test func `tells code, output and errors, together and apart`() throws {
        let together = try run("echo out; echo err >&2; exit 3")
        #expect(together.code == 3 && together.output == Array("out\nerr\n".utf8) && together.errors.isEmpty)
        let apart = try run("echo out; echo err >&2", errorsApart: true)
        #expect(apart.output == Array("out\n".utf8) && apart.errors == Array("err\n".utf8))
        let end = try run("head -c 300000 /dev/zero; echo end", keeping: .end(4))
        #expect(end.output == Array("end\n".utf8) && end.isCut)
    }

    @Test func `a program that closes its output is waited for`() throws {
        #expect(try run("exec >&- 2>&-; sleep 0.2; exit 5").code == 5)
    }

    @Test func `its time is kept, and all of its group ends with it`() throws {
        do throws(ChildProcess.Failure) {
            _ = try run("trap '' TERM; sleep 60 & echo $! > child; while :; do sleep 1; done", timeout: 0.3)
            Issue.record("it takes too long")
        } catch {
            guard case .timedOut = error else {
                Issue.record("\(error)")
                return
            }
        }
        _ = try run("sleep 60 & echo $! > left")
        for file in ["child", "left"] {
            let text = try #require(sandbox.read(file)?.trimmingCharacters(in: .newlines))
            let pid = try #require(Int32(text))
            while ProcessTree.identity(of: pid) != nil { usleep(5_000) }
        }
    }

    @Test func `a signal is told`() {
        do throws(ChildProcess.Failure) {
            _ = try run("echo last; kill -9 $$")
            Issue.record("it was killed")
        } catch {
            guard case .signalled(9, let output) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(output == Array("last\n".utf8))
        }
    }
}
