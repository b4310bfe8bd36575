import Foundation
import TestSupport
import Testing

@testable import HybridSystem

@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    private let sandbox = try! Sandbox()

    /// A child that runs until it is killed.
    private func sleeper() throws -> Int32 {
        let null = try Descriptor(opening: "/dev/null", O_WRONLY)
        return try Spawn.child(
            ["/bin/sleep", "60"].map { Array($0.utf8) }, in: "/", environment: [:], output: null.number,
            newSession: false)
    }

    @Test(arguments: [true, false])
    func `the end of any process is heard, also where the kernel does not tell of it`(asksKernel: Bool) throws
    {
        let pid = try sleeper()
        let process = try #require(
            ProcessTree.identity(of: pid).flatMap { WatchedProcess($0, asksKernel: asksKernel) })
        #expect((process.descriptor != nil) == asksKernel && !process.hasEnded)
        let soon = Monotonic.now() + 30_000_000
        Waiting.forFirst(of: [], [process], until: soon)
        #expect(Monotonic.now() >= soon)
        process.send(SIGTERM)
        // Without an end to it: returns when the process has ended, or never.
        Waiting.forFirst(of: [], [process], until: nil)
        #expect(process.hasEnded)
        #expect(try ChildLoop.reap(pid) == SIGTERM)
        // Nothing is sent to whoever gets the number next.
        process.send(SIGKILL)
    }

    @Test func `a process of another time is not the one that is meant`() throws {
        let pid = try sleeper()
        defer {
            kill(pid, SIGKILL)
            _ = try? ChildLoop.reap(pid)
        }
        var identity = try #require(ProcessTree.identity(of: pid))
        identity.start += 1
        #expect(WatchedProcess(identity) == nil)
    }

    @Test func `orphans that came to a process are taken away, a child that is waited for is not`() throws {
        // A supervisor, as only it adopts orphans; its command looks for ended ones.
        let folder = sandbox.root + "/1"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            for one in 1 2 3 4 5; do sh -c 'sleep 0.1 & exit' ; done
            sleep 1
            for file in /proc/[0-9]*/stat; do
                sed 's/.*) //' "$file" 2>/dev/null
            done | awk -v parent=$PPID '$1 == "Z" && $2 == parent' | wc -l
            """
        let spec = SupervisedSpec(
            arguments: ["/bin/sh", "-c", script], directory: "/", environment: ["PATH": "/usr/bin:/bin"],
            logPath: folder + "/log", statusPath: folder + "/status.json", pidPath: folder + "/pid.json",
            attempt: 1)
        let executor = LocalExecutor(supervisor: [try hybridProgram(), "worker", "--spec"])
        let handle = try executor.submit(spec)
        while try executor.poll(handle) == .running {
            executor.wait(for: [handle], orReading: [], until: nil)
        }
        #expect(sandbox.read("1/log") == "0\n")
        guard case .finished(let status) = try executor.poll(handle) else {
            Issue.record("vanished")
            return
        }
        #expect(status.outcome == .exited(0))
    }

    @Test func `a file that comes into a folder is heard, once`() throws {
        let alarm = FolderAlarm()
        alarm.add(sandbox.root)
        #expect(alarm.hearsAll && !alarm.clear())
        try sandbox.write("", to: "one")
        let heard = try #require(alarm.descriptor)
        Waiting.forFirst(of: [heard], until: nil)
        #expect(alarm.clear() && !alarm.clear())
        // What is written to it counts only where that was asked for.
        try DurableFile.append([10], to: sandbox.root + "/one")
        #expect(!alarm.clear())
        alarm.add(sandbox.root, writing: true)
        try DurableFile.append([10], to: sandbox.root + "/one")
        #expect(alarm.clear())
        alarm.add(sandbox.root + "/gone")
        #expect(!alarm.hearsAll)
    }

    @Test func `who closes a lock's file is heard, also by dying`() throws {
        try sandbox.write("", to: "lock")
        let alarm = FolderAlarm()
        alarm.add(closing: sandbox.root + "/lock")
        _ = try sandbox.run("sh", "-c", "exec 5>>lock; kill -9 $$", in: "")
        #expect(alarm.clear())
    }

    @Test(arguments: [1e300, -1, 0, .infinity])
    func `a time beyond the clock is its end`(_ seconds: Double) {
        let time = Monotonic.time(seconds, after: 5)
        #expect(seconds > 0 ? time > 1 << 62 : time == 5)
        let last = UInt64.max - 1
        #expect(Monotonic.time(seconds, after: last) == (seconds > 0 ? UInt64.max : last))
    }
}
