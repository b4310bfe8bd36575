import Foundation

/// One merge, in one direction, by git and by the program under test.
package struct Comparison: Sendable {
    /// The history's place in its batch.
    package var history: Int
    /// The merge, turned around in its second direction.
    package var merge: History.Merge
    /// git's answer; nil when git died of it, and then the program was not asked.
    package var git: Answer?
    /// The program's answer.
    package var program: Answer?
    /// What the program, or git where it died, said instead of an answer.
    package var complaint: String?

    /// How the answers differ; nil when they do not, or git gave none.
    package var difference: Difference? { git.flatMap { Difference(git: $0, program: program) } }
}

/// Histories that share a repository and a pair of processes.
package struct Batch: Sendable {
    /// The comparisons of all merges in both directions.
    package var comparisons: [Comparison] = []
    /// git's time.
    package var gitSeconds = 0.0
    /// The program's time.
    package var programSeconds = 0.0

    /// Writes the histories, which have the same settings, and asks both programs for all their merges.
    ///
    /// - Parameter look: sees the repository before it is removed.
    package init(
        _ histories: [History], git: MergeProgram = .git, program: MergeProgram,
        look: (Look) throws -> Void = { _ in }
    ) throws {
        let bench = try Bench(settings: histories.first?.settings ?? [])
        let ids = try Import.write(histories, to: bench)
        let questions = Self.questions(histories, ids)
        let pairs = questions.map(\.pair)
        comparisons = questions.map { Comparison(history: $0.history, merge: $0.merge) }
        let right = try bench.ask(git, pairs)
        gitSeconds = right.seconds
        let answered = pairs.indices.filter { right.answers[$0] != nil }
        let ours = try bench.ask(program, answered.map { pairs[$0] })
        programSeconds = ours.seconds
        for index in pairs.indices {
            comparisons[index].git = right.answers[index]
            comparisons[index].complaint = right.complaints[index]
        }
        for (place, index) in answered.enumerated() {
            comparisons[index].program = ours.answers[place]
            comparisons[index].complaint = ours.complaints[place]
        }
        let trees = comparisons.flatMap { [$0.git?.tree, $0.program?.tree] }.compactMap { $0 }
        try look(Look(bench: bench, treesToRead: Set(trees).sorted()))
    }
}

extension Batch {
    /// A merge to ask for, as it is spelled in a line of stdin.
    struct Question {
        var history: Int
        var merge: History.Merge
        var pair: (String, String)
    }

    /// All merges of the histories, both ways round.
    static func questions(_ histories: [History], _ ids: [[String: String]]) -> [Question] {
        var questions: [Question] = []
        for (number, history) in histories.enumerated() {
            for merge in history.merges {
                let turned = History.Merge(merge.theirs, merge.ours, byID: merge.byID)
                for each in merge.ours == merge.theirs ? [merge] : [merge, turned] {
                    func spell(_ name: String) -> String { merge.byID ? ids[number][name] ?? name : name }
                    questions.append(
                        Question(
                            history: number, merge: each, pair: (spell(each.ours), spell(each.theirs))))
                }
            }
        }
        return questions
    }
}

/// A look into a batch's repository.
package struct Look {
    let bench: Bench
    /// All trees that an answer names.
    let treesToRead: [String]

    /// What git or the program wrote as a tree: lines of mode, id and path, by path.
    package func tree(_ id: String) -> [String: String]? {
        guard let done = try? ask(["ls-tree", "-r", id]), !done.failed else { return nil }
        var found: [String: String] = [:]
        for line in String(decoding: done.out, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2 { found[String(parts[1])] = String(parts[0]) }
        }
        return found
    }

    /// A blob's content.
    package func blob(_ id: String) -> [UInt8]? {
        guard let done = try? ask(["cat-file", "blob", id]), !done.failed else { return nil }
        return done.out
    }

    private func ask(_ arguments: [String]) throws -> Finished {
        try bench.run(
            ["git"] + arguments, environment: ["GIT_ALTERNATE_OBJECT_DIRECTORIES": bench.gitObjects])
    }
}
