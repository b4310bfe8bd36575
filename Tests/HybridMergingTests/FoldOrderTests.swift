import Foundation
import HistoryGenerator
import HybridGit
import HybridMerging
import TestSupport
import Testing

/// Folding in an order gives the tree that git's merges in that order give.
@Suite struct FoldOrderTests {
    static let crowds = draws(16)
    static let batch = 8
    static let signature = Signature(name: "T", email: "t@example.com", time: 1_700_000_000, offsetMinutes: 0)

    @Test(arguments: 0..<(crowds + batch - 1) / batch)
    func everyOrderGivesGitsTree(number: Int) throws {
        let generator = Generator(seed: 20_28)
        let numbers = number * Self.batch..<min(Self.crowds, (number + 1) * Self.batch)
        let crowds = numbers.map { generator.crowd($0) }
        var random = HistoryGenerator.Random(seed: 20_28, part: number)
        let orders = crowds.enumerated().flatMap { place, crowd in
            Self.orders(crowd.branches, &random).map { (crowd: place, branches: $0) }
        }
        // Files that follow a renamed folder get to paths that no branch names.
        let oracle = try SequentialMerges(
            crowds, settings: number % 2 == 1 ? [.config("merge.directoryRenames", "true")] : [])
        let expected = try oracle.results(orders)
        #expect(expected.filter { $0 == nil }.count < expected.count / 10, "git dies too often")
        let repository = try Repository(at: oracle.repository)
        let engine = try MergeEngine(repository, MergeOptions(settingsOf: repository).asInstalledGit())
        var together = 0
        for (order, result) in zip(orders, expected) {
            guard let result else { continue }
            for isOctopus in [false, true] {
                let fold = try Self.fold(order, isOctopus, oracle, engine)
                let tree = try engine.tree(of: fold.tip).description
                if fold.merged != result.merged,
                    try Self.gitLoses(order, fold.merged, result.merged, oracle, engine)
                {
                    continue
                }
                #expect(
                    tree == result.tree && fold.merged == result.merged,
                    "crowd \(numbers.lowerBound + order.crowd), order \(order.branches), octopus \(isOctopus)"
                )
            }
            together += result.merged.count > 2 ? 1 : 0
            engine.forgetNewObjects(beyond: 32 << 20)
        }
        #expect(together > orders.count / 2, "most crowds conflict so much that nothing is folded")
    }

    private static func fold(
        _ order: (crowd: Int, branches: [String]), _ isOctopus: Bool, _ oracle: SequentialMerges,
        _ engine: MergeEngine
    ) throws -> Fold {
        // The order alone decides: what is given first is not what is merged first.
        let inputs = try order.branches.sorted().map { name in
            FoldInput(
                id: name, tip: try #require(ObjectID(hex: oracle.id(name, of: order.crowd))), needs: [],
                message: name, author: signature)
        }
        return try Fold.make(
            target: try #require(ObjectID(hex: oracle.id("base", of: order.crowd))), inputs: inputs,
            committer: signature,
            commits: isOctopus ? .octopus(author: signature) { $0.joined(separator: " ") } : .each,
            order: .given(order.branches), in: engine)
    }

    /// Whether the first branch that git merged and the fold did not is one whose merge by git loses content.
    private static func gitLoses(
        _ order: (crowd: Int, branches: [String]), _ ours: [String], _ gits: [String],
        _ oracle: SequentialMerges, _ engine: MergeEngine
    ) throws -> Bool {
        let same = zip(ours, gits).prefix { $0 == $1 }.count
        guard same < gits.count, let place = order.branches.firstIndex(of: gits[same]) else { return false }
        let before = try fold((order.crowd, Array(order.branches[..<place])), false, oracle, engine)
        let tip = try #require(ObjectID(hex: oracle.id(gits[same], of: order.crowd)))
        return try !engine.merge(ours: before.tip, theirs: tip).lost.isEmpty
    }

    /// All orders of five, fifty of more.
    private static func orders(_ names: [String], _ random: inout HistoryGenerator.Random) -> [[String]] {
        if names.count > 5 { return (0..<50).map { _ in names.shuffled(using: &random) } }
        var orders: [[String]] = [[]]
        for _ in names {
            orders = orders.flatMap { order in names.filter { !order.contains($0) }.map { order + [$0] } }
        }
        return orders
    }
}
