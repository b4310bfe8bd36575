public import HybridBase
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

    /// The report as a value.
    public func json() -> JSONValue {
        .object([
            ("schema", .int(1)), ("left", .int(left.count)),
            (
                "findings",
                .array(
                    findings.map {
                        .object([
                            ("kind", .string($0.kind.rawValue)), ("thing", .string($0.thing)),
                            ("reason", .string($0.reason)), ("remedy", .string($0.remedy)),
                            ("mendable", .bool($0.isMendable)), ("done", .optional($0.done)),
                        ])
                    })
            ),
        ])
    }
}

extension Schemas {
    /// `doctor --json`.
    static var doctor: [(String, JSONValue)] {
        let kinds = DoctorReport.Finding.Kind.allCases.map(\.rawValue)
        return object(
            [
                ("schema", integer), ("left", integer),
                (
                    "findings",
                    list(
                        .object(
                            object(
                                [
                                    ("kind", .object([("enum", .strings(kinds))])), ("thing", string),
                                    ("reason", string), ("remedy", string), ("mendable", boolean),
                                    ("done", maybeString),
                                ], required: ["kind", "thing", "reason", "remedy", "mendable", "done"])))
                ),
            ], required: ["schema", "left", "findings"])
    }

    /// `clean --json`.
    static var clean: [(String, JSONValue)] {
        let strings = list(string)
        let thing = object(
            [("what", string), ("id", string), ("restore", string)], required: ["what", "id", "restore"])
        let forgotten = object(
            [("things", list(.object(thing))), ("worktrees", strings), ("kept", string)],
            required: ["things", "worktrees", "kept"])
        return object(
            [
                ("schema", integer), ("run", string), ("removed", strings), ("kept", strings),
                ("forgotten", .object([("type", .strings(["object", "null"]))] + forgotten.dropFirst())),
                (
                    "discarded",
                    list(
                        .object(
                            object(
                                [
                                    ("job", string), ("things", list(.object(thing))), ("worktrees", strings),
                                    ("kept", string), ("still_at", strings),
                                ], required: ["job", "things", "worktrees", "kept"])))
                ),
            ], required: ["schema", "run", "removed", "kept", "discarded"])
    }
}
