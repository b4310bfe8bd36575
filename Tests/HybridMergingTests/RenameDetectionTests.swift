import HistoryGenerator
import HybridGit
import Testing

@testable import HybridMerging

/// Files that a side took away and added, and what detection makes of them.
private struct Scenario {
    let pairs: Pairs
    var sources: [(path: String, content: String, kind: EntryKind)] = []
    var targets: [(path: String, content: String, kind: EntryKind)] = []
    /// nil: every source matters for its content.
    var relevance: [RepoPath: SourceRelevance]?
    var removed: [RepoPath: FolderRelevance] = [:]
    var known: [(source: RepoPath, target: RepoPath)] = []
    var limit = 7000

    init(_ sources: [(String, String)], _ targets: [(String, String)]) throws {
        pairs = try Pairs()
        self.sources = sources.map { ($0.0, $0.1, .file) }
        self.targets = targets.map { ($0.0, $0.1, .file) }
    }

    func run() throws -> RenameDetection.Result {
        func file(_ item: (path: String, content: String, kind: EntryKind)) throws -> RenameFile {
            RenameFile(
                path: RepoPath(item.path),
                entry: TreeEntry(kind: item.kind, id: try pairs.store.write(blob: Array(item.content.utf8))))
        }
        // As the walk meets them: by path.
        var list =
            try sources.map { RenamePair(source: try file($0), target: nil) }
            + targets.map { RenamePair(source: nil, target: try file($0)) }
        list.sort { ($0.source ?? $0.target)!.path < ($1.source ?? $1.target)!.path }
        let all = Dictionary(
            sources.map { (RepoPath($0.path), SourceRelevance.content) },
            uniquingKeysWith: { first, _ in first })
        var detection = RenameDetection(
            list, relevance: relevance ?? all, removed: removed, known: known, limit: limit,
            score: ChunkCounts.renamed)
        var similarity = SimilarityCache()
        return try detection.run(&similarity, in: pairs.store)
    }

    /// The renames as `source > target`, sorted.
    func renames() throws -> [String] { try run().renames }

    /// What git's diff finds between the two trees.
    func git(_ flags: String...) throws -> [String] {
        func tree(_ files: [(path: String, content: String, kind: EntryKind)]) throws -> String {
            var edits: [RepoPath: TreeEntry?] = [:]
            for file in files {
                let blob = try pairs.trial.repository.writeBlob(Array(file.content.utf8))
                edits[RepoPath(file.path)] = TreeEntry(kind: file.kind, id: blob)
            }
            return try pairs.trial.repository.editTree(
                pairs.trial.repository.commit(pairs.trial.id("base")).tree, edits
            ).description
        }
        let input = "\(try tree(sources)) \(try tree(targets))\n"
        // Merges never take an empty file for a renamed one.
        let text =
            flags.isEmpty
            ? try pairs.trial.gitText(
                "diff-tree", "--stdin", "-r", "-M", "--no-rename-empty", input: input)
            : try pairs.trial.gitText(
                "diff-tree", "--stdin", "-r", "-M", "--no-rename-empty", flags[0], input: input)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t")
            guard fields.count == 3 else { return nil }
            return "\(fields[1]) > \(fields[2])"
        }.sorted()
    }
}

extension RenameDetection.Result {
    fileprivate var renames: [String] {
        pairs.compactMap { pair in
            guard let source = pair.source, let target = pair.target else { return nil }
            return "\(source.path) > \(target.path)"
        }.sorted()
    }
}

/// Lines `a1`…; like in the histories.
private func text(_ letter: Character, _ numbers: ClosedRange<Int>) -> String {
    numbers.map { "\(letter)\($0)\n" }.joined()
}

