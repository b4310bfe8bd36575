import Foundation
import HybridGit
import Testing

@testable import HybridMerging

@Suite struct PathQuotingTests {
    /// All bytes that a name can have, alone and between letters.
    @Test func quotesAsGitDoes() throws {
        let trial = try Trial("commit ours\n write keep \"k\\n\"")
        let store = try ObjectStore(trial.repository)
        let blob = try trial.id("ours")
        var names: [[UInt8]] = []
        for byte in UInt8(1)...255 where byte != 47 { names += [[byte], [97, byte, 98], [byte, 48]] }
        names += ["", "plain", "with space", "-x", "é", "tab\tand \"quote\"", "a\\b", "~a!b@c"].map {
            Array($0.utf8)
        }
        names.removeAll { $0.isEmpty }
        // Through a tree: git shows a path alone with --name-only.
        let sorted = Set(names).sorted { $0.lexicographicallyPrecedes($1) }
        let tree = try store.write(
            tree: sorted.flatMap { Array("160000 ".utf8) + $0 + [0] + blob.bytes })
        try store.save()
        let git = try trial.git("-c", "core.quotePath=true", "ls-tree", "--name-only", tree.description)
            .split(separator: 10)
        try #require(git.count == sorted.count)
        for (name, expected) in zip(sorted, git) {
            #expect(PathQuoting.quoted(name) == Array(expected), "\(name)")
        }
        #expect(git.contains { $0.first == 34 } && git.contains { $0.first != 34 })
    }
}

/// All forms of an answer, against `git merge-tree --write-tree` with the same flags.
@Suite struct AnswerFormatTests {
    static let histories: [(String, String)] = [
        (
            "clean",
            "commit base\n write a a1..a9\ncommit ours base\n write a \"1\\n\" a2..a9\ncommit theirs base\n write a a1..a8 \"9\\n\""
        ),
        (
            "clean and nothing to say",
            "commit base\n write a a1..a9\ncommit ours base\n write b \"b\\n\"\ncommit theirs base\n write c \"c\\n\""
        ),
        (
            "conflicts, odd names",
            """
            commit base
              write a a1..a9
              write "q \\"t\\"" a1..a5
            commit ours base
              write a "1\\n"
              write "q \\"t\\"" b1..b5
              write "\\303\\251" "1\\n"
              write "tab\\there" "1\\n"
            commit theirs base
              write a "2\\n"
              write "q \\"t\\"" c1..c5
              write "\\303\\251" "2\\n"
              write "tab\\there" "2\\n"
            """
        ),
        (
            // A conflict without conflicted versions: the split of a folder.
            "no versions",
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
            commit ours base
              move d/a e/a
              move d/b f/b
            commit theirs base
              write d/n "n\\n"
            """
        ),
        (
            "several versions and types",
            """
            commit base
              write a a1..a9
              write d/x x1..x9
            commit ours base
              move a b
              delete d
              write d "file\\n"
            commit theirs base
              move a c
              write d/x x1..x8 "more\\n"
            """
        ),
        (
            "a submodule's advice",
            """
            commit base
              gitlink sub 1111111111111111111111111111111111111111
            commit ours base
              gitlink sub 2222222222222222222222222222222222222222
            commit theirs base
              gitlink sub 3333333333333333333333333333333333333333
            """
        ),
    ]

    @Test(arguments: histories)
    func allFlags(_ name: String, _ history: String) throws {
        let trial = try Trial(history)
        let answer = try trial.merge()
        for isTerminated in [false, true] {
            for namesOnly in [false, true] {
                for messages in [nil, true, false] as [Bool?] {
                    var flags = isTerminated ? ["-z"] : []
                    if namesOnly { flags.append("--name-only") }
                    if let messages { flags.append(messages ? "--messages" : "--no-messages") }
                    let format = MergeAnswer.Format(
                        isTerminated: isTerminated, namesOnly: namesOnly, messages: messages)
                    let git = try trial.oracle("ours", "theirs", flags)
                    #expect(shown(format.bytes(answer)) == shown(git.bytes), "\(name) \(flags)")
                }
            }
        }
    }

    @Test(arguments: histories)
    func theVerdictOfManyMerges(_ name: String, _ history: String) throws {
        let trial = try Trial(history)
        let format = MergeAnswer.Format(withVerdict: true, isTerminated: true)
        let git = try trial.git(
            "merge-tree", "--write-tree", "--stdin", input: "ours theirs\ntheirs ours\n")
        let bytes = try format.bytes(trial.merge()) + format.bytes(trial.merge("theirs", "ours"))
        #expect(shown(bytes) == shown(git), "\(name)")
    }

    @Test func modesHaveSixDigits() throws {
        let path = RepoPath("a")
        let answer = MergeAnswer(
            isClean: false, isCleanForGit: false, tree: .zero,
            conflicted: [
                MergeAnswer.ConflictedEntry(
                    path: path, stage: .base, origin: path, entry: TreeEntry(kind: .nothing, id: .zero)),
                MergeAnswer.ConflictedEntry(
                    path: path, stage: .theirs, origin: path, entry: TreeEntry(kind: .tree, id: .zero)),
            ], messages: [], advice: [], neededRenameLimit: nil, lost: [], texts: [:])
        let zero = ObjectID.zero.description
        #expect(
            String(decoding: MergeAnswer.Format().bytes(answer), as: UTF8.self)
                == "\(zero)\n000000 \(zero) 1\ta\n040000 \(zero) 3\ta\n\n")
    }

    @Test func conflictsAreCalledConflictsAndNotesAreNot() {
        #expect(ConflictKind.allCases.allSatisfy { $0.rawValue.hasPrefix("CONFLICT") })
        #expect(MergeNote.allCases.allSatisfy { !$0.rawValue.contains("CONFLICT") })
        #expect(MergeMessageType.conflict(.contents).text == "CONFLICT (contents)")
        #expect(MergeMessageType.note(.autoMerging).text == "Auto-merging")
    }

    /// git's names say it, and are what the answers were read by before.
    @Test(arguments: ConflictKind.allCases)
    func kindsKnowWhatTheirNamesSay(_ kind: ConflictKind) {
        #expect(kind.isRename == kind.rawValue.contains("rename"))
        #expect(kind.isDeletion == kind.rawValue.contains("delete"))
    }
}
