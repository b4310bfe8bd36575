import Foundation
import HybridBase
import HybridSystem
import TestSupport
import Testing

/// Real supervisors, real commands.
@Suite(.timeLimit(.minutes(2))) struct ExecutorTests {
    private let sandbox = try! Sandbox()

    private func executor() throws -> LocalExecutor {
        LocalExecutor(supervisor: [try hybridProgram(), "worker", "--spec"])
    }

    private func spec(
        _ script: String, attempt: Int = 1, timeout: Double? = nil, logLimit: Int = 8 << 20,
        grace: Double = 0.3
    ) throws -> SupervisedSpec {
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/\(attempt)", withIntermediateDirectories: true)
        return SupervisedSpec(
            arguments: ["/bin/sh", "-c", script], directory: sandbox.root,
            environment: ["PATH": "/usr/bin:/bin"],
            timeoutSeconds: timeout, logPath: sandbox.root + "/\(attempt)/log",
            statusPath: sandbox.root + "/status.json", pidPath: sandbox.root + "/\(attempt)/pid.json",
            attempt: attempt, logLimit: logLimit, graceSeconds: grace)
    }

    private func end(_ handle: SupervisedHandle, _ executor: LocalExecutor) throws -> Poll {
        while true {
            let poll = try executor.poll(handle)
            if case .running = poll {
                usleep(5_000)
                continue
            }
            return poll
        }
    }

    private func outcome(_ spec: SupervisedSpec) throws -> SupervisedStatus {
        let executor = try executor()
        guard case .finished(let status) = try end(try executor.submit(spec), executor) else {
            throw HybridError("command", "vanished")
        }
        return status
    }

    private func isAlive(_ file: String) throws -> Bool {
        let pid = try #require(
            Int32(sandbox.read(file)?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""))
        guard kill(pid, 0) == 0 else { return false }
        // An ended process that nobody has waited for is not alive.
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst(2).first != "Z"
    }

    @Test("tells an exit code from a signal, and a command that cannot start from both")
    func outcomes() throws {
        #expect(try outcome(spec("exit 0")).outcome == .exited(0))
        #expect(try outcome(spec("exit 7", attempt: 2)).outcome == .exited(7))
        #expect(try outcome(spec("kill -KILL $$", attempt: 3)).outcome == .signalled(9))
        var missing = try spec("", attempt: 4)
        missing.arguments = ["no-such-program"]
        guard case .couldNotStart(let why) = try outcome(missing).outcome else {
            Issue.record("it cannot start")
            return
        }
        #expect(why.contains("no-such-program"))
    }

    @Test("both outputs reach the log, standard input is closed, the environment is the spec's")
    func surroundings() throws {
        let status = try outcome(spec("echo out; echo err >&2; cat; pwd; echo \"[$HOME$PATH]\""))
        #expect(sandbox.read("1/log") == "out\nerr\n\(sandbox.root)\n[/usr/bin:/bin]\n")
        #expect(status.logBytes == sandbox.read("1/log")?.utf8.count && status.logDropped == 0)
    }

    @Test(
        "a command that takes too long is ended, also one that will not listen, and what it started with it")
    func timeout() throws {
        let status = try outcome(
            spec("trap '' TERM; sleep 60 & echo $! > child; while :; do sleep 1; done", timeout: 0.4))
        #expect(status.outcome == .timedOut)
        #expect(status.seconds >= 0.4 && status.seconds < 10)
        #expect(try !isAlive("child"))
    }

    @Test("what a command leaves behind in its process group ends with it")
    func leftBehind() throws {
        #expect(try outcome(spec("sleep 60 >/dev/null 2>&1 & echo $! > child")).outcome == .exited(0))
        #expect(try !isAlive("child"))
    }

    @Test("a child in a session of its own that holds the output does not hold up the end")
    func daemon() throws {
        let status = try outcome(spec("setsid sleep 30 & echo $! > child; exit 3"))
        #expect(status.outcome == .exited(3))
        #expect(status.seconds < 10)
        if let pid = sandbox.read("child").flatMap({ Int32($0.trimmingCharacters(in: .newlines)) }) {
            kill(pid, SIGKILL)
        }
    }

    @Test("endless output is capped, and the command is not held up")
    func flood() throws {
        let status = try outcome(
            spec("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last", logLimit: 4096))
        #expect(status.outcome == .exited(0))
        let log = try #require(sandbox.read("1/log"))
        #expect(log.hasPrefix("first\nxxx") && log.hasSuffix("xxx\nlast\n"))
        #expect(log.utf8.count <= 4096 + 100)
        #expect(log.contains("[hybrid: \(status.logDropped) bytes of output are left out here]"))
        #expect(status.logBytes + status.logDropped == 6 + 3_000_001 + 5)
    }

    @Test("cancel ends a command that ignores being asked")
    func cancel() throws {
        let executor = try executor()
        let handle = try executor.submit(spec("trap '' TERM; echo $$ > child; while :; do sleep 1; done"))
        while sandbox.read("child")?.hasSuffix("\n") != true { usleep(5_000) }
        try executor.cancel(handle)
        guard case .finished(let status) = try end(handle, executor) else {
            Issue.record("vanished")
            return
        }
        #expect(status.outcome == .stopped)
        #expect(try !isAlive("child"))
    }

    @Test("a killed supervisor is noticed, and its command can still be ended")
    func orphan() throws {
        let executor = try executor()
        let handle = try executor.submit(spec("echo $$ > child; sleep 60"))
        while sandbox.read("child")?.hasSuffix("\n") != true { usleep(5_000) }
        kill(try #require(handle.supervisor).pid, SIGKILL)
        guard case .vanished = try end(handle, executor) else {
            Issue.record("it wrote no status, so it cannot have finished")
            return
        }
        #expect(try isAlive("child"))
        try executor.cancel(handle)
        usleep(50_000)
        #expect(try !isAlive("child"))
    }

    @Test("the status of an earlier attempt is not this one's")
    func fenced() throws {
        #expect(try outcome(spec("exit 1", attempt: 1)).attempt == 1)
        let executor = try executor()
        let handle = try executor.submit(spec("sleep 0.3; exit 2", attempt: 2))
        guard case .running = try executor.poll(handle) else {
            Issue.record("attempt 2 is running")
            return
        }
        guard case .finished(let status) = try end(handle, executor) else {
            Issue.record("vanished")
            return
        }
        #expect(status.attempt == 2 && status.outcome == .exited(2))
    }

    /// What whoever takes over knows of an attempt whose handle was never kept.
    @Test("a sealed status of another command, put where the attempt's own belongs, is told and not believed")
    func replayed() throws {
        let executor = try executor()
        func own(_ script: String) throws -> SupervisedSpec {
            var spec = try spec(script)
            spec.statusPath = sandbox.root + "/1/status.json"
            return spec
        }
        guard case .finished(let first) = try end(executor.submit(own("exit 0")), executor) else {
            Issue.record("it ended")
            return
        }
        #expect(first.outcome == .exited(0))
        let old = try Data(contentsOf: URL(fileURLWithPath: sandbox.root + "/1/status.json"))
        try FileManager.default.moveItem(atPath: sandbox.root + "/1", toPath: sandbox.root + "/aside")
        let handle = try executor.submit(own("sleep 30; exit 1"))
        try old.write(to: URL(fileURLWithPath: sandbox.root + "/1/status.json"))
        let error = #expect(throws: HybridError.self) { try executor.poll(handle) }
        #expect(error?.code == .sealBroken)
        // Its seal holds, so `hybrid trust` would find nothing.
        let status = sandbox.root + "/1/status.json"
        #expect(error?.next == "mv \(status) \(status).aside && hybrid resume")
        try FileManager.default.removeItem(atPath: sandbox.root + "/1/status.json")
        try executor.cancel(handle)
    }

    private func known(_ spec: SupervisedSpec) -> SupervisedHandle {
        SupervisedHandle(
            executor: "", specPath: spec.pidPath.replacingOccurrences(of: "pid.json", with: "spec.json"),
            statusPath: spec.statusPath, pidPath: spec.pidPath, attempt: spec.attempt)
    }

    @Test("a command whose handle was lost is found again, running or ended")
    func adopted() throws {
        let executor = try executor()
        let spec = try spec("echo $$ > child; while [ ! -e go ]; do sleep 0.02; done; exit 4")
        #expect(try executor.adopt(known(spec)) == nil, "it was never handed over")
        _ = try executor.submit(spec)
        while sandbox.read("child")?.hasSuffix("\n") != true { usleep(5_000) }
        let found = try #require(try executor.adopt(known(spec)))
        #expect(try executor.poll(found) == .running)
        try sandbox.write("", to: "go")
        guard case .finished(let status) = try end(found, executor) else {
            Issue.record("vanished")
            return
        }
        #expect(status.outcome == .exited(4))
        let later = try #require(try executor.adopt(known(spec)))
        #expect(try executor.poll(later) == .finished(status))
    }

    @Test("an attempt that was given up never begins, however late its supervisor is")
    func givenUp() throws {
        let executor = try executor()
        let spec = try spec("touch ran")
        let user = Sealer.ofUser()
        try AttemptFiles(user).spec(known(spec).specPath).put(spec)
        #expect(try executor.adopt(known(spec)) == nil)
        #expect(try executor.adopt(known(spec)) == nil)
        let late = try sandbox.run(
            hybridProgram(), "worker", "--spec", known(spec).specPath,
            environment: ["XDG_STATE_HOME": String(user.folder.dropLast("/hybrid".count))])
        #expect(late.code == 0)
        #expect(sandbox.read("ran") == nil)
        #expect(throws: HybridError.self) { try executor.submit(spec) }
    }

    @Test("the spec, which holds the environment, is its owner's alone")
    func secrets() throws {
        _ = try outcome(spec("true"))
        for file in ["1/spec.json", "1/log"] {
            let mode = try FileManager.default.attributesOfItem(atPath: sandbox.root + "/" + file)[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }
}