@Suite struct RenameDetectionTests {
    static let tables: [(String, [(String, String)], [(String, String)], [String])] = [
        ("the same bytes", [("a", text("a", 1...9))], [("b", text("a", 1...9))], ["a > b"]),
        (
            "the same bytes: the equal name wins",
            [("d/x", text("a", 1...9)), ("d/y", text("a", 1...9))], [("e/y", text("a", 1...9))], ["d/y > e/y"]
        ),
        (
            "the same bytes: of unequal names the first",
            [("d/x", text("a", 1...9)), ("d/y", text("a", 1...9))], [("e/z", text("a", 1...9))], ["d/x > e/z"]
        ),
        (
            "the same bytes: each source once",
            [("d/x", text("a", 1...9))], [("e/x", text("a", 1...9)), ("f/x", text("a", 1...9))], ["d/x > e/x"]
        ),
        ("an empty file is no rename", [("a", "")], [("b", "")], []),
        (
            "the same bytes before the equal name",
            [("d/x", text("a", 1...9)), ("d/y", text("a", 1...9) + "y\n")],
            [("e/x", text("a", 1...9) + "y\n")], ["d/y > e/x"]
        ),
        (
            // 80 % alike by name, 90 % alike by another: a unique basename at 75 % is taken first.
            "a basename that occurs once is enough at three quarters",
            [("d/x", text("a", 1...8) + "b\nc\n"), ("d/y", text("a", 1...9) + "c\n")],
            [("e/x", text("a", 1...9) + "e\n")], ["d/x > e/x"]
        ),
        (
            "below three quarters the more alike wins",
            [("d/x", text("a", 1...7) + "b1\nb2\nb3\n"), ("d/y", text("a", 1...9) + "c\n")],
            [("e/x", text("a", 1...9) + "e1\n")], ["d/y > e/x"]
        ),
        (
            "a basename that occurs twice is nothing special",
            [
                ("c/x", text("a", 1...8) + "b\nc\n"), ("d/x", text("z", 1...9)),
                ("d/y", text("a", 1...9) + "c\n"),
            ],
            [("e/x", text("a", 1...9) + "e\n")], ["d/y > e/x"]
        ),
        ("half is enough", [("a", "aaaa\nbbbb\n")], [("b", "aaaa\ncccc\n")], ["a > b"]),
        ("less is not", [("a", "aaaa\nbbbbb\n")], [("b", "aaaa\nccccc\n")], []),
        (
            "the best pair first, whatever the order of paths",
            [("a", text("a", 1...6) + text("b", 1...4)), ("b", text("a", 1...9) + "b1\n")],
            [("y", text("a", 1...9) + "c\n"), ("z", text("a", 1...8) + "b1\nc\n")], ["a > z", "b > y"]
        ),
        (
            "equally alike: the first target and the first source",
            [("s1", text("a", 1...9) + "b\n"), ("s2", text("a", 1...9) + "c\n")],
            [("t1", text("a", 1...9) + "d\n"), ("t2", text("a", 1...9) + "e\n")], ["s1 > t1", "s2 > t2"]
        ),
        (
            // s5 is as alike as the four before it and finds no place among the candidates of any target.
            "four candidates for each target",
            (1...6).map { ("s\($0)", text("a", 1...9) + "b\($0)\n") },
            (1...6).map { ("t\($0)", text("a", 1...9) + "c\($0)\n") },
            ["s1 > t1", "s2 > t2", "s3 > t3", "s4 > t4"]
        ),
    ]

    @Test(arguments: tables)
    func finds(
        _ name: String, _ sources: [(String, String)], _ targets: [(String, String)], _ expected: [String]
    ) throws {
        let scenario = try Scenario(sources, targets)
        #expect(try scenario.renames() == expected, "\(name)")
        #expect(try scenario.git() == expected, "git: \(name)")
    }

    @Test(
        "kinds",
        arguments: [
            (.file, .executable, true), (.file, .symlink, false), (.symlink, .symlink, true),
            (.symlink, .executable, false),
        ] as [(EntryKind, EntryKind, Bool)])
    func kinds(_ old: EntryKind, _ new: EntryKind, _ isRename: Bool) throws {
        var scenario = try Scenario([("a", "target")], [("b", "target")])
        scenario.sources[0].kind = old
        scenario.targets[0].kind = new
        #expect(try scenario.renames() == (isRename ? ["a > b"] : []))
        #expect(try scenario.git() == (isRename ? ["a > b"] : []))
    }

