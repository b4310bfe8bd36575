import Foundation
import HistoryGenerator
import HybridGit
import TestSupport
import Testing

/// A graph of commits without content, in a bare repository.
private struct Graph {
    let sandbox: Sandbox
    let ids: [ObjectID]

    /// One commit for each element: its parents, as earlier indices, and its date in seconds.
    init(_ commits: [(parents: [Int], date: Int)]) throws {
        sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        var stream = ""
        for (index, commit) in commits.enumerated() {
            stream += "reset refs/heads/c\(index)\n\ncommit refs/heads/c\(index)\nmark :\(index + 1)\n"
            stream += "committer C <c@example.com> \(1_000_000_000 + commit.date) +0000\n"
            let message = "c\(index)"
            stream += "data \(message.utf8.count)\n\(message)\n"
            for (place, parent) in commit.parents.enumerated() {
                stream += "\(place == 0 ? "from" : "merge") :\(parent + 1)\n"
            }
            stream += "\n"
        }
        try sandbox.git("fast-import", "--quiet", "--force", input: Data(stream.utf8))
        let refs = try sandbox.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)")
        var found = [ObjectID](repeating: .zero, count: commits.count)
        for line in refs.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if let index = Int(parts[0].dropFirst()), let id = ObjectID(hex: String(parts[1])) {
                found[index] = id
            }
        }
        ids = found
    }

    func history(in folder: String = "repo") throws -> CommitHistory {
        try CommitHistory(ObjectStore(Repository(at: sandbox.root + "/" + folder)))
    }

    /// What git says of many pairs, in one shell.
    func oracle(_ pairs: [(ObjectID, ObjectID)], in folder: String = "repo") throws -> [[String]] {
        let script = "while read a b; do git merge-base --all $a $b; echo .; done"
        let input = pairs.map { "\($0.0) \($0.1)\n" }.joined()
        let done = try sandbox.run("sh", "-c", script, in: folder, input: Data(input.utf8))
        var answers: [[String]] = [[]]
        for line in done.out.split(separator: "\n") {
            if line == "." { answers.append([]) } else { answers[answers.count - 1].append(String(line)) }
        }
        return answers.dropLast()
    }

    /// Expects git's merge bases, in git's order, from one history that is asked for all pairs.
    func expectGitsBases(
        _ pairs: [(Int, Int)], in folder: String = "repo", location: SourceLocation = #_sourceLocation
    ) throws -> Int {
        let history = try history(in: folder)
        let git = try oracle(pairs.map { (ids[$0.0], ids[$0.1]) }, in: folder)
        try #require(git.count == pairs.count)
        var several = 0
        for (pair, expected) in zip(pairs, git) {
            let bases = try history.mergeBases(history.node(ids[pair.0]), history.node(ids[pair.1]))
            #expect(
                bases.map { history.id($0).description } == expected, "c\(pair.0) and c\(pair.1)",
                sourceLocation: location)
            if expected.count > 1 { several += 1 }
        }
        return several
    }
}

@Suite struct CommitHistoryTests {
    private static func allPairs(_ count: Int) -> [(Int, Int)] {
        (0..<count).flatMap { a in (0..<count).map { (a, $0) } }
    }

    @Test(
        "shapes",
        arguments: [
            ("one line", [([], 0), ([0], 1), ([1], 2), ([2], 3)]),
            ("a fork", [([], 0), ([0], 1), ([1], 2), ([1], 3)]),
            ("criss-cross", [([], 0), ([0], 1), ([0], 2), ([1, 2], 3), ([2, 1], 4)]),
            ("criss-cross, equal dates", [([], 0), ([0], 1), ([0], 1), ([1, 2], 1), ([2, 1], 1)]),
            (
                "criss-cross within criss-cross",
                [([], 0), ([0], 1), ([0], 2), ([1, 2], 3), ([2, 1], 4), ([3, 4], 5), ([4, 3], 6)]
            ),
            (
                "three bases",
                [([], 0), ([0], 1), ([0], 3), ([0], 2), ([1, 2, 3], 4), ([3, 1, 2], 5)]
            ),
            ("octopus against one of its parents", [([], 0), ([0], 1), ([0], 2), ([0], 3), ([1, 2, 3], 4)]),
            ("unrelated", [([], 0), ([], 1), ([0], 2), ([1], 3)]),
            ("unrelated, joined later", [([], 0), ([], 1), ([0, 1], 2), ([1, 0], 3)]),
            ("parents younger than children", [([], 9), ([0], 8), ([0], 7), ([1, 2], 2), ([2, 1], 1)]),
            // The younger base is reached by the older one, which only a look at each of them tells.
            (
                "a base above another by a wrong clock",
                [([], 0), ([0], 100), ([1], 5), ([2], 6), ([3, 1], 7), ([1, 3], 8), ([4], 9), ([5], 10)]
            ),
        ] as [(String, [([Int], Int)])])
    func shapes(_ name: String, _ commits: [([Int], Int)]) throws {
        let graph = try Graph(commits.map { (parents: $0.0, date: $0.1) })
        _ = try graph.expectGitsBases(Self.allPairs(commits.count))
    }

    @Test(
        "generated graphs, by how their dates run",
        arguments: ["in order", "all equal", "few values", "random", "backwards"])
    func generated(_ dates: String) throws {
        var random = Random(seed: 47, part: dates.utf8.count)
        var several = 0
        for _ in 0..<3 {
            var commits: [(parents: [Int], date: Int)] = []
            for index in 0..<40 {
                var parents: [Int] = []
                let wanted = random.pick(weighted: [(2, 0), (40, 1), (50, 2), (8, 3)])
                for _ in 0..<(index == 0 ? 0 : wanted) {
                    let parent = random.pick(max(0, index - 8)...index - 1)
                    if !parents.contains(parent) { parents.append(parent) }
                }
                let date =
                    switch dates {
                    case "in order": index
                    case "all equal": 0
                    case "few values": random.pick(0...3)
                    case "random": random.pick(0...1000)
                    default: 1000 - index
                    }
                commits.append((parents, date))
            }
            let pairs = (0..<60).map { _ in (random.pick(20...39), random.pick(10...39)) }
            several += try Graph(commits).expectGitsBases(pairs)
        }
        #expect(several > 5, "the graphs must have pairs with several bases")
    }

