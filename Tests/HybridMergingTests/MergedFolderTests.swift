import HybridGit
import Testing

@testable import HybridMerging

/// Merged folders are our version with some entries changed.
@Suite struct MergedFolderTests {
    let trial: Trial
    let store: ObjectStore
    let ours: ObjectID
    let tree: TreeObject

    init() throws {
        trial = try Trial("commit ours\n write a \"a\\n\"\n write d/x \"x\\n\"\n write z \"z\\n\"")
        store = try ObjectStore(trial.repository)
        ours = try trial.repository.commit(trial.id("ours")).tree
        tree = try store.tree(ours)
    }

    private func record(_ name: String, _ entry: TreeEntry?) -> TreeRecord {
        TreeRecord(name: Array(name.utf8)[...], entry: entry)
    }

    private func entry(_ name: String) -> TreeEntry? { tree.entry(named: Array(name.utf8)[...]) }

    private func write(_ records: [TreeRecord]) throws -> ObjectID? {
        try store.mergeTree(tree, from: ours, changing: records)
    }

    @Test func whatDiffersInNothingIsTakenAsItStands() throws {
        #expect(try write([]) == ours)
        #expect(try write([record("a", entry("a")), record("n", nil)]) == ours)
        #expect(store.writtenBytes == 0)
    }

    @Test func changesMakeGitsTree() throws {
        let file = try #require(entry("a"))
        let made = try #require(
            try write([
                record("z", nil), record("d", TreeEntry(kind: .executable, id: file.id)), record("b", file),
            ]))
        let lines = "100644 blob \(file.id)\ta\n100644 blob \(file.id)\tb\n100755 blob \(file.id)\td\n"
        #expect(try trial.gitText("mktree", input: lines) == made.description)
        #expect(store.writtenBytes > 0)
    }

    @Test func whereNothingIsLeftThereIsNoFolder() throws {
        #expect(try write(["a", "d", "z"].map { record($0, nil) }) == nil)
        #expect(try store.mergeTree(.empty, from: nil, changing: []) == nil)
        #expect(try store.mergeTree(.empty, from: nil, changing: [record("a", nil)]) == nil)
        #expect(store.writtenBytes == 0)
    }

    @Test func ofSeveralRecordsTheOneThatPutsSomethingInCounts() throws {
        // A file that went away, and a folder that came to the same name.
        let folder = try #require(entry("d"))
        let expected = try write([record("a", folder)])
        #expect(try write([record("a", nil), record("a", folder)]) == expected)
        #expect(try write([record("a", folder), record("a", nil)]) == expected)
        #expect(expected != ours && expected != nil)
    }

    @Test func aNewFolderHasNoVersionOfOurs() throws {
        let file = try #require(entry("a"))
        let made = try store.mergeTree(.empty, from: nil, changing: [record("a", file)])
        #expect(try trial.gitText("mktree", input: "100644 blob \(file.id)\ta\n") == made?.description)
    }

    @Test func oldSpellingsOfModesAreWrittenAnew() throws {
        // git reads the old spelling and writes the new one, even where nothing else changed.
        let file = try #require(entry("a"))
        let old = try TreeObject(parsing: Array("100664 a\0".utf8) + file.id.bytes)
        let made = try store.mergeTree(old, from: ours, changing: [])
        #expect(try trial.gitText("mktree", input: "100644 blob \(file.id)\ta\n") == made?.description)
    }
}

/// Paths for versions that cannot stay where they are.
@Suite struct FreePathTests {
    @Test(
        "the branch's name, then numbers",
        arguments: [
            ([], "p~ours"), (["p~ours"], "p~ours_0"), (["p~ours", "p~ours_0"], "p~ours_1"),
            (["p~ours", "p~ours_1"], "p~ours_0"), (["p~ours_0"], "p~ours"),
            // What stands there may be a folder.
            (["p~ours/inner"], "p~ours_0"),
        ] as [([String], String)])
    func numbers(_ taken: [String], _ expected: String) throws {
        let base = taken.map { "  write \($0) \"taken\\n\"\n" }.joined()
        let trial = try Trial(
            """
            commit base
              write keep "k\\n"
            \(base)commit ours base
              write p "file\\n"
            commit theirs base
              write p/inner "inner\\n"
            """)
        let answer = try trial.expectGitsAnswer("\(taken)")
        #expect(answer.conflicted.map(\.path.text) == [expected])
    }

    @Test func slashesOfABranchBecomeUnderscores() throws {
        let trial = try Trial(
            """
            commit base
              write keep "k\\n"
            commit topic/a/b base
              write p "file\\n"
            commit theirs base
              write p/inner "inner\\n"
            merge topic/a/b theirs
            """)
        let answer = try trial.expectGitsAnswer("", "topic/a/b", "theirs")
        #expect(answer.conflicted.map(\.path.text) == ["p~topic_a_b"])
    }

    @Test func bothSidesMoveWhereNeitherIsAFile() throws {
        let answer = try Trial(
            """
            commit base
              write keep "k\\n"
            commit ours base
              link p target
            commit theirs base
              gitlink p 1111111111111111111111111111111111111111
            """
        ).expectGitsAnswer()
        #expect(answer.conflicted.map(\.path.text) == ["p~ours", "p~theirs"])
        #expect(answer.messages.map(\.type) == [.conflict(.distinctModes)])
    }
}
