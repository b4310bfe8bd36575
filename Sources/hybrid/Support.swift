import ArgumentParser
import Dispatch
import HybridCore
import HybridGit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The exit codes, as `hybrid help exit-codes` lists them.
enum Exit {
    static let no = ExitCode(1)
    static let couldNot = ExitCode(2)
}

/// Writes to stderr, where the narration goes.
func say(_ text: String, terminator: String = "\n") {
    var bytes = Array((text + terminator).utf8)[...]
    while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
        // Nobody listens any more: the answer still goes to stdout.
        if count <= 0 { return }
        bytes = bytes.dropFirst(count)
    }
}

// Written and read by the one thread that runs a command.
nonisolated(unsafe) private var hasAnswered = false

/// Says what a person should know and that stops nothing.
func warn(_ text: String) { say("hybrid: warning: \(text)") }

/// An answer as JSON text; after the first one, an error is told on stderr only.
func rendered(_ answer: some Published, asLine: Bool = false) -> String {
    unsafe hasAnswered = true
    return asLine ? answer.jsonValue.line() : answer.jsonValue.text()
}

/// Runs a command's body; an error becomes one line and exit code 2, and with `json` an answer of its own.
func reporting(json: Bool = false, _ body: () throws -> Void) throws {
    do {
        try body()
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        if json, unsafe !hasAnswered { print(rendered(ErrorAnswer(error), asLine: true)) }
        throw told(error)
    }
}

/// Says an error on stderr; gives the exit code.
private func told(_ error: any Error) -> ExitCode {
    if let refusal = error as? Preflight.Refusal {
        for finding in refusal.findings { say("hybrid: " + neutraliseLines(oneLine(finding.text))) }
        say("hybrid: nothing was launched")
        return Exit.couldNot
    }
    let known = error as? HybridError ?? (error as? GitError)?.told.first
    var text = oneLine(known.map { "\($0)" } ?? "\(error)")
    if error is RunOverlap { text += "; nothing was launched" }
    say("hybrid: " + neutraliseLines(text))
    // A plan that overlaps is answered, not failed.
    let isAnswer = error is RunOverlap || known?.code == .planRefused || known?.code == .overlap
    return isAnswer ? Exit.no : Exit.couldNot
}

private func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
}

/// Tells a person who interrupts that workers and commands go on.
enum Interrupt {
    // Written before the handler can run, and only read in it.
    nonisolated(unsafe) private static var message: [UInt8] = []
    /// Under nohup a terminal that closes ends nothing.
    private static let heard = [SIGINT, SIGTERM] + (Surroundings.ignores(SIGHUP) ? [] : [SIGHUP])

    static func watch(_ run: RunID) {
        unsafe message = Array(
            "\nhybrid: interrupted; what runs goes on by itself. Take it up again: hybrid resume \(run), or end it: hybrid stop \(run)\n"
                .utf8)
        // Who listened to the narration may leave; the run does not end for that.
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in heard {
            unsafe sigaddset(&signals, number)
            signal(number) { number in
                _ = unsafe Interrupt.message.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
                _exit(128 + number)
            }
        }
        // A caller that blocks them hands that on.
        unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
    }

    static func release() {
        for number in heard + [SIGPIPE] { signal(number, SIG_DFL) }
    }
}

/// Ends this process after a time, wherever it waits: all that it did is in the record.
func endAfter(seconds: Double) {
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
        let words =
            "hybrid: stop: the workers were told to end, but something took longer than \(Int(seconds)) s; "
            + "what they made is still to be taken in\nNext: hybrid resume, or hybrid stop again\n"
        _ = unsafe Array(words.utf8).withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
        _exit(2)
    }
}

func pauseOneSecond() { sleep(1) }

