internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

extension ConflictReport {
    /// Whether something in a worktree could not be taken into the answer.
    public var isIncomplete: Bool { edits.contains { $0?.unchecked.isEmpty == false } }

    /// What a branch's worktree adds, for its entry in the JSON; nothing where only commits were asked for.
    func liveFields(_ branch: Int) -> [(String, JSONValue)] {
        guard edits.indices.contains(branch), let own = edits[branch] else { return [] }
        var fields: [(String, JSONValue)] = [("uncommitted", .int(own.uncommitted))]
        if !own.unchecked.isEmpty {
            fields.append(
                (
                    "unchecked",
                    .array(
                        own.unchecked.map {
                            .object([
                                ("path", .optional($0.path?.text)), ("reason", .string($0.reason)),
                            ])
                        })
                ))
        }
        return fields
    }

    /// Whose edits took part and what could not, for a terminal; empty where there is nothing to say.
    public func liveText() -> String {
        let named = zip(matrix.branches.map(\.name), edits)
        var out: [String] = []
        let edited = named.compactMap { name, own in
            own.flatMap { $0.uncommitted > 0 ? "\(name) (\($0.uncommitted))" : nil }
        }
        if !edited.isEmpty { out.append("With uncommitted edits: " + edited.joined(separator: ", ")) }
        let unchecked = named.flatMap { name, own in
            (own?.unchecked ?? []).map { item in
                "  \(name): " + (item.path.map { "\($0): " } ?? "") + item.reason
            }
        }
        if !unchecked.isEmpty { out += ["Not checked, as it is in the worktree:"] + unchecked }
        return out.joined(separator: "\n")
    }

    /// The conflicts to come, for a run's status; empty where there is nothing to say.
    func pendingText() -> String {
        var out = matrix.pairs.map { "  \(pairLine($0))" }
        if !out.isEmpty { out.insert("Would conflict as they are now:", at: 0) }
        let unchecked = edits.reduce(0) { $0 + ($1?.unchecked.count ?? 0) }
        if unchecked > 0 { out.append("  \(unchecked) not checked: see hybrid conflicts") }
        return out.joined(separator: "\n")
    }

    /// The conflicts to come, for a run's status.
    func pendingJSON() -> JSONValue {
        .array(
            matrix.pairs.map { pair in
                .object([
                    ("ours", .string(matrix.branches[pair.ours].name)),
                    ("theirs", .string(matrix.branches[pair.theirs].name)),
                    ("paths", .strings(Set(pair.conflicts.map(\.path)).sorted().map(\.text))),
                ])
            })
    }

    private func pairLine(_ pair: ConflictMatrix.Pair) -> String {
        "\(matrix.branches[pair.ours].name) and \(matrix.branches[pair.theirs].name) ("
            + Set(pair.conflicts.map(\.path)).sorted().map(\.description).joined(separator: ", ") + ")"
    }

    /// The answer in one line, for logs.
    public func line() -> String {
        let count = matrix.branches.count
        let pairs = matrix.pairs.map(pairLine)
        let unchecked = edits.reduce(0) { $0 + ($1?.unchecked.count ?? 0) }
        return "\(count) branches: "
            + (pairs.isEmpty ? "none conflict" : "\(pairs.count) conflict: " + pairs.joined(separator: "; "))
            + (unchecked == 0 ? "" : "; \(unchecked) not checked")
    }
}
