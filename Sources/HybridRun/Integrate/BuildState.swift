public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridRecords

/// One task's entry in BUILDSTATE, in the method's words.
public struct BuildStateEntry: Hashable, Sendable {
    /// The task's name; what finds the entry again.
    public var task: String
    /// Such as "30 minutes".
    public var sequentialEstimate: String
    /// Such as "15 minutes".
    public var hybridEstimate: String
    /// Whether the decision framework finds it worth splitting.
    public var isApplicable: Bool
    /// How many jobs run beside each other.
    public var parallelJobs: Int
    /// Such as "2x".
    public var speedupFactor: String

    /// The entry of a plan with its estimate.
    public init(plan: Plan, estimate: EstimateReport) {
        task = plan.task.name
        sequentialEstimate = Estimate.words(estimate.sequentialSeconds)
        hybridEstimate = Estimate.words(estimate.hybridSeconds)
        isApplicable = estimate.worthIt
        parallelJobs = plan.jobs.count
        speedupFactor =
            (estimate.speedup.map { "\(EstimateReport.decimals(($0 * 10).rounded() / 10))x" }) ?? "unknown"
    }

    var fields: [(String, String)] {
        [
            ("task", JSONValue.quoted(task)), ("sequential_estimate", JSONValue.quoted(sequentialEstimate)),
            ("hybrid_estimate", JSONValue.quoted(hybridEstimate)),
            ("hybrid_applicable", isApplicable ? "true" : "false"), ("parallel_jobs", String(parallelJobs)),
            ("speedup_factor", JSONValue.quoted(speedupFactor)),
        ]
    }
}

/// Keeps a BUILDSTATE file.
public enum BuildState {
    /// The file with the entry in it; every byte that need not change stays, unknown keys and their order included.
    ///
    /// An entry of the same task is updated in place, in a list, below "tasks", or at the top; otherwise one is
    /// added. Throws for broken JSON, with line and column, and for two entries of the task.
    public static func updated(
        _ existing: [UInt8]?, entry: BuildStateEntry, file: String = "BUILDSTATE.json"
    ) throws(HybridError) -> [UInt8] {
        guard let existing, existing.contains(where: { ![32, 9, 10, 13].contains($0) }) else {
            return Array("{\n  \"tasks\": [\n\(written(entry, indent: 4))\n  ]\n}\n".utf8)
        }
        let root = try JSONSpan.read(existing, file: file)
        switch root.kind {
        case .array(let items): return try inList(existing, root, items, entry, file)
        case .object(let pairs):
            if let tasks = root.value("tasks") {
                guard case .array(let items) = tasks.kind else {
                    throw HybridError(
                        .unreadable, "\(file): tasks", "it is not a list", next: "mend the file")
                }
                return try inList(existing, tasks, items, entry, file)
            }
            if case .string(let name)? = root.value("task")?.kind {
                guard name == entry.task else {
                    throw HybridError(
                        .unreadable, file, "it holds one entry, of another task (\(shortened(name)))",
                        next: "put the entries in a list: [{...}, {...}]")
                }
                return inObject(existing, root, entry)
            }
            let list = "\"tasks\": [\n\(written(entry, indent: 4))\n  ]"
            return insert(existing, root, isEmpty: pairs.isEmpty, text: list, indent: 2)
        case .string, .other:
            throw HybridError(.unreadable, file, "it is neither an object nor a list", next: "mend the file")
        }
    }

    private static func inList(
        _ bytes: [UInt8], _ list: JSONSpan, _ items: [JSONSpan], _ entry: BuildStateEntry, _ file: String
    ) throws(HybridError) -> [UInt8] {
        let same = items.filter { item in
            guard case .string(let name)? = item.value("task")?.kind else { return false }
            return name == entry.task
        }
        guard same.count < 2 else {
            throw HybridError(
                .unreadable, file, "it holds \(same.count) entries of task \(shortened(entry.task))",
                next: "keep one of them")
        }
        if let item = same.first { return inObject(bytes, item, entry) }
        let indent =
            items.last.map { column(bytes, $0.range.lowerBound) } ?? column(bytes, list.range.lowerBound) + 2
        let text = String(written(entry, indent: indent).drop { $0 == " " })
        return insert(bytes, list, isEmpty: items.isEmpty, text: text, indent: indent)
    }

    private static func inObject(_ bytes: [UInt8], _ item: JSONSpan, _ entry: BuildStateEntry) -> [UInt8] {
        var out = bytes
        var missing: [String] = []
        var edits: [(Range<Int>, [UInt8])] = []
        for (key, value) in entry.fields {
            guard let old = item.value(key) else {
                missing.append("\"\(key)\": \(value)")
                continue
            }
            edits.append((old.range, Array(value.utf8)))
        }
        if !missing.isEmpty, case .object(let pairs) = item.kind, let last = pairs.last {
            let indent = column(bytes, item.range.lowerBound) + 2
            let space = bytes[item.range].contains(10) ? "\n" + String(repeating: " ", count: indent) : " "
            let text = missing.map { ",\(space)\($0)" }.joined()
            let end = last.value.range.upperBound
            edits.append((end..<end, Array(text.utf8)))
        }
        for (range, text) in edits.sorted(by: { $0.0.lowerBound > $1.0.lowerBound }) {
            out.replaceSubrange(range, with: text)
        }
        return out
    }

    /// Adds one more element at the end of an object or a list.
    private static func insert(
        _ bytes: [UInt8], _ container: JSONSpan, isEmpty: Bool, text: String, indent: Int
    ) -> [UInt8] {
        var end = container.range.upperBound - 1
        while end > container.range.lowerBound + 1, [32, 9, 10, 13].contains(bytes[end - 1]) { end -= 1 }
        let newline = bytes.contains(13) ? "\r\n" : "\n"
        let close =
            isEmpty || end == container.range.upperBound - 1
            ? newline + String(repeating: " ", count: max(0, indent - 2)) : ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: newline)
        let added = (isEmpty ? "" : ",") + newline + String(repeating: " ", count: indent) + lines + close
        return Array(bytes[..<end]) + Array(added.utf8) + Array(bytes[end...])
    }

    private static func written(_ entry: BuildStateEntry, indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        let fields = entry.fields.map { "\(space)  \"\($0.0)\": \($0.1)" }.joined(separator: ",\n")
        return "\(space){\n\(fields)\n\(space)}"
    }

    /// How far the line of a place is indented.
    private static func column(_ bytes: [UInt8], _ at: Int) -> Int {
        let start = bytes[..<at].lastIndex(of: 10).map { $0 + 1 } ?? 0
        return bytes[start..<at].prefix { $0 == 32 }.count
    }
}