    /// With every source relevant, a merge's detection is that of a diff.
    @Test(arguments: 0..<3)
    func generatedSetsGiveWhatGitsDiffGives(batch: Int) throws {
        var random = Random(seed: 61, part: batch)
        for round in 0..<12 {
            func content() -> String {
                let letter = random.pick(["a", "b"] as [Character])
                var lines = (1...10).map { "\(letter)\($0)\n" }
                for index in lines.indices where random.chance(random.pick([10, 30])) {
                    lines[index] = "\(random.pick(0...3))\n"
                }
                return random.chance(8) ? "" : lines.joined()
            }
            func files(_ folder: String) -> [(String, String)] {
                ["a", "b", "c", "d", "e", "f", "g", "h"].shuffled(using: &random).prefix(random.pick(1...8))
                    .sorted()
                    .map { ("\(folder)\(random.pick(["", "", "/x", "/y"]))/\($0)", content()) }
            }
            let scenario = try Scenario(files("old"), files("new"))
            #expect(
                try scenario.renames() == scenario.git(),
                "batch \(batch), round \(round): \(scenario.sources) \(scenario.targets)")
        }
    }

    @Test(
        "the limit counts what is left after the cheap stages",
        arguments: [(2, nil, 2), (1, 2, 0)] as [(Int, Int?, Int)])
    func limit(_ limit: Int, _ needed: Int?, _ inexact: Int) throws {
        var scenario = try Scenario(
            [
                ("d/same", text("s", 1...9)), ("d/name", text("n", 1...9)), ("d/p", text("p", 1...9)),
                ("d/q", text("q", 1...9)),
            ],
            [
                ("e/same2", text("s", 1...9)), ("e/name", text("n", 1...8)), ("e/p2", text("p", 1...8)),
                ("e/q2", text("q", 1...8)),
            ])
        scenario.limit = limit
        let found = try scenario.run()
        #expect(found.neededLimit == needed)
        let cheap = ["d/name > e/name", "d/same > e/same2"]
        #expect(found.renames.filter { cheap.contains($0) } == cheap)
        #expect(found.renames.count == 2 + inexact)
        #expect(try scenario.git("-l\(limit)") == found.renames)
    }

    @Test func theNeededLimitIsTheLargerNumber() throws {
        var scenario = try Scenario(
            (1...2).map { ("s\($0)", text("a", $0...$0 + 9)) },
            (1...5).map { ("t\($0)", text("b", $0...$0 + 9)) })
        scenario.limit = 3
        #expect(try scenario.run().neededLimit == 5, "2 x 5 is more than 3 x 3")
        scenario.limit = 4
        #expect(try scenario.run().neededLimit == nil)
    }

    @Test func whatDoesNotMatterIsOnlyFoundByItsBytes() throws {
        var scenario = try Scenario(
            [("d/same", text("s", 1...9)), ("d/name", text("n", 1...9)), ("d/p", text("p", 1...9))],
            [("e/same", text("s", 1...9)), ("e/name", text("n", 1...8)), ("e/p2", text("p", 1...8))])
        scenario.relevance = [:]
        #expect(try scenario.renames() == ["d/same > e/same"])
        scenario.relevance = ["d/name": .content]
        #expect(try scenario.renames() == ["d/name > e/name", "d/same > e/same"])
        scenario.relevance = ["d/p": .content]
        #expect(try scenario.renames() == ["d/p > e/p2", "d/same > e/same"])
    }

    @Test func whatNobodyIsMatchedWithStaysAsItWas() throws {
        let scenario = try Scenario(
            [("a", text("a", 1...9)), ("b", text("b", 1...9))],
            [("c", text("a", 1...9)), ("d", text("d", 1...9))])
        let found = try scenario.run()
        // In the order that was given; the source of a rename is gone from its place.
        #expect(
            found.pairs.map { "\($0.source?.path.text ?? "") > \($0.target?.path.text ?? "")" } == [
                "b > ", "a > c", " > d",
            ])
    }

    // MARK: Folders

    @Test func whereAFolderWentTellsFilesOfOneNameApart() throws {
        var scenario = try Scenario(
            [
                ("d/Makefile", text("m", 1...10)), ("d/x", text("x", 1...9)),
                ("o/Makefile", text("o", 1...10)),
            ],
            [
                ("e/Makefile", text("m", 1...8) + "1\n2\n"), ("e/x", text("x", 1...9)),
                ("f/Makefile", text("m", 1...9) + "1\n"),
            ])
        // Without a folder to go by, the more alike one wins.
        #expect(try scenario.renames() == ["d/Makefile > f/Makefile", "d/x > e/x"])
        scenario.removed = ["d": .forSelf]
        #expect(try scenario.renames() == ["d/Makefile > e/Makefile", "d/x > e/x"])
    }

    @Test func knownRenamesCountForFolders() throws {
        var scenario = try Scenario([("d/b", text("b", 1...9))], [("f/b", text("b", 1...9))])
        scenario.removed = ["d": .forSelf]
        #expect(try scenario.run().folderMoves == ["d": ["f": 1]])
        scenario.known = [("d/a", "e/a"), ("d/c", "e/c")]
        #expect(try scenario.run().folderMoves == ["d": ["f": 1, "e": 2]])
    }

    @Test func sourcesOfACertainFolderAreSettled() throws {
        // Three files of d went to e: one more file cannot change that, and is not looked for.
        var scenario = try Scenario(
            [("d/a", "a\n"), ("d/b", "b\n"), ("d/c", "c\n"), ("d/z", text("z", 1...9))],
            [("e/a", "a\n"), ("e/b", "b\n"), ("e/c", "c\n"), ("e/y", text("z", 1...8))])
        scenario.removed = ["d": .forSelf]
        scenario.relevance = ["d/z": .location]
        let settled = try scenario.run()
        #expect(settled.renames == ["d/a > e/a", "d/b > e/b", "d/c > e/c"])
        #expect(settled.relevance == ["d/z": .settled])
        #expect(settled.folderMoves == ["d": ["e": 3]])
        // Where its content matters it is looked for all the same.
        scenario.relevance = ["d/z": .content]
        #expect(try scenario.run().renames.contains("d/z > e/y"))
        // One file against one that is still looked for: not certain.
        scenario.sources.removeFirst(2)
        scenario.relevance = ["d/z": .location]
        let open = try scenario.run()
        #expect(open.renames == ["d/c > e/c", "d/z > e/y"])
        #expect(open.relevance == ["d/z": .location])
        #expect(open.folderMoves == ["d": ["e": 2]])
    }

    @Test func nothingIsDoneWithoutSourcesOrTargets() throws {
        for scenario in [try Scenario([("a", "a\n")], []), try Scenario([], [("a", "a\n")])] {
            let found = try scenario.run()
            #expect(found.pairs.count == 1 && found.renames.isEmpty && found.neededLimit == nil)
        }
    }
}
