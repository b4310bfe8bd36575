import Foundation
import HybridGit
import TestSupport
import Testing

/// One walk for the merge bases of many pairs, beside a walk for each.
@Suite struct SharedWalkTests {
    private final class Dice {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

        func roll(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
    }

    /// Commits in any shape, and dice that fall the same way for the same seed.
    private final class Shape {
        let sandbox: Sandbox
        let repository: Repository
        let tips: [ObjectID]
        private let dice: Dice

        init(_ seed: UInt64, count: Int = 120) throws {
            sandbox = try Sandbox()
            let dice = Dice(seed)
            self.dice = dice
            let roll = dice.roll
            try sandbox.git("init", "-q", "--bare", "repo", in: "")
            var stream = ""
            for number in 0..<count {
                let date = 1_000_000_000 + number * 10 + roll(Int(seed) * 150 + 1) - Int(seed) * 75
                stream +=
                    "reset refs/heads/c\(number)\n\ncommit refs/heads/c\(number)\ncommitter T <t@example.com> \(date) +0000\ndata 0\n"
                guard number > 0 else { continue }
                var parents: [Int] = []
                // Seldom a second root; often merges.
                for _ in 0..<[1, 1, 1, 2, 2, 3][roll(6)] {
                    let parent = max(0, number - 1 - roll(15))
                    if !parents.contains(parent), roll(60) > 0 { parents.append(parent) }
                }
                for (place, parent) in parents.enumerated() {
                    stream += "\(place == 0 ? "from" : "merge") refs/heads/c\(parent)\n"
                }
                stream += "\n"
            }
            try sandbox.git("fast-import", "--quiet", input: Data(stream.utf8))
            let repository = try Repository(at: sandbox.root + "/repo")
            tips = try (0..<count).map { try repository.resolveCommit("refs/heads/c\($0)") }
            self.repository = repository
        }

        func roll(_ count: Int) -> Int { dice.roll(count) }

        func history() throws -> CommitHistory { try CommitHistory(ObjectStore(repository)) }
    }

    /// The number of tips is sometimes more than a word of marks holds.
    @Test(arguments: 0..<8)
    func theBasesAreThoseOfAWalkForEachPair(seed: UInt64) throws {
        let shape = try Shape(seed)
        let (tips, count) = (shape.tips, shape.tips.count)
        let (shared, each, other) = try (shape.history(), shape.history(), shape.history())
        let chosen = seed % 2 == 0 ? Array(0..<count) : (0..<20).map { _ in shape.roll(count) }
        var pairs: [(ObjectID, ObjectID)] = []
        for one in chosen { for two in chosen where one <= two { pairs.append((tips[one], tips[two])) } }
        try shared.prepare(pairs.map { (shared.node($0.0), shared.node($0.1)) })
        other.lend(shared.prepared)
        var met = Set<Int>()
        for (one, two) in pairs {
            let bases = try each.mergeBases(each.node(one), each.node(two)).map(each.id)
            #expect(try shared.mergeBases(shared.node(one), shared.node(two)).map(shared.id) == bases)
            #expect(try other.mergeBases(other.node(two), other.node(one)).map(other.id) == bases)
            #expect(try Set(shape.repository.mergeBases(one, two)) == Set(bases))
            met.insert(min(2, bases.count))
        }
        #expect(met.isSuperset(of: [1, 2]))
    }

    /// The bases of a merge that exists only in memory are git's of one that does not exist: `merge-base A B C` asks for those
    /// of A with a merge of B and C.
    @Test(arguments: 0..<6)
    func theBasesOfAVirtualCommitAreGitsOfAHypotheticalMerge(seed: UInt64) throws {
        let shape = try Shape(seed)
        let (tips, count) = (shape.tips, shape.tips.count)
        let history = try shape.history()
        var several = 0
        for _ in 0..<25 {
            let leaves = (0..<2 + shape.roll(4)).map { _ in tips[60 + shape.roll(count - 60)] }
            let real = tips[60 + shape.roll(count - 60)]
            let nodes = leaves.map(history.node)
            if seed % 2 == 0 { try history.prepareAmong(nodes + [history.node(real)]) }
            let tree = try history.tree(nodes[0])
            let virtual = nodes.dropFirst().reduce(nodes[0]) {
                history.virtual(tree: tree, parents: [$0, $1])
            }
            let asked = "git merge-base --all \(real) " + leaves.map(\.description).joined(separator: " ")
            let git = try shape.sandbox.run("sh", "-c", asked, in: "repo").out.split(separator: "\n").map(
                String.init)
            let own = try history.mergeBases(virtual, history.node(real)).map { history.id($0).description }
            #expect(Set(own) == Set(git), "\(real) and \(leaves)")
            #expect(own.count == git.count)
            let mirrored = try history.mergeBases(history.node(real), virtual)
            #expect(mirrored.map { history.id($0).description } == own)
            if git.count > 1 { several += 1 }
        }
        #expect(several > 1)
    }

    @Test func gitSaysTheSameOfTheirOrder() throws {
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        var stream = ""
        for (name, date, parents) in [
            ("m", 5, []), ("x", 1, ["m"]), ("y", 9, ["m"]), ("z", 4, ["m"]), ("a", 2, ["x", "y", "z"]),
            ("b", 3, ["z", "y", "x"]),
        ] as [(String, Int, [String])] {
            stream +=
                "reset refs/heads/\(name)\n\ncommit refs/heads/\(name)\ncommitter T <t@example.com> \(date) +0000\ndata 0\n"
            for (place, parent) in parents.enumerated() {
                stream += "\(place == 0 ? "from" : "merge") refs/heads/\(parent)\n"
            }
            stream += "\n"
        }
        try sandbox.git("fast-import", "--quiet", input: Data(stream.utf8))
        let repository = try Repository(at: sandbox.root + "/repo")
        let history = try CommitHistory(ObjectStore(repository))
        let (a, b) = (try repository.resolveCommit("a"), try repository.resolveCommit("b"))
        try history.prepare([(history.node(a), history.node(b)), (history.node(b), history.node(a))])
        let git = try sandbox.git("merge-base", "--all", "a", "b").split(separator: "\n").map(String.init)
        #expect(git.count == 3)
        let own = try history.mergeBases(history.node(a), history.node(b)).map { history.id($0).description }
        #expect(own == git)
    }
}
