/// What differs between git's answers and the program's, for people to read.
package func explanation(of history: History, program: MergeProgram) throws -> String {
    var text = ""
    var trees: [String: [String: String]] = [:]
    var blobs: [String: String] = [:]
    let batch = try Batch([history], program: program) { look in
        for tree in look.treesToRead { trees[tree] = look.tree(tree) }
        for line in trees.values.flatMap(\.values) {
            let words = line.split(separator: " ")
            if words.count == 3, words[1] == "blob", blobs[String(words[2])] == nil {
                blobs[String(words[2])] = look.blob(String(words[2])).map { Spelling.content($0) }
            }
        }
    }
    for comparison in batch.comparisons {
        guard let git = comparison.git, let difference = comparison.difference else { continue }
        guard text.isEmpty else {
            text += "# \(comparison.merge.ours) \(comparison.merge.theirs): \(difference.rawValue), too\n"
            continue
        }
        text += "# \(comparison.merge.ours) \(comparison.merge.theirs): \(difference.rawValue);"
        text += " only git says -, only the program says +\n"
        guard let program = comparison.program else {
            text += (comparison.complaint ?? "").split(separator: "\n").map { "# + \($0)\n" }.joined()
            text += git.lines.map { "# - \($0)\n" }.joined()
            continue
        }
        text += sideBySide(git.lines, program.lines).map { "# \($0)\n" }.joined()
        guard git.tree != program.tree else { continue }
        func files(_ tree: String) -> [String] {
            guard let entries = trees[tree] else { return ["(tree \(tree) is not in the repository)"] }
            return entries.sorted { $0.key < $1.key }.map { path, line in
                let words = line.split(separator: " ").map(String.init)
                return "\(words[0]) \(path): \(blobs[words[2]] ?? words[2])"
            }
        }
        text +=
            "# the trees:\n" + sideBySide(files(git.tree), files(program.tree)).map { "# \($0)\n" }.joined()
    }
    return text
}

extension Answer {
    /// The answer in lines.
    fileprivate var lines: [String] {
        [isClean ? "clean" : "conflicts", "tree \(tree)"]
            + entries.map { Spelling.quoted($0) }
            + messages.map { message in
                "\(message.kind) [\(message.paths.map { Spelling.word($0) }.joined(separator: " "))] "
                    + Spelling.quoted(message.text)
            } + (advice.isEmpty ? [] : [Spelling.quoted(advice)])
    }
}

/// Both lists in one: lines of both, of the first (-) and of the second (+).
func sideBySide(_ one: [String], _ other: [String]) -> [String] {
    var rows: [String] = []
    let changes = other.difference(from: one)
    let removed = Set(
        changes.removals.map { change in
            if case .remove(let offset, _, _) = change { offset } else { -1 }
        })
    let inserted = Set(
        changes.insertions.map { change in
            if case .insert(let offset, _, _) = change { offset } else { -1 }
        })
    var left = 0
    var right = 0
    while left < one.count || right < other.count {
        if left < one.count, removed.contains(left) {
            rows.append("- \(one[left])")
            left += 1
        } else if right < other.count, inserted.contains(right) {
            rows.append("+ \(other[right])")
            right += 1
        } else {
            rows.append("  \(left < one.count ? one[left] : "")")
            left += 1
            right += 1
        }
    }
    return rows
}
