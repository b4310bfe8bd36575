import Foundation
import HistoryGenerator
import HybridGit
import TestSupport
import Testing

@testable import HybridMerging

/// A repository with a checked-out submodule at `sub`, merged by git and by the engine.
private struct Superproject {
    let sandbox: Sandbox

    /// The submodule's history has a base, a line b1, b2, and c1 beside it; unrelated commits and merges on request.
    init(_ script: String = "") throws {
        sandbox = try Sandbox()
        let made = try sandbox.run(
            "sh", "-ec",
            """
            git init -q -b main module && cd module
            c() { git commit -q --allow-empty -m "$1" && git tag "$1"; }
            c base; c b1; c b2
            git switch -q -c c base; c c1
            git switch -q --orphan alone; c alone
            git switch -q main
            \(script)
            cd .. && git init -q -b main repo && cd repo
            git -c protocol.file.allow=always submodule --quiet add "$PWD/../module" sub
            git -C sub fetch -q --tags
            git commit -qm start
            """)
        try #require(made.code == 0, "\(made.err)")
    }

    /// The branches base, ours and theirs of the superproject, each with the submodule at one commit; nil for none.
    func branches(base: String?, ours: String, theirs: String) throws {
        let module = sandbox.root + "/module"
        func id(_ name: String) throws -> String {
            name.count == 40
                ? name : try sandbox.git("rev-parse", "--verify", name + "^{commit}", in: "module")
        }
        func commit(_ branch: String, _ name: String?, _ parent: String?) throws {
            let start = try sandbox.git("rev-parse", "main")
            let entry = try sandbox.git("ls-tree", start, ".gitmodules") + "\n"
            let link = try name.map { "160000 commit \(try id($0))\tsub\n" } ?? ""
            let tree = try sandbox.git("mktree", "--missing", input: Data((entry + link).utf8))
            let parents = parent.map { ["-p", $0] } ?? []
            let made = try execute(
                ["git", "commit-tree", "-m", branch] + parents + [tree], in: sandbox.root + "/repo",
                environment: hermetic(home: sandbox.home))
            try #require(made.code == 0 && !module.isEmpty, "\(made.err)")
            try sandbox.git("branch", "-f", branch, made.out.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        try commit("base", base, nil)
        try commit("ours", ours, "base")
        try commit("theirs", theirs, "base")
    }

    /// Expects git's answer, run where the submodule is checked out.
    @discardableResult
    func expectGitsAnswer(_ name: String = "", location: SourceLocation = #_sourceLocation) throws
        -> MergeAnswer
    {
        let repository = try Repository(at: sandbox.root + "/repo")
        var first: MergeAnswer?
        for (one, two) in [("ours", "theirs"), ("theirs", "ours")] {
            let git = try sandbox.run(
                "git", "merge-tree", "--write-tree", "-z", "--messages", one, two, in: "repo")
            let answer = try MergeEngine(repository, MergeOptions(settingsOf: repository).asInstalledGit())
                .merge(
                    ours: repository.resolveCommit(one), theirs: repository.resolveCommit(two),
                    labels: MergeLabels(ours: one, theirs: two))
            let bytes = MergeAnswer.Format(isTerminated: true, messages: true).bytes(answer)
            #expect(
                shown(bytes) == shown(Array(git.out.utf8)), "\(name): \(one) and \(two)",
                sourceLocation: location)
            #expect(answer.isClean == (git.code == 0), sourceLocation: location)
            if first == nil { first = answer }
        }
        return try #require(first)
    }
}

/// Submodules that somebody has checked out: the commit that contains the other, or what there is to say.
@Suite struct SubmoduleTests {
    private static let missing = String(repeating: "1", count: 40)

    @Test(
        "kinds",
        arguments: [
            ("fast-forward", "base", "b1", "b2", [.note(.submoduleFastForward)]),
            ("only one side moved", "base", "base", "b2", []),
            ("both moved to the same", "base", "b1", "b1", []),
            ("apart", "base", "b1", "c1", [.conflict(.submodule), .conflict(.contents)]),
            ("rewound", "b1", "base", "b2", [.conflict(.submoduleRewound), .conflict(.contents)]),
            (
                "to an unrelated commit", "base", "b1", "alone",
                [.conflict(.submoduleRewound), .conflict(.contents)]
            ),
            (
                "a commit that is missing", "base", "b1", missing,
                [.conflict(.submoduleHistoryMissing), .conflict(.contents)]
            ),
            (
                "a base that is missing", missing, "b1", "b2",
                [.conflict(.submoduleHistoryMissing), .conflict(.contents)]
            ),
            ("added on both sides", nil, "b1", "c1", [.conflict(.submoduleNoBase), .conflict(.contents)]),
            (
                "added on both sides, one after the other", nil, "b1", "b2",
                [.conflict(.submoduleNoBase), .conflict(.contents)]
            ),
        ] as [(String, String?, String, String, [MergeMessageType])])
    func kinds(
        _ name: String, _ base: String?, _ ours: String, _ theirs: String, _ types: [MergeMessageType]
    ) throws {
        let project = try Superproject()
        try project.branches(base: base, ours: ours, theirs: theirs)
        let answer = try project.expectGitsAnswer(name)
        #expect(answer.messages.map(\.type) == types, "\(name)")
        #expect(answer.advice.isEmpty == answer.isClean)
    }

    @Test(
        "merges that contain both are only suggested",
        arguments: [
            // A merge, one on another branch, and one that follows a merge already.
            (
                "one", "git switch -q -c m b1; git merge -q --no-edit -m 'the merge' c1; git tag m1",
                [.conflict(.submodulePossible)]
            ),
            (
                "two",
                """
                git switch -q -c m b1; GIT_COMMITTER_DATE='2001-01-01T00:00:00 +0000' git merge -q --no-edit -m 'first merge' c1
                git switch -q -c n c1; GIT_COMMITTER_DATE='2002-02-02T00:00:00 +0000' git merge -q --no-edit -m 'second merge' b1
                """, [.conflict(.submodulePossible)]
            ),
            (
                "what follows a merge is not named",
                """
                git switch -q -c m b1; git merge -q --no-edit -m 'the merge' c1
                git switch -q -c n b2; git merge -q --no-edit -m 'a later merge' m
                """, [.conflict(.submodulePossible)]
            ),
            (
                "a merge of others",
                "git switch -q -c m base; git merge -q --no-edit --allow-unrelated-histories -m x alone",
                [.conflict(.submodule)]
            ),
        ] as [(String, String, [MergeMessageType])])
    func suggestions(_ name: String, _ script: String, _ types: [MergeMessageType]) throws {
        let project = try Superproject(script)
        // The submodule has the module's branches, as after a fetch.
        try project.sandbox.git("fetch", "-q", "origin", in: "repo/sub")
        try project.branches(base: "base", ours: "b1", theirs: "c1")
        let answer = try project.expectGitsAnswer(name)
        #expect(answer.messages.map(\.type) == types + [.conflict(.contents)], "\(name)")
        #expect(!answer.isClean)
    }

    @Test func aMergeThatOnlyTheCheckedOutCommitHoldsIsSuggestedToo() throws {
        let project = try Superproject()
        try project.branches(base: "base", ours: "b1", theirs: "c1")
        try project.sandbox.git("checkout", "-q", "--detach", "b1", in: "repo/sub")
        try project.sandbox.git("merge", "-q", "--no-edit", "-m", "not on a branch", "c1", in: "repo/sub")
        let answer = try project.expectGitsAnswer()
        #expect(answer.messages.map(\.type) == [.conflict(.submodulePossible), .conflict(.contents)])
    }

    @Test func notCheckedOut() throws {
        let project = try Superproject()
        try project.branches(base: "base", ours: "b1", theirs: "b2")
        try FileManager.default.removeItem(atPath: project.sandbox.root + "/repo/sub")
        try FileManager.default.removeItem(atPath: project.sandbox.root + "/repo/.git/modules")
        let answer = try project.expectGitsAnswer()
        #expect(answer.messages.map(\.type) == [.conflict(.submoduleNotInitialized), .conflict(.contents)])
        #expect(!FileManager.default.fileExists(atPath: project.sandbox.root + "/repo/sub"))
    }

    @Test func theSubmoduleIsLeftAsItIs() throws {
        let project = try Superproject()
        try project.branches(base: "base", ours: "b1", theirs: "b2")
        let head = try project.sandbox.git("rev-parse", "HEAD", in: "repo/sub")
        let status = try project.sandbox.git("status", "--porcelain=v2")
        try project.expectGitsAnswer()
        #expect(try project.sandbox.git("rev-parse", "HEAD", in: "repo/sub") == head)
        #expect(try project.sandbox.git("status", "--porcelain=v2") == status)
    }

    // MARK: Questions to a repository

    @Test func onlyCommitsCount() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        func has(_ revision: String) throws -> Bool {
            try repository.hasCommit(#require(ObjectID(hex: sandbox.git("rev-parse", revision))))
        }
        #expect(try has("HEAD"))
        #expect(try !has("HEAD^{tree}") && !has("HEAD:a"))
        #expect(try !repository.hasCommit(#require(ObjectID(hex: Self.missing))))
    }

    @Test func aFolderIsNoSubmodule() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["sub/a": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try repository.submodule(at: RepoPath("sub")) == nil)
        #expect(try repository.submodule(at: RepoPath("none")) == nil)
    }
}
