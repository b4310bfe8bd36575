internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

extension ConflictReport {
    /// Whether something in a worktree could not be taken into the answer.
    public var isIncomplete: Bool { edits.contains { $0?.unchecked.isEmpty == false } }

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
