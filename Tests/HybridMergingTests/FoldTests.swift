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

    func fold(_ names: [String], needs: [String: [String]] = [:], onto target: String = "main") throws -> Fold
    {
        let engine = try MergeEngine(repository)
        let fold = try Fold.make(
            target: repository.resolveCommit(target),
            inputs: names.map {
                FoldInput(
                    id: $0, tip: try repository.resolveCommit($0), needs: needs[$0] ?? [],
                    message: "merge \($0)",
                    author: signature)
            }, committer: signature, in: engine)
        try engine.store.save(reachableFrom: [fold.tip])
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
