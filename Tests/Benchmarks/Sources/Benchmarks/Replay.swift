import Foundation

/// Merges that people made, from a repository that the user names; it is only read.
struct Replay {
    let workshop: Workshop
    let repository: String

    /// The newest merges of HEAD with two parents, and all pairs of the newest topic branches: people who worked at the same
    /// time.
    func cases(merges: Int, topics: Int) throws -> [Case] {
        let rows = try workshop.git(
            [
                "-c", "safe.directory=*", "rev-list", "--merges", "--min-parents=2", "--max-parents=2",
                "--parents", "HEAD",
            ], in: repository
        ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        var all: [Case] = []
        if merges > 0 {
            all.append(try make("merges of people", rows.prefix(merges).map { "\($0[1]) \($0[2])" }))
        }
        if topics > 0 {
            var seen: Set<String> = []
            let tips = rows.prefix(topics).map { $0[2] }.filter { seen.insert($0).inserted }
            let pairs = tips.indices.flatMap { a in tips.indices[(a + 1)...].map { "\(tips[a]) \(tips[$0])" }
            }
            all.append(try make("pairs of \(tips.count) topic branches", pairs))
        }
        return all
    }

    private func make(_ name: String, _ pairs: [String]) throws -> Case {
        // git stops at histories without a common commit: such pairs are left out for both.
        var related = pairs
        while !related.isEmpty {
            let answered = try answers(to: related)
            if answered == related.count { break }
            related.remove(at: answered)
        }
        let left = pairs.count - related.count
        return Case(
            group: "replay",
            name: "\(related.count) \(name)" + (left > 0 ? ", \(left) unrelated left out" : ""),
            repository: repository, pairs: related)
    }

    /// How many pairs git answers before it stops.
    private func answers(to pairs: [String]) throws -> Int {
        let scratch = try workshop.scratch(of: repository)
        let (input, output) = (workshop.place("input"), workshop.place("output"))
        defer { for path in [scratch, input, output] { try? FileManager.default.removeItem(atPath: path) } }
        try Data(pairs.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: input))
        let git = ["git", "merge-tree", "--write-tree", "--stdin"]
        _ = try clocked(
            git, in: scratch, input: input, output: output, environment: workshop.environment)
        return Comparison.answers([UInt8](FileManager.default.contents(atPath: output) ?? Data())).count
    }
}
