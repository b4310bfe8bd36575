import Foundation
import TestSupport
import Testing

/// What those who launch hybrid do to it: an agent whose tool call times out, a shell that ignores signals or closes files.
@Suite struct LauncherTests {
    /// A worker that waits for leave.
    private static func held(_ name: String) -> PlannedJob {
        PlannedJob(
            name, ["\(name).txt"],
            """
            echo once >> "$ROOT/began-\(name)"
            tries=0
            while [ ! -e "$ROOT/go" ]; do tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; sleep 0.1; done
            echo \(name) > \(name).txt; touch "$ROOT/made-\(name)"
            """)
    }

    /// Runs hybrid as an agent's tool call does, and ends it with everything that can be told to be of it.
    private static let launcher = """
        import os, signal, subprocess, sys, time
        how, root, call = sys.argv[1], sys.argv[2], sys.argv[3:]
        session = os.fork()
        if session == 0:
            os.setsid()
            shell = subprocess.Popen(["sh", "-c", '"$@"; true', "sh", *call], stdin=subprocess.DEVNULL)
            shell.wait()
            os._exit(0)
        while not all(os.path.exists(f"{root}/began-{name}") for name in ("a", "b")):
            time.sleep(0.02)
        def processes():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
                except OSError:
                    continue
                if fields[0] not in "ZX":
                    yield int(pid), int(fields[1]), int(fields[2]), int(fields[3])
        def chosen():
            found, all = set(), list(processes())
            if how == "parents":
                found = {session}
                while True:
                    more = {pid for pid, parent, _, _ in all if parent in found} - found
                    if not more: break
                    found |= more
            for pid, _, group, its in all:
                if how == "group" and group == session or how == "session" and its == session:
                    found.add(pid)
            return found & {pid for pid, _, _, _ in all}
        killed = 0
        while left := chosen():
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL); killed += 1
                except ProcessLookupError:
                    pass
            if session in left: os.waitpid(session, 0)
        print(killed)
        """

    /// A run whose launcher was ended so while both its workers worked.
    private static func launched(_ how: String) throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(launcher, to: "launcher.py")
        let plan = try bench.plan([held("a"), held("b")])
        let killed = try bench.shell(
            #"python3 "$ROOT/launcher.py" \#(how) "$ROOT" '\#(bench.program)' run '\#(plan)' 2>/dev/null"#)
        // The shell, hybrid and the process between at least.
        #expect(Int(killed) ?? 0 >= 2, "\(killed)")
        return bench
    }

