internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// What a worker is told about the attempt before: why it failed, which tests, which hunks, which breaches.
///
/// It lies in a file beside the job's attempts, whose path the next attempt finds in HYBRID_FEEDBACK: a failed job that is
/// sent back with the same words fails the same way.
struct FeedbackStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The most that is written, in bytes: it goes into a model's brief.
    private static let limit = 24 << 10
    /// The most lines of one side of a hunk.
    private static let hunkLines = 30

    /// Keeps what is known of the attempt that ended, before its findings are put away.
    func keep(_ run: RunRecord, _ worker: WorkerRecord, _ reason: String) throws {
        guard worker.attempt > 0 else { return }
        let findings = try ledger.findings(of: run.id).filter {
            $0.jobs.contains(worker.job) && $0.kind != .claim
        }
        var lines = ["Attempt \(worker.attempt) of \(neutralise(worker.name)): \(reason)."]
        if let path = keptPath(run, worker) { lines.append("What it made is kept; its log: \(path)") }
        for finding in findings { lines += [""] + Self.lines(finding) }
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        let cut =
            bytes.count > Self.limit ? Array("\n[the rest is left out; all of it: hybrid report]\n".utf8) : []
        try Files.makeFolder(paths.attempts(run.names, .job(worker.job)))
        try DurableFile.put(
            Array(String(decoding: bytes.prefix(Self.limit), as: UTF8.self).utf8) + cut,
            to: file(run, worker, worker.attempt), mode: 0o644, synced: false, replacing: true)
    }

    /// Where the attempt that a worker begins now finds what went wrong before; nil where nothing did.
    func path(_ run: RunRecord, _ worker: WorkerRecord) -> String? {
        (1..<max(1, worker.attempt)).reversed().map { file(run, worker, $0) }.first(where: Files.exists)
    }

    private func file(_ run: RunRecord, _ worker: WorkerRecord, _ attempt: Int) -> String {
        paths.attempts(run.names, .job(worker.job)) + "/feedback-\(attempt).md"
    }

    private func keptPath(_ run: RunRecord, _ worker: WorkerRecord) -> String? {
        let log = paths.attempt(run.names, .job(worker.job), worker.attempt) + "/log"
        return Files.exists(log) ? log : nil
    }

    private static func lines(_ finding: FindingRecord) -> [String] {
        let place = finding.path.isEmpty ? "" : " \(finding.path):"
        var lines = ["- \(finding.kind.rawValue):\(place) \(finding.said)"]
        for test in finding.tests ?? [] {
            lines.append(
                "  - test \(test.name)" + (test.standing.words.isEmpty ? "" : " (\(test.standing.words))"))
        }
        for hunk in finding.hunks {
            lines +=
                side("one side", hunk.oursStart, hunk.oursLines)
                + side("the other", hunk.theirsStart, hunk.theirsLines)
        }
        return lines
    }

    private static func side(_ name: String, _ start: Int, _ lines: [String]) -> [String] {
        ["  \(name), from line \(start):"] + lines.prefix(hunkLines).map { "      " + neutralise($0) }
            + (lines.count > hunkLines ? ["      ... \(lines.count - hunkLines) more"] : [])
    }
}
