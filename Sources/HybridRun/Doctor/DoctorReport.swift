package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// What the doctor found in a repository, and what it mended.
public struct DoctorReport: Sendable {
    /// One thing that is not as it should be.
    public struct Finding: Hashable, Sendable {
        /// The kinds of finding.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// The ledger is damaged, gone, or knows other things than the runs' refs.
            case ledger
            /// A ref's file is empty or damaged, or is of no run.
            case ref
            /// A pack that git is told to keep for a run that nobody drives.
            case pack
            /// A branch that is named as a worker's and is of no run.
            case branch
            /// A worktree of no run, without its folder, or left by a check.
            case worktree
            /// A lock file that nobody holds any more.
            case lock
            /// A file that was being written when its process died.
            case draft
            /// A worker that is recorded as running and is not, or that runs and nobody looks after.
            case worker
            /// A run that is not over and that nobody drives.
            case run
            /// A place that cannot be written.
            case access
        }

        /// What kind of finding.
        public var kind: Kind
        /// The thing: a file, a ref, a run.
        public var thing: String
        /// What is wrong with it, and how that is known.
        public var reason: String
        /// What `--fix` does, or what to type.
        public var remedy: String
        /// Whether `--fix` mends it: it is provably hybrid's own, and nothing is lost.
        public var isMendable: Bool
        /// What was done; nil where nothing was.
        public var done: String?
    }

    /// All findings, in the order in which they were looked for.
    public var findings: [Finding]

    /// The findings that are still there.
    public var left: [Finding] { findings.filter { $0.done == nil } }

    /// The report for a person.
    public func text() -> String {
        if findings.isEmpty { return "nothing to mend" }
        var lines: [String] = []
        for finding in findings {
            lines.append("\(finding.thing): \(finding.reason)")
            if let done = finding.done {
                lines.append("  mended: \(done)")
            } else {
                lines.append("  \(finding.isMendable ? "hybrid doctor --fix: " : "")\(finding.remedy)")
            }
        }
        let mended = findings.count - left.count
        lines.append(mended > 0 ? "\(mended) mended, \(left.count) left" : "\(left.count) to mend")
        return lines.joined(separator: "\n")
    }
}

extension DoctorReport: Answer {
    package static let schemaName = "doctor"
    package static let schemaUse = "doctor: what is not as it should be, and what was mended"
    package static let jsonFields: [Field<DoctorReport>] = [
        Field("left", "How many findings are still there.", \.left.count),
        Field("findings", "All findings, in the order in which they were looked for.", \.findings),
    ]
}

extension DoctorReport.Finding.Kind: DescribedWord {}

extension DoctorReport.Finding: DescribedObject {
    package static let jsonFields: [Field<DoctorReport.Finding>] = [
        Field("kind", "What kind of finding.", \.kind),
        Field("thing", "The thing: a file, a ref, a run.", \.thing),
        Field("reason", "What is wrong with it, and how that is known.", \.reason),
        Field("remedy", "What --fix does, or what to type.", \.remedy),
        Field("mendable", "Whether --fix mends it.", \.isMendable),
        Field("done", "What was done; null where nothing was.", \.done),
    ]
}
