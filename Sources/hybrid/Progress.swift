import HybridCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tells on stderr how a run goes: one living line a worker on a terminal, plain lines elsewhere.
final class Progress: @unchecked Sendable {
    // Only the run's own thread narrates; the class is shared with nobody.
    private let terminal: Bool
    private let colour: Bool
    private var drawn = 0
    private var last: [JobID: WorkerState] = [:]

    init(terminal: Bool, colour: Bool) {
        self.terminal = terminal
        self.colour = colour
    }

    func hear(_ narration: Narration) {
        switch narration {
        case .stage(let stage, let text):
            settle()
            write("\(paint("1", stage.rawValue)): \(text)\n")
        case .note(let text):
            erase()
            write("  \(neutraliseLines(text))\n")
        case .workers(let workers):
            terminal ? draw(workers) : list(workers)
        }
    }

    /// Leaves the drawn lines as they are; what follows comes below.
    func settle() { drawn = 0 }

    private func draw(_ workers: [WorkerProgress]) {
        let (width, height) = size()
        // Without wrapping, a line is a line however wide its letters are.
        var text = (drawn > 0 ? "\u{1B}[\(drawn)A" : "") + "\u{1B}[?7l"
        let names = workers.map(\.job.text.count).max() ?? 0
        // What scrolled out at the top could not be drawn again: the ended give way to those that run.
        let shown = workers.count < height ? workers : Self.busiest(workers, height - 2)
        for worker in shown {
            let job = worker.job.text + String(repeating: " ", count: names - worker.job.text.count)
            let state = worker.state.rawValue
            let head = "  \(job)  \(state)  \(seconds(worker.seconds))  "
            let rest = String(worker.lastLine.prefix(max(0, width - head.count - 1)))
            text +=
                "\u{1B}[2K  \(job)  \(paint(code(worker.state), state))  \(seconds(worker.seconds))  "
                + "\(paint("2", rest))\n"
        }
        let hidden = workers.count - shown.count
        if hidden > 0 { text += "\u{1B}[2K  and \(hidden) more: hybrid status\n" }
        drawn = shown.count + (hidden > 0 ? 1 : 0)
        write(text + "\u{1B}[?7h")
    }

    /// At most `count` workers, those that run first, in their own order.
    private static func busiest(_ workers: [WorkerProgress], _ count: Int) -> [WorkerProgress] {
        let running = workers.indices.filter { workers[$0].state == .running }
        let others = workers.indices.filter { workers[$0].state != .running }
        return (running + others).prefix(max(1, count)).sorted().map { workers[$0] }
    }

    private func list(_ workers: [WorkerProgress]) {
        for worker in workers where last[worker.job] != worker.state {
            last[worker.job] = worker.state
            if worker.state == .running || worker.state == .waiting {
                write("  \(worker.job) \(worker.state.rawValue)\n")
            }
        }
    }

    /// Takes the living lines away, so that a note stands above the next drawing.
    private func erase() {
        guard drawn > 0 else { return }
        write("\u{1B}[\(drawn)A\u{1B}[0J")
        drawn = 0
    }

    private func code(_ state: WorkerState) -> String {
        switch state {
        case .done, .doneCommittedByHybrid, .merged, .landed: "32"
        case .waiting, .running: "36"
        case .nothingDone, .blocked, .stopped: "33"
        case .failed, .setUpFailed, .timedOut, .breach, .conflict, .verificationFailed, .hooksChanged: "31"
        }
    }

    private func paint(_ code: String, _ text: String) -> String {
        colour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func seconds(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }

    private func size() -> (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(2, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
        return (size.ws_col > 20 ? Int(size.ws_col) : 80, size.ws_row > 4 ? Int(size.ws_row) : 24)
    }

    private func write(_ text: String) {
        say(text, terminator: "")
    }
}
