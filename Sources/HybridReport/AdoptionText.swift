internal import HybridBase
internal import HybridGit
internal import HybridMerging

extension Adoption {
    /// The answer for a terminal.
    package func text() -> String {
        let count = branches.count == 1 ? "1 branch" : "\(branches.count) branches"
        var lines = ["\(target) is at \(tip.short); of \(count) \(order.count) would land"]
        lines[0] += order.isEmpty ? "" : ", in this order:"
        for (place, branch) in order.enumerated() { lines.append("  \(place + 1). " + landing(branch)) }
        lines +=
            section("Would be left out:") { !$0.isNothing } + section("Nothing to do:", where: \.isNothing)
        for index in held.indices { lines += ["", heldLine(index)] }
        if !isSmallest {
            lines += ["", "So many conflict that the fewest to leave out were not searched for to the end."]
        }
        for index in dirty.indices { lines += ["", dirtyLine(index)] }
        for warning in warnings { lines += ["", "warning: \(warning)"] }
        if !order.isEmpty { lines += ["", verifyLine, "The tree that \(target) would have: \(tree)"] }
        return lines.joined(separator: "\n")
    }

    /// A commit that counts as merged, and why.
    package func heldLine(_ index: Int) -> String {
        let above = held[index].branches.map { neutralise(name($0)) }.joined(separator: ", ")
        return
            "Counted as merged: \(held[index].commit.short), below \(above); its work is in \(target) under other commits"
    }

    /// A worktree with what is not committed.
    package func dirtyLine(_ index: Int) -> String {
        let place = dirty[index]
        return "\(neutralise(name(place.branch))) has \(place.count) uncommitted "
            + "path\(place.count == 1 ? "" : "s") in \(neutralise(place.path)), which would not land"
    }

    /// A branch that does not land, and why.
    package func line(_ index: Int, _ reason: Reason) -> String {
        "\(neutralise(name(index)))  \(words(reason))"
    }

    private var verifyLine: String {
        verify.isEmpty
            ? "No verify command: name one with --verify or git config hybrid.verify, else nothing lands unasked"
            : "Verified by: " + verify.map(neutralise).joined(separator: "; ")
    }

    private func landing(_ branch: Int) -> String {
        let under = below[branch].map { neutralise(name($0)) }
        return neutralise(name(branch)) + (under.isEmpty ? "" : "  on \(under.joined(separator: ", "))")
    }

    private func section(_ heading: String, where isMeant: (Reason) -> Bool) -> [String] {
        let meant = out.keys.sorted().compactMap { index in
            out[index].flatMap { isMeant($0) ? (index, $0) : nil }
        }
        if meant.isEmpty { return [] }
        return ["", heading]
            + meant.flatMap { index, reason in
                ["  " + line(index, reason)]
                    + reason.conflicts.map { "    \($0.path)  \($0.types.joined(separator: ", "))" }
            }
    }

    private func words(_ reason: Reason) -> String {
        let others = reason.others.map { neutralise(name($0)) }.joined(separator: ", ")
        return switch reason {
        case .inHistory: "is in \(target)"
        case .same: "is where \(others) is"
        case .hasNothing: "changes nothing in \(target): what it did is there"
        case .unrelated: "has no commit in common with \(target)"
        case .conflict: "conflicts with \(others.isEmpty ? target.text : others)"
        case .blocked: "stands on \(others)"
        }
    }
}
