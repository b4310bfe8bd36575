import Foundation
import TestSupport
import Testing

@testable import HybridSystem

/// Each step of a start that cannot be done is an error that names it, and the command then does not run elsewhere.
@Suite struct SpawnTests {
    private let sandbox = try! Sandbox()

    private func start(_ script: String, in folder: String, output: Int32? = nil) throws(SystemError) -> Int32
    {
        let null = try Descriptor(opening: "/dev/null", O_WRONLY)
        return try Spawn.child(
            ["/bin/sh", "-c", script].map { Array($0.utf8) }, in: folder,
            environment: ["PATH": "/usr/bin:/bin"],
            output: output ?? null.number, newSession: false)
    }

    private func failure(_ body: () throws(SystemError) -> Int32) -> SystemError? {
        do throws(SystemError) {
            _ = try ChildLoop.reap(try body())
            return nil
        } catch {
            return error
        }
    }

    @Test func `a folder that is gone, is none or has too long a name is named`() throws {
        try sandbox.write("", to: "file")
        let long = sandbox.root + String(repeating: "/longer", count: 700)
        let part = sandbox.root + "/" + String(repeating: "x", count: 300)
        for (folder, code) in [
            (sandbox.root + "/gone", ENOENT), (sandbox.root + "/file", ENOTDIR), (long, ENAMETOOLONG),
            (part, ENAMETOOLONG),
        ] {
            let error = failure { () throws(SystemError) in try start("touch ran", in: folder) }
            #expect(error?.code == code && error?.step == "enter \(folder)", "\(folder.prefix(100))")
        }
        #expect(sandbox.read("ran") == nil && !FileManager.default.fileExists(atPath: "ran"))
    }

    @Test func `a step that cannot even be asked for is an error`() {
        // posix_spawn itself would start the command without it.
        let error = failure { () throws(SystemError) in try start("true", in: sandbox.root, output: -1) }
        #expect(error?.code == EBADF && error?.step == "take its output")
    }

    @Test func `what C would cut is refused`() throws {
        let folder = sandbox.root
        let null = try Descriptor(opening: "/dev/null", O_WRONLY)
        func run(_ words: [String], _ variables: [String: String] = [:], in folder: String) -> SystemError? {
            let number = null.number
            return failure { () throws(SystemError) in
                try Spawn.child(
                    words.map { Array($0.utf8) }, in: folder, environment: variables, output: number,
                    newSession: false)
            }
        }
        #expect(run(["/bin/rm", "-rf", "/no\u{0}such"], in: folder)?.code == EINVAL)
        #expect(run(["/bin/true"], ["A": "b\u{0}c"], in: folder)?.code == EINVAL)
        #expect(run(["/bin/true"], in: folder + "\u{0}/gone")?.code == EINVAL)
        #expect(run([], in: folder)?.code == EINVAL)
        let missing = run([folder + "/none"], in: folder)
        #expect(missing?.code == ENOENT && missing?.step == "start \(folder)/none")
        let much = run(["/bin/true", String(repeating: "x", count: 1 << 20)], in: folder)
        #expect(much?.code == E2BIG && much?.step == "start /bin/true")
        #expect(run(["/bin/true"], in: folder) == nil)
    }

    @Test func `a detached program is nobody's child, in a session of its own, with nothing open`() throws {
        // Its own look at its files is number 3.
        let script = """
            import os
            facts = [os.getpid(), os.getppid(), os.getsid(0), os.getcwd(), *sorted(os.listdir("/proc/self/fd"))]
            open("\(sandbox.root)/new", "w").write(" ".join(map(str, facts)))
            os.rename("\(sandbox.root)/new", "\(sandbox.root)/facts")
            """
        let pid = try Spawn.detached(["/usr/bin/env", "python3", "-c", script])
        while sandbox.read("facts") == nil { usleep(5_000) }
        let facts = try #require(sandbox.read("facts")).split(separator: " ").map(String.init)
        #expect(facts[0] == "\(pid)" && facts[1] != "\(getpid())" && facts[2] == "\(pid)")
        #expect(facts[3...] == ["/", "0", "1", "2", "3"])
        var status: Int32 = 0
        #expect(waitpid(pid, &status, WNOHANG) == -1 && errno == ECHILD)
    }

    @Test func `a program that cannot be started detached is named`() {
        do throws(SystemError) {
            _ = try Spawn.detached([sandbox.root + "/none"])
            Issue.record("it is not there")
        } catch {
            #expect(error.code == ENOENT && error.step == "start \(sandbox.root)/none")
        }
        do {
            _ = try LocalExecutor(supervisor: ["/none"]).submit(spec(in: sandbox.root))
            Issue.record("there is no such supervisor")
        } catch {
            #expect(
                "\(error)".hasPrefix("/none: the supervisor cannot be started: cannot start /none: No such"))
        }
    }

    private func spec(in folder: String) throws -> SupervisedSpec {
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/1", withIntermediateDirectories: true)
        return SupervisedSpec(
            arguments: ["/bin/sh", "-c", "touch \(sandbox.root)/ran ran; echo ran"], directory: folder,
            environment: ["PATH": "/usr/bin:/bin"], logPath: sandbox.root + "/1/log",
            statusPath: sandbox.root + "/1/status.json", pidPath: sandbox.root + "/1/pid.json", attempt: 1)
    }

    @Test(arguments: ["gone", "file", "closed", "long"])
    func `a supervisor tells why its command did not run, and nothing ran elsewhere`(_ what: String) throws {
        try sandbox.write("", to: "file")
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/closed", withIntermediateDirectories: true)
        let folder = sandbox.root + "/" + (what == "long" ? String(repeating: "x", count: 5000) : what)
        let spec = try spec(in: folder)
        let file = sandbox.root + "/1/spec.json"
        let sealer = Sealer(environment: ["XDG_STATE_HOME": sandbox.home + "/.local/state"])
        try AttemptFiles(sealer).spec(file).put(spec)
        _ = try sandbox.run("chmod", "000", "closed", in: "")
        var words = [try hybridProgram(), "worker", "--spec", file]
        if geteuid() == 0 {
            // root may enter any folder until these are taken from it.
            words.insert(contentsOf: ["setpriv", "--bounding-set=-dac_override,-dac_read_search"], at: 0)
        }
        let ran = try execute(words, in: sandbox.root, environment: hermetic(home: sandbox.home))
        #expect(ran.code == 0, "\(ran.err)")
        let reasons: [String: Int32] = [
            "gone": ENOENT, "file": ENOTDIR, "closed": EACCES, "long": ENAMETOOLONG,
        ]
        let reason = String(cString: strerror(try #require(reasons[what])))
        let status = try JSONDecoder().decode(
            SupervisedStatus.self, from: Data(try #require(sandbox.read("1/status.json")).utf8))
        guard case .couldNotStart(let why) = status.outcome else {
            Issue.record("\(status.outcome)")
            return
        }
        #expect(why.contains("cannot enter \(folder): \(reason)"), "\(why)")
        #expect(sandbox.read("ran") == nil && sandbox.read("1/log") == "")
    }
}
