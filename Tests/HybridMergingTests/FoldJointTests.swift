import Foundation
import HistoryGenerator
import HybridGit
import HybridMerging
import Testing

/// Branches of which no two conflict, and that merge together in some orders only.
@Suite struct FoldJointTests {
    private static let lines = 100

    /// A text in which some lines are the branch's own.
    private static func text(_ name: String, _ changed: [ClosedRange<Int>]) -> [UInt8] {
        let lines = (1...Self.lines).map { line in
            changed.contains { $0.contains(line) } ? "what \(name) makes of \(line)" : "the old line \(line)"
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func crowd(_ branches: [(name: String, steps: [Step])]) -> Crowd {
        var history = History()
        history.commits = [.init("base", [], [.write("f", text("", [])), .write("other", text("", []))])]
        for (name, steps) in branches { history.commits.append(.init(name, ["base"], steps)) }
        return Crowd(history: history, branches: branches.map(\.name))
    }

    /// Two to five branches that change lines of their own, of which one or two move the file.
    private static func random(_ number: Int) -> Crowd {
        var random = HistoryGenerator.Random(seed: 30, part: number)
        let count = random.pick(3...5)
        let place: Path = random.chance(80) ? "g" : "d/f"
        let movers = Set((0..<(random.chance(75) ? 1 : 2)).map { _ in random.pick(0...count - 1) })
        // A gap between the parts of each keeps them from touching.
        let width = lines / count
        return crowd(
            (0..<count).map { branch in
                let name = "w\(number)-\(branch)"
                let from = branch * width + random.pick(2...4)
                let changed = [from...min(from + random.pick(0...width - 6), (branch + 1) * width - 2)]
                let path: Path = movers.contains(branch) ? place : "f"
                let moves = movers.contains(branch) ? [Step.move("f", place)] : []
                return (name, moves + [.write(path, text(name, changed))])
            })
    }

    private static func orders(_ names: [String]) -> [[String]] {
        names.reduce([[]]) { orders, _ in
            orders.flatMap { order in names.filter { !order.contains($0) }.map { order + [$0] } }
        }
    }

    private static func fold(
        _ crowd: Crowd, _ number: Int, _ oracle: SequentialMerges, _ engine: MergeEngine,
        order: Fold.Order = .mostLanded(), needs: [String: [String]] = [:]
    ) throws -> Fold {
        let signature = FoldOrderTests.signature
        let inputs = try crowd.branches.map { name in
            FoldInput(
                id: name, tip: try #require(ObjectID(hex: oracle.id(name, of: number))),
                needs: needs[name] ?? [], message: name, author: signature)
        }
        return try Fold.make(
            target: try #require(ObjectID(hex: oracle.id("base", of: number))), inputs: inputs,
            committer: signature, order: order, in: engine)
    }

    @Test("a rename with many edits, many edits and one edit: all three are in")
    func three() throws {
        let crowd = Self.crowd([
            ("a", [.move("f", "g"), .write("g", Self.text("a", [1...30]))]),
            ("b", [.write("f", Self.text("b", [35...65]))]),
            ("c", [.write("f", Self.text("c", [90...90]))]),
        ])
        let oracle = try SequentialMerges([crowd])
        let orders = Self.orders(crowd.branches)
        let git = try oracle.results(orders.map { (0, $0) })
        #expect(git.filter { $0?.merged.count == 3 }.count == 4)
        #expect(git[0]?.merged.count == 2, "as the plan has them, one is left out")
        let repository = try Repository(at: oracle.repository)
        let engine = try MergeEngine(repository, MergeOptions(settingsOf: repository))
        let fold = try Self.fold(crowd, 0, oracle, engine)
        #expect(fold.merged.count == 3 && fold.ordersTried > 1)
        let replayed = try Self.fold(crowd, 0, oracle, engine, order: .given(fold.order))
        #expect(replayed.tip == fold.tip)
        // What must come first does: then only the orders that keep to it are tried.
        let bound = try Self.fold(crowd, 0, oracle, engine, needs: ["c": ["a"], "b": ["a"]])
        let possible = zip(orders, git).filter { $0.0[0] == "a" }.compactMap { $0.1?.merged.count }.max()
        #expect(bound.merged.count == possible && bound.order.first == "a")
    }

    @Test("as many are in as in the best of all orders")
    func asManyAsInTheBest() throws {
        let crowds = (0..<40).map(Self.random)
        let oracle = try SequentialMerges(crowds)
        let orders = crowds.enumerated().flatMap { number, crowd in
            Self.orders(crowd.branches).map { (crowd: number, branches: $0) }
        }
        let pairs = crowds.enumerated().flatMap { number, crowd in
            crowd.branches.flatMap { one in
                crowd.branches.filter { $0 != one }.map { (crowd: number, branches: [one, $0]) }
            }
        }
        let results = try oracle.results(orders)
        let conflicting = Set(
            try zip(pairs, oracle.results(pairs)).filter { $1?.merged.count != 2 }.map(\.0.crowd))
        let repository = try Repository(at: oracle.repository)
        let engine = try MergeEngine(repository, MergeOptions(settingsOf: repository))
        var joint = 0
        for (number, crowd) in crowds.enumerated() where !conflicting.contains(number) {
            let own = zip(orders, results).filter { $0.0.crowd == number }
            let best = own.compactMap { $0.1?.merged.count }.max()
            let fold = try Self.fold(crowd, number, oracle, engine)
            #expect(fold.merged.count == best, "crowd \(number)")
            if fold.ordersTried > 1 { joint += 1 }
            // git gives the same in the recorded order.
            let same = own.first { $0.0.branches == fold.order }?.1
            #expect(same?.merged == fold.merged)
            #expect(try same?.tree == engine.tree(of: fold.tip).description)
        }
        #expect(joint > 3, "no order mattered")
        #expect(conflicting.count < crowds.count / 2, "most crowds conflict pair by pair")
    }
}
