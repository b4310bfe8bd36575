import Foundation

/// What git gives when branches are merged one after the other.
///
/// All orders of all crowds go through git together, one merge of each at a time: one process merges, one makes the
/// commits.
package struct SequentialMerges {
    /// The result of one order.
    package struct Result: Hashable, Sendable {
        /// The tree after the last branch.
        package var tree: String
        /// The branches that merged, in order; others were passed over.
        package var merged: [String]
    }

    private let bench: Bench
    private let crowds: [Crowd]
    private let ids: [[String: String]]

    /// Writes the crowds into one bare repository with these settings.
    package init(_ crowds: [Crowd], settings: [History.Setting] = []) throws {
        bench = try Bench(settings: settings)
        self.crowds = crowds
        ids = try Import.write(crowds.map(\.history), to: bench)
    }

    /// The repository, without what git merges.
    package var repository: String { bench.repository }

    /// A commit's id.
    package func id(_ name: String, of crowd: Int) -> String { ids[crowd][name] ?? "" }

    /// One order of one crowd on its way.
    private struct Walk: Hashable {
        var crowd: Int
        var tip: String
        var tree: String?
        var merged: [String] = []
        var isLost = false
    }

    /// Merges each order into its crowd's base; nil where git gave no answer on the way.
    package func results(_ orders: [(crowd: Int, branches: [String])]) throws -> [Result?] {
        var walks = orders.map { Walk(crowd: $0.crowd, tip: id("base", of: $0.crowd)) }
        for step in 0..<(orders.map(\.branches.count).max() ?? 0) {
            // Orders that begin alike share their merges.
            var pairs: [[String]: Int] = [:]
            var list: [(String, String)] = []
            func pair(_ number: Int) -> [String]? {
                guard step < orders[number].branches.count, !walks[number].isLost else { return nil }
                return [walks[number].tip, id(orders[number].branches[step], of: walks[number].crowd)]
            }
            for number in orders.indices {
                guard let pair = pair(number), pairs[pair] == nil else { continue }
                pairs[pair] = list.count
                list.append((pair[0], pair[1]))
            }
            let answers = try bench.ask(.git, list).answers
            let commits = try commit(list, answers)
            for number in orders.indices {
                guard let place = pair(number).flatMap({ pairs[$0] }) else { continue }
                guard let answer = answers[place] else {
                    walks[number].isLost = true
                    continue
                }
                guard answer.isClean else { continue }
                walks[number].tip = commits[place] ?? ""
                walks[number].tree = answer.tree
                walks[number].merged.append(orders[number].branches[step])
            }
        }
        return walks.map { walk in
            walk.isLost ? nil : walk.tree.map { Result(tree: $0, merged: walk.merged) }
        }
    }

    /// Makes the merge commits of clean answers.
    private func commit(_ pairs: [(String, String)], _ answers: [Answer?]) throws -> [Int: String] {
        var stream = ""
        for (place, pair) in pairs.enumerated() {
            guard let answer = answers[place], answer.isClean else { continue }
            stream += """
                reset refs/scratch

                commit refs/scratch
                mark :\(place + 1)
                committer A <a@example.com> 1000001000 +0000
                data 0
                from \(pair.0)
                merge \(pair.1)
                M 040000 \(answer.tree) ""


                """
        }
        let marks = bench.folder + "/merged"
        let done = try bench.run(
            [
                "git", "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force",
                "--export-marks=\(marks)",
            ], input: Array(stream.utf8),
            environment: [
                "GIT_OBJECT_DIRECTORY": bench.gitObjects,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": bench.repository + "/objects",
            ])
        guard !done.failed else {
            throw HistorySyntaxError(line: 0, fault: "git fast-import: \(done.complaint)")
        }
        var found: [Int: String] = [:]
        for line in try String(contentsOfFile: marks, encoding: .utf8).split(separator: "\n") {
            let parts = line.dropFirst().split(separator: " ")
            if parts.count == 2, let mark = Int(parts[0]) { found[mark - 1] = String(parts[1]) }
        }
        return found
    }
}
