import Foundation
import HybridGit
import TestSupport
import Testing

/// One walk for the merge bases of many pairs, beside a walk for each.
@Suite struct SharedWalkTests {
    /// Commits in any shape; the number of tips is sometimes more than one walk takes.
    @Test(arguments: 0..<8)
    func theBasesAreThoseOfAWalkForEachPair(seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func roll(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        let count = 120
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
        let tips = try (0..<count).map { try repository.resolveCommit("refs/heads/c\($0)") }
        let shared = try CommitHistory(ObjectStore(repository))
        let each = try CommitHistory(ObjectStore(repository))
        let chosen = seed % 2 == 0 ? Array(0..<count) : (0..<20).map { _ in roll(count) }
        var pairs: [(ObjectID, ObjectID)] = []
        for one in chosen { for two in chosen where one <= two { pairs.append((tips[one], tips[two])) } }
        try shared.prepare(pairs.map { (shared.node($0.0), shared.node($0.1)) })
        var met = Set<Int>()
        for (one, two) in pairs {
            let bases = try each.mergeBases(each.node(one), each.node(two)).map(each.id)
            #expect(try shared.mergeBases(shared.node(one), shared.node(two)).map(shared.id) == bases)
            #expect(try Set(repository.mergeBases(one, two)) == Set(bases))
            met.insert(min(2, bases.count))
        }
        #expect(met.isSuperset(of: [1, 2]))
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
