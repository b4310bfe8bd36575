internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Tells how the workers of a wave stand: when a state changes, and where somebody looks on, as they print and as time
/// passes.
final class WaveTeller {
    private let context: RunContext
    private let run: RunRecord
    private let wave: Int
    /// Hears what workers print; nil where nobody looks on.
    private let alarm: FolderAlarm?
    private var told: UInt64 = 0
    private var stateChanged = true
    private var printed = false
    private var workers: [WorkerRecord] = []
    /// The last line of each job's log, and when that log was written.
    private var lines: [JobID: (written: Int64, text: String)] = [:]

    /// The shortest time between two tellings, in nanoseconds.
    private static let pause: UInt64 = 100_000_000
    /// The longest, where somebody looks on: the seconds that pass are shown.
    private static let beat: UInt64 = 1_000_000_000

    init(_ context: RunContext, _ run: RunRecord, wave: Int) {
        (self.context, self.run, self.wave) = (context, run, wave)
        alarm = context.host.isWatched ? FolderAlarm() : nil
    }

    /// A worker's attempt runs: what it prints is worth telling.
    func follow(_ worker: WorkerRecord) {
        stateChanged = true
        alarm?.add(context.paths.attempt(run.names, .job(worker.job), worker.attempt), writing: true)
    }

    /// A worker ended.
    func ended() { stateChanged = true }

    /// When there is next something to tell although nothing ends; nil: not before.
    private var due: UInt64? {
        if stateChanged || printed { return told + Self.pause }
        guard let alarm else { return nil }
        return told + (alarm.hearsAll ? Self.beat : Self.pause)
    }

    /// Waits until a command has ended or there is something to tell.
    func wait(for handles: [SupervisedHandle]) {
        // Once it is known that something was printed, more of it is no news.
        let heard = printed ? nil : alarm?.descriptor
        context.host.executor.wait(for: handles, orReading: [heard].compactMap(\.self), until: due)
    }

    /// Tells where it is time to; `begins` says since when, as ``Monotonic`` tells, which job's command runs.
    func tell(begins: [JobID: UInt64], atOnce: Bool) throws {
        printed = (alarm?.clear() ?? false) || printed
        let now = Monotonic.now()
        guard atOnce || due.map({ now >= $0 }) == true else { return }
        if stateChanged { workers = try context.runs.workers(of: run).filter { $0.wave == wave } }
        (told, stateChanged, printed) = (now, false, false)
        context.host.narrate(
            .workers(
                workers.map { worker in
                    let seconds =
                        begins[worker.job].map { Double(now - min(now, $0)) / 1e9 } ?? worker.seconds ?? 0
                    return WorkerProgress(
                        job: worker.job, name: neutralise(worker.name), state: worker.state, seconds: seconds,
                        lastLine: lastLine(of: worker))
                }))
    }

    /// The last line of a worker's log; read again only where the log was written since.
    private func lastLine(of worker: WorkerRecord) -> String {
        guard worker.attempt > 0 else { return "" }
        let log = context.paths.attempt(run.names, .job(worker.job), worker.attempt) + "/log"
        guard let written = Files.changed(log) else { return "" }
        if let known = lines[worker.job], known.written == written { return known.text }
        let text = LastWords.of(log: log, window: 8192) ?? ""
        lines[worker.job] = (written, text)
        return text
    }
}
