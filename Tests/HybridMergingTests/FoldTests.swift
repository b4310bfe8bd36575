import HybridGit
import HybridMerging
import TestSupport
import Testing

/// A repository with many branches off one base.
private struct Branches {
    let sandbox: Sandbox
    let repository: Repository
    let signature = Signature(name: "T", email: "t@example.com", time: 1_700_000_000, offsetMinutes: 0)

    init(_ files: [String: String], _ scripts: [(String, String)]) throws {
        sandbox = try Sandbox()
        try sandbox.repository(files)
        for (name, script) in scripts {
            try sandbox.git("switch", "-q", "-c", name, "main")
            let done = try sandbox.run("sh", "-ec", script, in: "repo")
            try #require(done.code == 0, "\(done.err)")
            try sandbox.git("add", "-A")
            try sandbox.git("commit", "-q", "-m", name)
        }
        repository = try Repository(at: sandbox.root + "/repo")
    }

    func fold(
        _ names: [String], needs: [String: [String]] = [:], onto target: String = "main",
        commits: Fold.Commits = .each, order: Fold.Order = .mostLanded(),
        options: MergeOptions = MergeOptions()
    ) throws -> Fold {
        let engine = try MergeEngine(repository, options)
        let fold = try Fold.make(
            target: repository.resolveCommit(target),
            inputs: names.map {
                FoldInput(
                    id: $0, tip: try repository.resolveCommit($0), needs: needs[$0] ?? [],
                    message: "merge \($0)",
                    author: signature)
            }, committer: signature, commits: commits, order: order, in: engine)
        _ = try engine.store.save(reachableFrom: fold.tip, keptFor: "a test")
        return fold
    }

    func tree(_ fold: Fold) throws -> ObjectID { try repository.commit(fold.tip).tree }
}

