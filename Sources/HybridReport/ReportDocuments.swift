internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// What the report's documents share.
extension RunReport {
    /// A worker's detail, with what was remembered of it.
    static func detail(_ worker: WorkerRecord) -> String {
        let words = worker.remembered.map { "its verify commands: \($0.words)" }
        return [worker.detail, words ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// A test, and what is known of it.
    static func line(_ test: NamedTest) -> String {
        test.name + (test.standing == .fails ? "" : " (\(test.standing.words))")
    }
}