    @Test(arguments: ["parents", "group", "session"])
    func `workers live on when their launcher and all that descends from it is killed`(how: String) throws {
        let bench = try Self.launched(how)
        let before = try bench.id()
        let status = try bench.hybrid("status")
        #expect(status.out.contains("hybrid resume"), "\(status.out)")
        #expect(try bench.workers() == ["a": "running", "b": "running"])
        try bench.sandbox.write("", to: "go")
        try wait(for: "the workers' own end") {
            bench.sandbox.read("made-a") != nil && bench.sandbox.read("made-b") != nil
        }
        #expect(try bench.id() == before)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        for name in ["a", "b"] {
            #expect(try bench.text("\(name).txt") == "\(name)\n")
            #expect(bench.sandbox.read("began-\(name)") == "once\n")
        }
        try bench.expectTidy()
    }

    @Test func `hybrid stop ends workers whose launcher was killed`() throws {
        let bench = try Self.launched("parents")
        let pids = try ["a", "b"].map { try Self.process(of: $0, "command", bench) }
        #expect(pids.allSatisfy { kill($0, 0) == 0 })
        let stopped = try bench.hybrid("stop")
        #expect(stopped.code == 0, "\(stopped.out)\(stopped.err)")
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
        #expect(try bench.workers() == ["a": "stopped", "b": "stopped"])
    }

    /// One worker outlives them all.
    @Test(arguments: ["", "block"])
    func `an interrupt leaves at once, also where the caller blocks it, and workers go on`(
        _ how: String
    ) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([Self.held("a")])
        for (number, words) in [(SIGINT, ["run", plan]), (SIGTERM, ["resume"]), (SIGHUP, ["resume"])] {
            try interrupt(bench, number, how, words)
        }
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(bench.sandbox.read("began-a") == "once\n")
    }

    private func interrupt(_ bench: Bench, _ number: Int32, _ how: String, _ words: [String]) throws {
        try bench.shell("rm -f said pid", in: bench.sandbox.root)
        try bench.sandbox.write(
            """
            import os, signal, sys
            # Whoever started the tests may ignore it.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if sys.argv[1]: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
            os.dup2(os.open(sys.argv[2] + "/said", os.O_WRONLY | os.O_CREAT), 2)
            open(sys.argv[2] + "/pid", "w").write(str(os.getpid()) + "\\n")
            os.execv(sys.argv[3], sys.argv[3:])
            """, to: "caller.py")
        let running = Process()
        running.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        running.arguments =
            [
                "python3", bench.sandbox.root + "/caller.py", how, bench.sandbox.root, bench.program,
            ] + words
        running.currentDirectoryURL = URL(fileURLWithPath: bench.repo)
        running.environment = hermetic(home: bench.sandbox.home, extra: ["ROOT": bench.sandbox.root])
        running.standardInput = FileHandle.nullDevice
        running.standardOutput = FileHandle.nullDevice
        try running.run()
        // It says so when it waits for the worker.
        try wait(for: "the worker") {
            bench.sandbox.read("began-a") != nil && bench.sandbox.read("said")?.contains("launch: ") == true
        }
        let text = try #require(bench.sandbox.read("pid")?.trimmingCharacters(in: .newlines))
        kill(try #require(Int32(text)), number)
        running.waitUntilExit()
        #expect(running.terminationStatus == 128 + number, "\(words)")
        #expect(
            bench.sandbox.read("said")?.contains("interrupted; what runs goes on by itself") == true,
            "\(words)")
    }

    @Test func `a run under nohup goes on when the terminal closes`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([Self.held("a")])
        try bench.shell(
            """
            trap '' HUP; '\(bench.program)' run '\(plan)' & pid=$!
            while [ ! -e "$ROOT/began-a" ]; do sleep 0.05; done
            kill -HUP $pid; touch "$ROOT/go"; wait $pid
            """)
        #expect(try bench.text("a.txt") == "a\n")
    }

    /// A caller that ignores signals, as no shell does with SIGCHLD.
    private static let ignoring =
        "python3 -c 'import os, signal, sys; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 13, 15, 17)]; "
        + "os.execv(sys.argv[1], sys.argv[1:])'"

    /// How who starts hybrid may have left files and signals.
    @Test(arguments: ["exec <&- >&- 2>&-;", "exec <&-;", "exec >&-;", "exec 2>&-;", ignoring])
    func `a run lands whatever its caller closes or ignores`(_ before: String) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Alpha", ["alpha.txt"], "echo out; echo err >&2; echo alpha > alpha.txt")
        let plan = try bench.plan([job], verify: ["grep -q alpha alpha.txt || [ ! -e alpha.txt ]"])
        // What it had to print could not be printed where stdout is closed: that is all that failed.
        try bench.shell("( \(before) '\(bench.program)' run '\(plan)' ) </dev/null || [ $? = 2 ]")
        #expect(try bench.state() == "landed")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        let log = bench.sandbox.read(try bench.attempt("alpha", 1) + "/log")
        #expect(log == "out\nerr\n", "\(log ?? "no log")")
        try bench.expectTidy()
    }

    @Test func `a worker inherits no file, no ignored and no blocked signal`() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            """
            python3 - <<'EOF'
            import os, signal
            # Its own look at its files is number 3; python itself ignores two signals.
            print(*sorted(os.listdir("/proc/self/fd")))
            print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
            quiet = {n for n in range(1, 32) if signal.getsignal(n) == signal.SIG_IGN}
            print(*sorted(quiet - {signal.SIGPIPE, signal.SIGXFSZ}))
            EOF
            echo alpha > alpha.txt
            """)
        let plan = try bench.plan([job])
        let lines = "trap '' USR1 QUIT TSTP WINCH; exec 7<README 9>\"$ROOT/nine\""
        try bench.shell("( \(lines); '\(bench.program)' run '\(plan)' )")
        let log = bench.sandbox.read(try bench.attempt("alpha", 1) + "/log")
        #expect(log == "0 1 2 3\nset()\n\n", "\(log ?? "no log")")
    }

    /// The pid of a worker's supervisor or command.
    private static func process(of job: String, _ which: String, _ bench: Bench) throws -> Int32 {
        let text = try #require(bench.sandbox.read(try bench.attempt(job, 1) + "/pid.json"))
        let record = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return Int32(try #require((record?[which] as? [String: Any])?["pid"] as? Int))
    }

    @Test func `who waits for idle workers sleeps`() throws {
        let bench = try Bench(["README": "base\n"])
        let running = try bench.begin("run", bench.plan([Self.held("a"), Self.held("b")]))
        try wait(for: "both workers") {
            bench.sandbox.read("began-a") != nil && bench.sandbox.read("began-b") != nil
        }
        let pids = try ["a", "b"].map { try Self.process(of: $0, "supervisor", bench) }
        func switches(_ pid: Int32) throws -> Int {
            try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
                .filter { $0.contains("voluntary_ctxt_switches") }
                .compactMap { Int($0.split(whereSeparator: \.isWhitespace).last ?? "") }.reduce(0, +)
        }
        // What comes right after the launch is over.
        usleep(700_000)
        let all = pids + [running.processIdentifier]
        let before = try all.map(switches)
        sleep(2)
        // A look every 20 ms, as there once was, is 100.
        for (pid, count) in zip(all, before) {
            let more = try switches(pid) - count
            #expect(more < 20, "\(pid) woke \(more) times in two seconds")
        }
        try bench.sandbox.write("", to: "go")
        running.waitUntilExit()
        #expect(running.terminationStatus == 0)
    }
}
