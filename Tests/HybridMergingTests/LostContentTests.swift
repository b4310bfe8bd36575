import HistoryGenerator
import HybridGit
import TestSupport
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
            """, ["e/sub/old"], ["e/sub/old"]
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
            """, ["e/sub/more", "e/sub/old"], ["e/sub/more", "e/sub/old"]
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
            """, ["e/sub"], ["e/sub"]
        ),
        (
            // The renamed file's two versions cannot be joined, and what stands for both collides with a file of its new name.
            "a binary file that conflicts where its new name is taken",
            """
            commit base
              write d/s "\\000\\n" e1..e8
            commit ours base
              write d/s "\\000\\n" e1..e7 "ours\\n"
              move d/s d/t
            commit theirs base
              write d/s "\\000\\n" e1..e7 "theirs\\n"
              write d/t t1..t9
            """, ["d/s"], ["d/t"]
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
            """, ["e/sub"], ["e/sub"]
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
            """, ["d/sub/n"], ["d/sub/n"]
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
            """, ["d/x"], []
        ),
    ]

    private func lost(_ answer: MergeAnswer) -> [String] { answer.lost.map(\.path.description).sorted() }

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
                #expect(answer.isCleanForGit == git.isClean && (expected.isEmpty || !answer.isClean), comment)
                let conflicts = try engine.conflicts(in: answer)
                for path in expected {
                    #expect(
                        conflicts.contains { $0.path.description == path && $0.kinds.contains(.contentLost) })
                }
                // Every file that a side holds and that is not merged with another is in the tree that a person sees.
                let kept = Set(try files(engine.wholeTree(of: answer), engine.store).values.map(\.id))
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

    /// What is missing goes where nothing is in its way, also where a file now stands for a folder above it.
    @Test func whatIsMissingFindsAPlace() throws {
        let trial = try Trial(
            """
            commit base
              write d "file\\n"
              write e/f "f\\n"
              write d~lost "other\\n"
            """)
        let engine = try trial.engine()
        let tree = try trial.repository.commit(trial.id("base")).tree
        func entry(_ text: String) throws -> TreeEntry {
            TreeEntry(kind: .file, id: try engine.store.write(blob: Array(text.utf8)))
        }
        let lost = try ["d/a/b", "d/a/c", "e", "e/f", "g", "g/h"].map {
            LostContent(path: RepoPath($0), entry: try entry($0))
        }
        let answer = MergeAnswer(
            isClean: false, isCleanForGit: true, tree: tree, conflicted: [], messages: [], advice: [],
            neededRenameLimit: nil, lost: lost, texts: [:])
        let found = try files(engine.wholeTree(of: answer), engine.store)
        #expect(
            found.keys.map(\.description).sorted() == [
                "d", "d~lost", "d~lost_1/a/b", "d~lost_1/a/c", "e/f", "e/f~lost", "e~lost", "g", "g~lost/h",
            ])
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

    /// The rule, asked of whole trees and their lines, by no code of the engine's: what the other side left alone is there;
    /// of what a side made, each line that no version before had is there.
    @Test func generatedMergesKeepWhatNobodyTookAway() throws {
        let generator = Generator(seed: 1_9, variesSettings: true)
        let histories = (0..<draws(400)).map { $0 % 2 == 0 ? generator.crew($0) : generator.history($0) }
        let bench = try Bench(settings: [])
        let ids = try Import.write(histories, to: bench)
        let repository = try Repository(at: bench.repository)
        let engine = try MergeEngine(repository, MergeOptions(settingsOf: repository))
        var (asked, lost) = (0, 0)
        for (history, names) in zip(histories, ids) {
            for merge in history.merges {
                let sides = try [merge.ours, merge.theirs].map {
                    try #require(ObjectID(hex: names[$0] ?? ""))
                }
                let bases = try engine.mergeBases(sides[0], sides[1])
                guard bases.count == 1 else { continue }
                let answer = try engine.merge(ours: sides[0], theirs: sides[1])
                asked += 1
                if !answer.lost.isEmpty { lost += 1 }
                #expect(!answer.isClean || answer.lost.isEmpty)
                let base = try files(repository.commit(bases[0]).tree, engine.store)
                let trees = try sides.map { try files(repository.commit($0).tree, engine.store) }
                var there = Set(try files(engine.wholeTree(of: answer), engine.store).values.map(\.id))
                there.formUnion(answer.conflicted.map(\.entry.id))
                let known = try lines(Set(base.values.map(\.id)), engine.store)
                let kept = try lines(there, engine.store)
                for (side, other) in [(trees[0], trees[1]), (trees[1], trees[0])] {
                    for (path, entry) in side where !there.contains(entry.id) {
                        if base[path]?.id == entry.id {
                            #expect(other[path]?.id != entry.id, "\(path) in:\n\(history.text)")
                        } else {
                            let own = try lines([entry.id], engine.store).subtracting(known)
                            #expect(own.isSubset(of: kept), "\(path) in:\n\(history.text)")
                        }
                    }
                }
            }
        }
        #expect(asked > 400 && lost > 3)
    }

    private func lines(_ ids: Set<ObjectID>, _ store: ObjectStore) throws -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for id in ids {
            // A submodule's commit is in no repository here.
            guard let bytes = try? store.blob(id) else { continue }
            for line in bytes.split(separator: 10) {
                found.insert(line.last == 13 ? Array(line.dropLast()) : Array(line))
            }
        }
        return found
    }
}
