internal import HybridMerging

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A merge driver's command while it runs: in a private folder that holds the three files and is gone afterwards.
enum DriverProcess {
    /// The files' names in that folder, which need no quoting.
    static let names = ThreeWay(base: "base", ours: "ours", theirs: "theirs")

    /// How long a command that ran out of time has before it is killed, in nanoseconds.
    private static let grace: UInt64 = 1_000_000_000

    /// How the command ended by itself.
    struct Ended {
        var code: Int
        /// What it left in the file of our side; nil where no regular file is there.
        var result: [UInt8]?
        /// The end of what it printed, safe for a terminal.
        var lastLine: String
    }

    /// It did not come to an end of its own.
    struct Failure: Error {
        var reason: String
    }

    /// Runs a command line by `sh -c` to its end.
    static func run(
        _ command: [UInt8], _ files: ThreeWay<[UInt8]>, environment: [String: String], timeout: Double
    ) throws(Failure) -> Ended {
        let folder = try makeFolder(environment["TMPDIR"] ?? "")
        // What cannot be removed lies in the folder for temporary files, where others clean up.
        defer { try? Files.remove(folder) }
        for stage in MergeStage.allCases {
            let path = "\(folder)/\(names[stage])"
            do throws(SystemError) {
                try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(
                    files[stage][...])
            } catch {
                throw Failure(reason: "\(path) cannot be written: \(error)")
            }
        }
        var settings = WorkerEnvironment.cleaned(environment)
        settings["PWD"] = folder
        var printed = Tail()
        let code = try follow(command, folder, settings, timeout, &printed)
        return Ended(code: code, result: result("\(folder)/\(names.ours)"), lastLine: printed.lastLine)
    }

    private static func makeFolder(_ place: String) throws(Failure) -> String {
        let template = (place.hasPrefix("/") ? place : "/tmp") + "/hybrid-driver.XXXXXX"
        var bytes = template.utf8.map { CChar(bitPattern: $0) } + [0]
        guard unsafe mkdtemp(&bytes) != nil else {
            throw Failure(reason: "\(template) cannot be made: \(SystemError())")
        }
        return String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Starts the command and waits; its exit code.
    private static func follow(
        _ command: [UInt8], _ folder: String, _ environment: [String: String], _ timeout: Double,
        _ printed: inout Tail
    ) throws(Failure) -> Int {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw Failure(reason: "no pipe: \(SystemError())") }
        let output = Descriptor(owning: ends[0])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(output.number, F_SETFL, O_NONBLOCK)
        let pid: Int32
        do throws(SystemError) {
            let input = Descriptor(owning: ends[1])
            pid = try ProcessTree.spawn(
                bytes: [Array("/bin/sh".utf8), Array("-c".utf8), command], directory: folder,
                environment: environment, output: input.number, newSession: false)
        } catch {
            throw Failure(reason: "sh cannot be started: \(error)")
        }
        // What it left in its group would only hold on to files that are gone.
        defer { kill(-pid, SIGKILL) }
        let deadline = Monotonic.now() + UInt64(timeout * 1e9)
        var killAt: UInt64?
        while true {
            printed.drain(output)
            var status: Int32 = 0
            let got = unsafe waitpid(pid, &status, WNOHANG)
            if got == pid {
                printed.drain(output)
                if killAt != nil {
                    throw Failure(reason: "it took longer than \(timeout) s (hybrid.driverTimeout)")
                }
                guard status & 0x7F == 0 else {
                    throw Failure(reason: "it was ended by signal \(status & 0x7F)\(printed.shown)")
                }
                return Int(status >> 8 & 0xFF)
            }
            if got < 0, errno != EINTR {
                throw Failure(reason: "how it ended is not known: \(SystemError())")
            }
            let now = Monotonic.now()
            if let at = killAt {
                if now >= at { kill(-pid, SIGKILL) }
            } else if now >= deadline {
                kill(-pid, SIGTERM)
                killAt = now + grace
            }
            wait(output)
        }
    }

    /// Sleeps until there is output, or the command closed it, or a moment has passed.
    private static func wait(_ output: borrowing Descriptor) {
        var wanted = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&wanted, 1, 20)
        // Its end is near, or it runs on without output; either way the pipe stays "ready".
        if ready > 0, Int32(wanted.revents) & POLLIN == 0 { usleep(500) }
    }

    private static func result(_ path: String) -> [UInt8]? {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        do {
            return try Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).readAll()
        } catch {
            return nil
        }
    }
}

/// The end of what a program printed.
private struct Tail {
    private static let most = 2048
    private var bytes: [UInt8] = []

    /// Takes what is there; endless output must not keep the clock from being looked at.
    mutating func drain(_ output: borrowing Descriptor) {
        for _ in 0..<64 {
            guard let some = try? output.read(1 << 16), !some.isEmpty else { return }
            bytes = (bytes + some).suffix(Self.most)
        }
    }

    /// The last line that is not empty, safe for a terminal.
    var lastLine: String {
        let line = bytes.split(separator: 10).last { !$0.allSatisfy { $0 <= 32 } }
        return neutralise(String(decoding: line?.prefix(300) ?? [], as: UTF8.self))
    }

    /// The last line as an aside; empty for none.
    var shown: String { lastLine.isEmpty ? "" : " (\(lastLine))" }
}