    @Test func aShallowCloneEndsWhereItWasCut() throws {
        // Behind the cut the two sides would meet; what the clone has not, it must not look for.
        let graph = try Graph([
            ([], 0), ([0], 1), ([1], 2), ([1], 3), ([2], 4), ([3], 5), ([4, 5], 6), ([5], 7),
        ])
        let url = "file://\(graph.sandbox.root)/repo"
        for depth in ["1", "2", "3"] {
            let name = "shallow-\(depth)"
            try graph.sandbox.git(
                "clone", "-q", "--bare", "--no-single-branch", "--depth", depth, url, name, in: "")
            // Every branch is cut for itself, so all commits are there, some without their parents.
            _ = try graph.expectGitsBases(Self.allPairs(8), in: name)
        }
        try graph.sandbox.git("clone", "-q", "--bare", "--depth", "2", "-b", "c6", url, "one", in: "")
        _ = try graph.expectGitsBases([(6, 4), (4, 5), (5, 6), (6, 6)], in: "one")
        let history = try graph.history(in: "one")
        let error = #expect(throws: GitError.self) {
            try history.mergeBases(history.node(graph.ids[6]), history.node(graph.ids[3]))
        }
        #expect(error?.code == .notFound)
    }

    @Test func virtualCommitsCountAsTheOldest() throws {
        let graph = try Graph([([], 0), ([0], 1), ([0], 2), ([1, 2], 3), ([2, 1], 4)])
        let history = try graph.history()
        let nodes = graph.ids.map { history.node($0) }
        let tree = try history.tree(nodes[0])
        let virtual = history.virtual(tree: tree, parents: [nodes[1], nodes[2]])
        #expect(history.id(virtual) == .zero)
        #expect(try history.tree(virtual) == tree)
        #expect(try history.mergeBases(virtual, virtual) == [virtual])
        #expect(try history.mergeBases(virtual, nodes[1]) == [nodes[1]])
        #expect(try history.mergeBases(nodes[3], virtual) == [nodes[2], nodes[1]])
        #expect(try history.mergeBases(virtual, nodes[0]) == [nodes[0]])
        let next = history.virtual(tree: tree, parents: [virtual, nodes[3]])
        #expect(try history.mergeBases(next, virtual) == [virtual])
        // What was asked before does not change later answers.
        #expect(try history.mergeBases(nodes[3], nodes[4]) == [nodes[2], nodes[1]])
    }

    @Test func missingAndDamagedCommitsAreErrors() throws {
        let graph = try Graph([([], 0), ([0], 1)])
        let history = try graph.history()
        let tree = try history.tree(history.node(graph.ids[0]))
        let nothing = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
        let missing = #expect(throws: GitError.self) { try history.tree(history.node(nothing)) }
        #expect(missing?.code == .notFound)
        let kind = #expect(throws: GitError.self) { try history.tree(history.node(tree)) }
        #expect(kind?.subject == tree.description)
        for content in ["", "parent \(tree)\n\n", "tree 123\n\n", "tree \(tree)"] {
            let id = try graph.sandbox.git(
                "hash-object", "-t", "commit", "--literally", "-w", "--stdin", input: Data(content.utf8))
            let damaged = #expect(throws: GitError.self, "\(content)") {
                try history.tree(history.node(#require(ObjectID(hex: id))))
            }
            #expect(damaged?.subject == id)
            #expect(damaged?.reason == "the object is damaged; see git fsck")
        }
        // An error in between leaves a history that goes on answering.
        let bases = try history.mergeBases(history.node(graph.ids[0]), history.node(graph.ids[1]))
        #expect(bases.map(history.id) == [graph.ids[0]])
    }

    @Test(arguments: [
        // Names may hold what looks like the end of an address; dates count from the last one.
        ("C > D <c@example.com> 1000000005 +0000", 5), ("C <c@example.com> 1000000007 -1200", 7),
        ("C <c@example.com>", -1_000_000_000),
    ])
    func datesAreReadBehindTheAddress(_ committer: String, _ date: Int) throws {
        // Two bases whose order shows which is younger: the one with this committer, or the one dated 6.
        let graph = try Graph([([], 0), ([0], 6)])
        let tree = Repository.emptyTree
        func commit(_ committer: String, _ parents: [String]) throws -> String {
            let lines =
                ["tree \(tree)"] + parents.map { "parent \($0)" } + [
                    "author \(committer)", "committer \(committer)",
                ]
            return try graph.sandbox.git(
                "hash-object", "-t", "commit", "--literally", "-w", "--stdin",
                input: Data((lines.joined(separator: "\n") + "\n\nm\n").utf8))
        }
        let odd = try commit(committer, [graph.ids[0].description])
        let six = graph.ids[1].description
        let late = "C <c@example.com> 1000000010 +0000"
        let history = try graph.history()
        let ends = try [commit(late, [odd, six]), commit(late, [six, odd])].map {
            try #require(ObjectID(hex: $0))
        }
        let bases = try history.mergeBases(history.node(ends[0]), history.node(ends[1])).map {
            history.id($0).description
        }
        #expect(bases == (date > 6 ? [odd, six] : [six, odd]))
        #expect(try graph.oracle([(ends[0], ends[1])]) == [bases])
    }
}