@Suite struct FoldTests {
    @Test func cleanBranchesGiveOneTreeInAnyOrder() throws {
        let many = try Branches(
            ["a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "d/x": "x\n"],
            [
                ("one", "sed -i s/1/one/ a"), ("two", "sed -i s/9/nine/ a"), ("three", "echo n > d/new"),
                ("four", "rm d/x"),
            ])
        let names = ["one", "two", "three", "four"]
        let first = try many.fold(names)
        #expect(first.leftOut.isEmpty)
        for order in [names.reversed(), ["three", "one", "four", "two"]] {
            let fold = try many.fold(Array(order))
            #expect(Set(fold.merged) == Set(names))
            #expect(try many.tree(fold) == many.tree(first))
        }
        // git, merging one after the other, comes to the same tree.
        try many.sandbox.git("switch", "-q", "-c", "oracle", "main")
        for name in names { try many.sandbox.git("merge", "-q", "--no-edit", name) }
        #expect(try many.sandbox.git("rev-parse", "oracle^{tree}") == many.tree(first).description)
        // Every branch is in the history of the result.
        for name in names {
            #expect(try many.repository.isAncestor(many.repository.resolveCommit(name), of: first.tip))
        }
    }

    @Test func aConflictLeavesOutOneAndNamesTheOther() throws {
        let many = try Branches(
            ["a": "1\n", "b": "1\n"],
            [("one", "echo x > a"), ("two", "echo y > a"), ("three", "echo z > b")])
        let fold = try many.fold(["one", "two", "three"])
        #expect(Set(fold.merged).count == 2)
        #expect(fold.merged.contains("three"))
        let out = try #require(fold.leftOut.first)
        guard case .conflict(let with, let conflicts) = out.reason else {
            Issue.record("not a conflict")
            return
        }
        #expect(Set(with + [out.id]) == ["one", "two"])
        #expect(conflicts.map(\.path.text) == ["a"])
    }

    @Test func mostLand() throws {
        // One branch conflicts with four that keep apart: it is the one to leave out, although it comes first.
        let many = try Branches(
            ["a": "1\n", "b": "1\n", "c": "1\n", "d": "1\n"],
            [("wide", "for f in a b c d; do echo w > $f; done")]
                + ["a", "b", "c", "d"].map { ("n\($0)", "echo n > \($0)") })
        let fold = try many.fold(["wide", "na", "nb", "nc", "nd"])
        #expect(Set(fold.merged) == ["na", "nb", "nc", "nd"])
        #expect(fold.leftOut.map(\.id) == ["wide"])
    }

    @Test func whoIsNeededStaysAndWhatNeedsALeftOutBranchIsBlocked() throws {
        let many = try Branches(
            ["a": "1\n", "b": "1\n"], [("one", "echo x > a"), ("two", "echo y > a"), ("three", "echo z > b")])
        // The first of equals stays; one that another needs is worth two.
        let names = ["one", "two", "three"]
        #expect(try many.fold(names).merged == ["one", "three"])
        let fold = try many.fold(names, needs: ["three": ["two"]])
        #expect(fold.merged == ["two", "three"])
        #expect(fold.leftOut.map(\.id) == ["one"])
        let both = try many.fold(names, needs: ["three": ["two"]], onto: "one")
        #expect(both.merged == ["one"])
        let blocked = try #require(both.leftOut.first { $0.id == "three" })
        guard case .blocked(let by) = blocked.reason else {
            Issue.record("not blocked")
            return
        }
        #expect(by == ["two"])
    }

    @Test func whatComesLaterCounts() throws {
        let many = try Branches(["a": "1\n"], [("one", "echo x > a"), ("two", "echo y > a")])
        let later = [(id: "three", needs: ["two"]), (id: "four", needs: ["three"])]
        let fold = try many.fold(["one", "two"], order: .mostLanded(later: later))
        #expect(fold.merged == ["two"])
        #expect(fold.isSmallest)
        #expect(try !many.fold(["one", "two"], order: .mostLanded(budget: 1)).isSmallest)
    }

    @Test func pairsThatAreCleanCanConflictTogether() throws {
        // Each leaves a file in the folder; both together empty it, and then it counts as renamed.
        let many = try Branches(
            ["d/a": "aaaa\nbbbb\n", "d/b": "cccc\ndddd\n"],
            [
                ("one", "mkdir e; git mv d/a e/a"), ("two", "mkdir e; git mv d/b e/b"),
                ("three", "echo new > d/new"),
            ])
        for pair in [["one", "two"], ["one", "three"], ["two", "three"]] {
            #expect(try many.fold(pair).leftOut.isEmpty)
        }
        // In the plan's order the third conflicts with both; first of all it merges, so nobody is left out.
        let planned = try many.fold(["one", "two", "three"], order: .given(["one", "two", "three"]))
        #expect(planned.merged == ["one", "two"])
        guard case .conflict(let with, let conflicts)? = planned.leftOut.first?.reason else {
            Issue.record("not a conflict")
            return
        }
        #expect(with == ["one", "two"])
        #expect(conflicts.map(\.types) == [["CONFLICT (directory rename suggested)"]])
        let fold = try many.fold(["one", "two", "three"])
        #expect(fold.merged.sorted() == ["one", "three", "two"] && fold.leftOut.isEmpty)
        // In the recorded order it comes to the same.
        let again = try many.fold(["three", "two", "one"], order: .given(fold.order))
        #expect(again.merged == fold.merged && again.tip == fold.tip)
    }

    @Test func aFileThatFollowedARenamedFolderIsNotTroddenOn() throws {
        let many = try Branches(
            ["d/a": "aaaa\nbbbb\n"],
            [("one", "git mv d e"), ("two", "echo two > d/new"), ("three", "mkdir -p e; echo three > e/new")])
        var options = MergeOptions()
        options.directoryRenames = .apply
        // Nobody but the merge of the first two puts anything at e/new, apart from the third.
        let fold = try many.fold(["one", "two", "three"], options: options)
        #expect(fold.merged == ["one", "two"])
        guard case .conflict(let with, let conflicts)? = fold.leftOut.first?.reason else {
            Issue.record("not a conflict")
            return
        }
        #expect(with == ["two"])
        #expect(conflicts.map(\.path.text) == ["e/new"])
        #expect(try many.sandbox.git("show", "\(fold.tip):e/new") == "two")
    }

    @Test func theSameChangeByManyIsClean() throws {
        let many = try Branches(
            ["a": "1\n2\n3\n"],
            [("one", "sed -i s/2/two/ a; echo n > new"), ("two", "sed -i s/2/two/ a; echo n > new")])
        let fold = try many.fold(["one", "two"])
        #expect(fold.merged == ["one", "two"])
        #expect(try many.sandbox.git("show", "\(fold.tip):a") == "1\ntwo\n3")
    }

    @Test func anOctopusHasTheTargetAndAllTipsAsParents() throws {
        let many = try Branches(
            ["a": "1\n2\n3\n4\n5\n6\n7\n", "b": "1\n"],
            [
                ("one", "sed -i s/1/one/ a"), ("two", "sed -i s/7/seven/ a"), ("three", "echo 3 > c"),
                ("four", "git merge -q --ff-only three; echo 4 > d"), ("clash", "echo clash > a"),
            ])
        let names = ["one", "two", "three", "four", "clash"]
        let octopus = try many.fold(
            names,
            commits: .octopus(author: many.signature) { "all of " + $0.joined(separator: " ") })
        let commit = try many.repository.commit(octopus.tip)
        #expect(octopus.merged == ["one", "two", "three", "four"])
        #expect(commit.message == "all of one two three four\n")
        // What another one holds is no parent of its own.
        #expect(
            try commit.parents
                == ["main", "one", "two", "four"].map { try many.repository.resolveCommit($0) })
        let merges = try many.fold(names)
        #expect(try many.tree(merges) == commit.tree)
        #expect(
            try many.sandbox.git("log", "--first-parent", "--reverse", "--format=%s", "main..\(merges.tip)")
                == "merge one\nmerge two\nmerge three\nmerge four")
        let checked = try many.sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0 && checked.out + checked.err == "", "\(checked.out)\(checked.err)")
        // Nothing of the merges on the way is left, only what the last commit reaches.
        let unreachable = try many.sandbox.git(
            "fsck", "--unreachable", "\(merges.tip)", "\(octopus.tip)", "main", "one", "two", "three", "four",
            "clash")
        #expect(unreachable == "")
    }

    @Test func foldersAndFilesChangePlaces() throws {
        let many = try Branches(
            ["d/x": "x\n", "d/y": "y\n", "f": "f\n", "a": "1\n", "e/only": "o\n"],
            [
                ("one", "rm -r d; echo file > d"), ("two", "rm f; mkdir f; echo in > f/in"),
                ("three", "rm -r e"), ("four", "echo 2 > a; chmod +x a"), ("five", "ln -s a link"),
            ])
        let fold = try many.fold(["one", "two", "three", "four", "five"])
        #expect(fold.leftOut.isEmpty)
        try many.sandbox.git("switch", "-q", "-c", "oracle", "main")
        for name in fold.merged { try many.sandbox.git("merge", "-q", "--no-edit", name) }
        #expect(try many.sandbox.git("rev-parse", "oracle^{tree}") == many.tree(fold).description)
    }

    @Test func aMovedTargetIsAPartner() throws {
        let many = try Branches(["a": "1\n"], [("moved", "echo m > a"), ("one", "echo x > a")])
        let fold = try many.fold(["one"], onto: "moved")
        #expect(fold.merged.isEmpty)
        guard case .conflict(let with, _)? = fold.leftOut.first?.reason else {
            Issue.record("not a conflict")
            return
        }
        #expect(with == [""])
    }

    @Test func disjointPathsStillMeetInAFolder() throws {
        // One makes a file where the other makes a folder: no path is shared.
        let many = try Branches(["a": "1\n"], [("one", "echo x > d"), ("two", "mkdir d; echo y > d/f")])
        let fold = try many.fold(["one", "two"])
        #expect(fold.merged.count == 1)
        #expect(fold.leftOut.count == 1)
    }
}

@Suite struct LandingOrderTests {
    @Test(
        arguments: [
            (3, [], [[], [], []], [0, 1, 2]),
            (3, [(0, 1), (0, 2)], [[], [], []], [1, 2, 0]),
            (3, [], [[2], [], []], [1, 2, 0]),
            (4, [(0, 1), (2, 3)], [[], [], [], []], [0, 2, 1, 3]),
        ] as [(Int, [(Int, Int)], [Set<Int>], [Int])])
    func orders(_ count: Int, _ conflicts: [(Int, Int)], _ needs: [Set<Int>], _ expected: [Int]) {
        #expect(LandingOrder.order(count: count, conflicts: conflicts, needs: needs) == expected)
    }
}
