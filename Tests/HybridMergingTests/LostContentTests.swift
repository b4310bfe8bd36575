import HistoryGenerator
import HybridGit
import Testing

@testable import HistoryGenerator
@testable import HybridMerging

/// Where git's own tree leaves out what nobody took away: the tree is git's, and the answer lists what is missing.
@Suite struct LostContentTests {
    static let histories: [(String, String, [String], [String])] = [
        (
            // The folder's new place holds a folder that all three versions have alike, which was never looked into.
            "a folder that nobody changed",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write e/sub/old "old\\n"
            commit ours base
              write d/m "m\\n"
              write d/sub/n "n\\n"
            commit theirs base
              move d/a e/a
              move d/b e/b
            """, ["e/sub folder"], ["e/sub folder"]
        ),
        (
            "a folder that one side changed",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write e/sub/old "old\\n"
              write e/sub/more "more\\n"
            commit ours base
              write d/m "m\\n"
              write d/sub/n "n\\n"
              write e/sub/old "new\\n"
            commit theirs base
              move d/a e/a
              move d/b e/b
            """, ["e/sub folder"], ["e/sub folder"]
        ),
        (
            "a file that nobody changed",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write e/sub "file\\n"
            commit ours base
              write d/m "m\\n"
              write d/sub/n "n\\n"
            commit theirs base
              move d/a e/a
              move d/b e/b
            """, ["e/sub file"], ["e/sub file"]
        ),
        (
            "a file that one side changed",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write e/sub "file\\n"
            commit ours base
              write d/m "m\\n"
              write d/sub/n "n\\n"
            commit theirs base
              move d/a e/a
              move d/b e/b
              write e/sub "new\\n"
            """, ["e/sub file"], ["e/sub file"]
        ),
        (
            "a file that both sides changed",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write e/sub c1..c9
            commit ours base
              write d/m "m\\n"
              write d/sub/n "n\\n"
              write e/sub c1..c10
            commit theirs base
              move d/a e/a
              move d/b e/b
              write e/sub "0\\n" c1..c9
            """, ["e/sub folder"], ["e/sub folder"]
        ),
        (
            "a file where a folder was",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
              write d/x/i i1..i9
            commit ours base
              delete d/x
              write d/x "file\\n"
            commit theirs base
              move d e
            """, ["e/x file"], []
        ),
    ]

    /// What is lost, as `path kind`.
    private func lost(_ answer: MergeAnswer) -> [String] {
        answer.lost.map { "\($0.path) \($0.entry.isTree ? "folder" : "file")" }
    }

    /// All files below a tree, by path.
    private func files(_ tree: ObjectID, _ store: ObjectStore, _ folder: RepoPath = RepoPath("")) throws
        -> [RepoPath: TreeEntry]
    {
        var found: [RepoPath: TreeEntry] = [:]
        let object = try store.tree(tree)
        for index in 0..<object.count {
            let (entry, path) = (object.items[index].entry, folder.appending(object.name(index)))
            if entry.isTree {
                found.merge(try files(entry.id, store, path)) { $1 }
            } else {
                found[path] = entry
            }
        }
        return found
    }

    @Test(arguments: histories)
    func theTreeIsGitsAndTheAnswerSaysWhatIsMissing(
        _ name: String, _ history: String, _ there: [String], _ back: [String]
    ) throws {
        for setting in ["conflict", "true"] {
            let trial = try Trial("config merge.directoryRenames \(setting)\n" + history)
            for (one, two, expected) in [("ours", "theirs", there), ("theirs", "ours", back)] {
                let git = try trial.oracle(one, two)
                let engine = try trial.engine()
                let answer = try engine.merge(
                    ours: trial.id(one), theirs: trial.id(two), labels: MergeLabels(ours: one, theirs: two))
                let comment: Comment = "\(name), \(setting), \(one)"
                #expect(
                    String(decoding: git.bytes.prefix(40), as: UTF8.self) == answer.tree.description, comment)
                #expect(lost(answer) == expected, comment)
                #expect(answer.isClean == (git.isClean && expected.isEmpty), comment)
                // Every file that a side holds and that is not merged with another is in the tree or among the lost.
                var kept = Set(try files(answer.tree, engine.store).values.map(\.id))
                for item in answer.lost {
                    kept.formUnion(
                        item.entry.isTree
                            ? try files(item.entry.id, engine.store).values.map(\.id) : [item.entry.id])
                }
                for path in ["d/sub/n", "d/x", "e/sub/old", "e/sub/more"] as [RepoPath] {
                    for side in ["ours", "theirs"] {
                        let tree = try trial.repository.commit(trial.id(side)).tree
                        guard let entry = try files(tree, engine.store)[path] else { continue }
                        #expect(
                            kept.contains(entry.id) || name.contains("one side changed"),
                            "\(path) of \(side): \(comment)")
                    }
                }
            }
        }
    }

    /// What both sides have alike stands in a clean merge; folder renames are where it went missing.
    @Test func cleanMergesKeepWhatBothSidesHave() throws {
        let generator = Generator(seed: 67, variesSettings: true)
        let histories = (0..<300).map { generator.history($0) }
        let bench = try Bench(settings: [.config("merge.directoryRenames", "true")])
        let ids = try Import.write(histories, to: bench)
        let repository = try Repository(at: bench.repository)
        let engine = try MergeEngine(repository, MergeOptions(settingsOf: repository).asInstalledGit())
        var clean = 0
        for (history, names) in zip(histories, ids) {
            for merge in history.merges {
                let sides = try [merge.ours, merge.theirs].map {
                    try #require(ObjectID(hex: names[$0] ?? ""))
                }
                let answer = try engine.merge(ours: sides[0], theirs: sides[1])
                guard answer.isClean else { continue }
                clean += 1
                let merged = try files(answer.tree, engine.store)
                let (ours, theirs) = (
                    try files(repository.commit(sides[0]).tree, engine.store),
                    try files(repository.commit(sides[1]).tree, engine.store)
                )
                for (path, entry) in ours where theirs[path] == entry {
                    #expect(merged[path] == entry, "\(path) in:\n\(history.text)")
                }
            }
        }
        #expect(clean > 50)
    }
}