/// Reads a whole file, or stdin for `-`; errors name it and say what it is instead.
func readBytes(_ path: String) throws -> [UInt8] {
    let file = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
        throw HybridError(
            .unreadable, path, "it cannot be read: \(unsafe String(cString: strerror(errno)))",
            next: "check its name")
    }
    defer { if path != "-" { close(file) } }
    if path != "-" { try awaitWriter(of: file, path) }
    var all: [UInt8] = []
    while true {
        let part = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = max(0, unsafe read(file, buffer.baseAddress, 1 << 16))
        }
        if part.isEmpty { break }
        all += part
        // A plan is refused for its size later; this keeps an endless file from filling memory.
        if all.count > 64 << 20 { break }
    }
    if all.isEmpty, path != "-" {
        var facts = stat()
        if unsafe fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
            throw HybridError(.invalidArgument, path, "it is a folder", next: "name a plan file")
        }
    }
    return all
}

/// A pipe that the user names, such as `<(make-plan)`, is read as soon as somebody writes; one that nobody writes into is
/// not waited for.
private func awaitWriter(of file: Int32, _ path: String) throws {
    var facts = stat()
    guard unsafe fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFIFO else { return }
    var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waiting, 1, 10_000) > 0 else {
        throw HybridError(
            .unreadable, path, "it is a pipe, and nobody writes into it", next: "name a plan file")
    }
    _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK)
}

/// Writes a new file; one that is there is never overwritten.
func writeNew(_ text: String, to path: String) throws {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else {
        let isThere = errno == EEXIST
        let reason = isThere ? "it is there already" : unsafe String(cString: strerror(errno))
        throw HybridError(
            isThere ? .fileExists : .notWritable, path, "it was not written: \(reason)",
            next: "choose another name")
    }
    close(file)
    try DurableFile.write(Array(text.utf8), to: path)
}

/// Whether something stands at a path below the current folder.
func standsHere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// The plan of a command: one file, or two Markdown files that hold its parts.
struct PlanArguments: ParsableArguments {
    @Argument(
        help:
            "The plan: Markdown, YAML (.yaml, .yml) or JSON (.json); - reads Markdown from stdin. Two Markdown files are read as one."
    )
    var plan: [String]

    func validate() throws {
        if plan.count > 2 { throw ValidationError("a plan is one file, or two Markdown files") }
    }

    /// The plan's name in messages.
    var shown: String { plan.joined(separator: " ") }

    /// Reads the plan; brackets are literal where `exists` says so.
    func load(_ exists: (String) throws -> Bool) throws -> Plan {
        let texts = try plan.map { path in
            guard let text = String(validating: try readBytes(path), as: UTF8.self) else {
                throw HybridError(.planInvalid, path, "it is not UTF-8 text", next: "save it as UTF-8")
            }
            return text
        }
        if texts.count == 2 {
            for path in plan where PlanFormat.of(path: path) != .markdown {
                throw HybridError(
                    .invalidArgument, path, "only Markdown plans may be in two files", next: "name one file")
            }
            return try Plan.parse(
                markdown: zip(plan, texts).map { (file: $0, text: $1) }, exists: exists)
        }
        return try Plan.parse(texts[0], format: PlanFormat.of(path: plan[0]), file: plan[0], exists: exists)
    }
}

/// Prints an answer for a person; nothing in it can steer the terminal.
func show(_ text: String) { print(neutraliseLines(text)) }

/// The same for what somebody waits for: it is not held back where stdout is no terminal.
func showNow(_ text: String) {
    show(text)
    fflush(nil)
}

/// Whether stdout is a terminal that can be drawn over.
func isOnTerminal() -> Bool { isatty(1) == 1 && processEnvironment()["TERM"] != "dumb" }

/// Shows a text in the place of what the terminal showed; what does not fit is counted.
///
/// One write: whoever ends the program in between leaves the terminal as it was.
func drawOver(_ text: String) {
    var size = winsize()
    let asked = unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0
    let rows = asked && size.ws_row > 4 ? Int(size.ws_row) : 24
    var lines = neutraliseLines(text).split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init)
    if lines.count >= rows {
        lines = lines.prefix(rows - 2) + ["(\(lines.count - rows + 2) more lines: hybrid status)"]
    }
    // Without wrapping, a line is a line however wide its letters are.
    print("\u{1B}[?7l\u{1B}[H\u{1B}[2J" + lines.joined(separator: "\n") + "\u{1B}[?7h")
    fflush(nil)
}
