import HybridGit
import HybridMerging
import TestSupport
import Testing

/// The engine as a whole, on one small case of each kind; `HistoryTests` has the large table.
@Suite struct MergeEngineTests {
    static let cases: [(String, String)] = [
        (
            "edits apart",
            """
            commit base
                write a a1..a9
            commit ours base
                write a "one\\n" a2..a9
            commit theirs base
                write a a1..a8 "nine\\n"
            """
        ),
        (
            "one line twice",
            """
            commit base
                write a a1..a3
            commit ours base
                write a "x\\n"
            commit theirs base
                write a "y\\n"
            """
        ),
        (
            "exec bit against edit",
            """
            commit base
                write a a1..a3
            commit ours base
                exec a
            commit theirs base
                write a a1..a4
            """
        ),
        (
            "folder renamed, other adds in it",
            """
            commit base
                write d/a a1..a5
                write d/b b1..b5
            commit ours base
                move d e
            commit theirs base
                write d/c "y\\n"
            """
        ),
        (
            "link against file",
            """
            commit base
            commit ours base
                link l a
            commit theirs base
                write l "y\\n"
            """
        ),
    ]

    @Test(arguments: cases)
    func givesGitsAnswer(_ name: String, _ history: String) throws {
        try Trial(history).expectGitsAnswer(name)
    }

    @Test func sidesWithoutLabelsAreCalledByTheirIds() throws {
        let trial = try Trial(Self.cases[1].1)
        let engine = try trial.engine()
        let (ours, theirs) = (try trial.id("ours"), try trial.id("theirs"))
        let answer = try engine.merge(ours: ours, theirs: theirs)
        let text = try #require(try trial.file("a", of: answer, in: engine))
        #expect(text == "<<<<<<< \(ours)\nx\n=======\ny\n>>>>>>> \(theirs)\n")
        #expect(
            try trial.oracle(ours.description, theirs.description).bytes.starts(with: "\(answer.tree)".utf8))
    }

    @Test func aBaseMayHaveALabel() throws {
        let trial = try Trial("config merge.conflictStyle diff3\n" + Self.cases[1].1)
        let engine = try trial.engine()
        let answer = try engine.merge(
            ours: trial.id("ours"), theirs: trial.id("theirs"),
            labels: MergeLabels(ours: [0xFF], theirs: Array("t".utf8), base: Array("the base".utf8)))
        let text = try #require(try trial.file("a", of: answer, in: engine))
        #expect(text.hasPrefix("<<<<<<< \u{FFFD}\nx\n||||||| the base\na1\n"))
        #expect(text.hasSuffix(">>>>>>> t\n"))
    }

    @Test func mergesWithAnAncestorAreTheOtherSide() throws {
        let trial = try Trial(Self.cases[0].1)
        for (one, two) in [("base", "ours"), ("ours", "base"), ("ours", "ours")] {
            let answer = try trial.merge(one, two)
            #expect(answer.isClean)
            #expect(try answer.tree == trial.repository.commit(trial.id("ours")).tree)
        }
    }

    @Test func unrelatedHistoriesAreMergedOnlyWhereAllowed() throws {
        let trial = try Trial(
            """
            commit base
                write a "1\\n"
            commit ours base
                write same "s\\n"
            commit theirs base
            """)
        // A commit without parents whose tree has one file in common and one that differs.
        let tree = try trial.gitText(
            "mktree",
            input: [
                "100644 blob \(try trial.gitText("hash-object", "-w", "--stdin", input: "2\n"))\ta\n",
                "100644 blob \(try trial.gitText("hash-object", "-w", "--stdin", input: "s\n"))\tsame\n",
            ].joined())
        let other = try trial.gitText(
            "-c", "user.name=C", "-c", "user.email=c@example.com", "commit-tree", "-m", "other", tree)
        let ours = try trial.id("ours")
        let theirs = try #require(ObjectID(hex: other))
        let error = #expect(throws: GitError.self) { try trial.engine().merge(ours: ours, theirs: theirs) }
        #expect(error?.code == .unsupported)
        #expect(error?.reason == "the histories have no common commit")
        let allowed = try trial.engine { $0.allowsUnrelatedHistories = true }
        let answer = try allowed.merge(
            ours: ours, theirs: theirs, labels: MergeLabels(ours: "ours", theirs: other))
        let git = try trial.oracle("ours", other, ["--allow-unrelated-histories"])
        #expect(shown(MergeAnswer.Format().bytes(answer)) == shown(git.bytes))
        #expect(!answer.isClean && !git.isClean)
    }

    @Test func manyMergesInOneEngineAreAsInNewOnes() throws {
        // What is kept from one merge to the next must not show in the next answer.
        for (name, history) in Self.cases {
            let trial = try Trial(history)
            let engine = try trial.engine()
            let pairs = [("ours", "theirs"), ("theirs", "ours"), ("ours", "theirs")]
            for (one, two) in pairs {
                let again = try engine.merge(
                    ours: trial.id(one), theirs: trial.id(two), labels: MergeLabels(ours: one, theirs: two))
                let fresh = try trial.merge(one, two)
                let format = MergeAnswer.Format(messages: true)
                #expect(format.bytes(again) == format.bytes(fresh), "\(name): \(one) and \(two)")
                engine.forgetNewObjects()
            }
        }
    }

    @Test func newObjectsAreForgottenBeyondALimitOnly() throws {
        let trial = try Trial(Self.cases[0].1)
        let engine = try trial.engine()
        let answer = try engine.merge(ours: trial.id("ours"), theirs: trial.id("theirs"))
        #expect(engine.store.writtenBytes > 0)
        engine.forgetNewObjects(beyond: engine.store.writtenBytes)
        #expect(engine.store.writtenBytes > 0)
        engine.forgetNewObjects()
        #expect(engine.store.writtenBytes == 0)
        #expect(try !trial.repository.exists(answer.tree))
    }
}

@Suite struct ChangeSetTests {
    @Test func namesWhatGitNames() throws {
        let trial = try Trial(
            """
            commit base
                write a "1\\n"
                write d/b "1\\n"
                write d/e/c "1\\n"
                write f "1\\n"
                write x/y "1\\n"
            commit ours base
                write a "2\\n"
                delete d/e/c
                write d/new "n\\n"
                exec f
                delete x
                write x "z\\n"
            commit theirs base
            """)
        let set = try ChangeSet.between(base: trial.id("base"), tip: trial.id("ours"), in: trial.repository)
        let git = try trial.gitText("diff-tree", "-r", "--no-renames", "--name-only", "theirs", "ours")
        #expect(set.changes.map(\.path.text) == git.split(separator: "\n").map(String.init).sorted())
        #expect(set.changes.first { $0.path.text == "d/new" }?.old == nil)
        #expect(set.changes.first { $0.path.text == "d/e/c" }?.new == nil)
        #expect(set.changes.first { $0.path.text == "f" }?.new?.kind == .executable)
    }
}
