import Foundation
import TestSupport
import Testing

/// `hybrid conflicts` as a person types it.
@Suite struct ConflictsTests {
    private static let text = (1...20).map { "line \($0)\n" }.joined()

    /// A repository with branches, each a shell line done to `main`.
    private func bench(_ branches: [(String, String)]) throws -> Bench {
        let bench = try Bench([
            "a.txt": Self.text, "b.txt": Self.text, "d/c.txt": Self.text, "d/e.txt": Self.text,
        ])
        for (name, line) in branches {
            try bench.shell("git switch -qc \(name) main && \(line) && git add -A && git commit -qm \(name)")
        }
        try bench.shell("git switch -q main")
        return bench
    }

    private static let four = [
        ("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt"),
        ("tail", "echo tail >> a.txt"), ("move", "git mv d/c.txt d/f.txt && sed -i '2s/.*/move/' b.txt"),
    ]
    private static let names = four.map(\.0)

    /// hybrid with these arguments, and this on stdin.
    private func hybrid(
        _ bench: Bench, _ arguments: [String], input: String? = nil, in directory: String? = nil
    ) throws
        -> Outcome
    {
        try execute(
            [bench.program, "conflicts"] + arguments, in: directory ?? bench.repo,
            environment: hermetic(home: bench.sandbox.home), input: input.map { Data($0.utf8) })
    }

    // MARK: Text

    @Test func aPairIsShownWithItsLines() throws {
        let bench = try bench(Self.four)
        let answer = try hybrid(bench, Self.names)
        #expect(answer.code == 1)
        #expect(answer.err == "")
        #expect(
            answer.out == """
                4 branches, 6 pairs: 1 conflicts

                red and blue
                  a.txt  CONFLICT (contents)  edited / edited
                    line 2 against line 2
                      < red
                      > blue

                """)
    }

    @Test func nothingConflictsIsACleanAnswer() throws {
        let bench = try bench(Self.four)
        let answer = try hybrid(bench, ["red", "tail", "move"])
        #expect(answer.code == 0)
        #expect(answer.out == "3 branches, 3 pairs: none conflict\n")
        let all = try hybrid(bench, ["red", "tail", "move", "--all", "--touching"])
        #expect(all.code == 0)
        #expect(
            all.out == """
                3 branches, 3 pairs: none conflict

                They touch the same paths and merge cleanly:
                  red and tail: a.txt

                Without a conflict: red, tail, move

                """)
    }

    @Test func whatToLandTogetherIsSuggested() throws {
        let bench = try bench(Self.four)
        let answer = try hybrid(bench, Self.names + ["--suggest"])
        #expect(answer.code == 1)
        #expect(
            answer.out.hasSuffix(
                """

                Land together: red, tail, move
                Redo on the tip of that: blue
                  blue conflicts with red

                """), "\(answer.out)")
    }

    @Test func manyPairsAreGroupedByPathBusiestFirst() throws {
        let many = (0..<20).map { number -> (String, String) in
            let name = "w\(number)"
            let own =
                number < 8
                ? "sed -i '2s/.*/\(name)/' a.txt" : number < 11 ? "rm d/e.txt" : "echo \(name) > \(name)"
            return (name, number == 10 ? "sed -i '2s/.*/\(name)/' d/e.txt" : own)
        }
        let bench = try bench(many)
        let answer = try hybrid(bench, many.map(\.0))
        #expect(answer.code == 1)
        #expect(
            answer.out == """
                20 branches, 190 pairs: 30 conflict
                Most conflicts: w0 with 7, w1 with 7, w2 with 7, w3 with 7, w4 with 7, w5 with 7, 5 more

                a.txt  CONFLICT (contents)  28 pairs
                  each with each: w0, w1, w2, w3, w4, w5, w6, w7
                  such as w0 and w1:
                    line 2 against line 2
                      < w0
                      > w1

                d/e.txt  CONFLICT (modify/delete)  2 pairs
                  w8 with w10
                  w9 with w10

                Every pair in full: --all

                """)
        let all = try hybrid(bench, many.map(\.0) + ["--all"])
        #expect(
            all.out.split(separator: "\n").filter { $0.hasPrefix("w") && $0.contains(" and ") }.count == 30)
        #expect(all.out.hasSuffix("Without a conflict: w11, w12, w13, w14, w15, w16, w17, w18, w19\n"))
    }

    // MARK: For programs

    /// Asks a validator of others whether an answer follows the published schema.
    private func expectValid(_ answer: Outcome, _ bench: Bench) throws {
        let schema = try bench.hybrid("schema", "conflicts")
        try #require(schema.code == 0, "\(schema.err)")
        try bench.expectValid(answer, schema)
    }

    @Test func theJSONFollowsItsSchema() throws {
        let bench = try bench(Self.four + [("gone", "git rm -q b.txt"), ("moved", "git mv a.txt z.txt")])
        let names = Self.names + ["gone", "moved"]
        let answer = try hybrid(bench, names + ["--json", "--touching", "--suggest"])
        #expect(answer.code == 1)
        try expectValid(answer, bench)
        let object = try Bench.object(answer)
        #expect(object["schema"] as? Int == 1)
        let branches = try #require(object["branches"] as? [[String: String]])
        #expect(branches.map { $0["name"] } == names)
        #expect(try branches.map { $0["tip"] } == names.map { try bench.id($0) })
        #expect(try Set(branches.map { $0["base"] }) == [bench.id()])
        let pairs = try #require(object["pairs"] as? [[String: Any]])
        #expect(pairs.map { "\($0["ours"] ?? "") \($0["theirs"] ?? "")" } == ["red blue", "move gone"])
        let paths = try #require(pairs[0]["paths"] as? [[String: Any]])
        #expect(paths.map { $0["path"] as? String } == ["a.txt"])
        #expect(paths[0]["types"] as? [String] == ["CONFLICT (contents)"])
        #expect(paths[0]["claimed_by"] == nil)
        let hunk = try #require((paths[0]["hunks"] as? [[String: [String: Any]]])?.first)
        #expect(hunk["ours"]?["start"] as? Int == 2 && hunk["theirs"]?["lines"] as? [String] == ["blue"])
        let deleted = try #require((pairs[1]["paths"] as? [[String: Any]])?.first)
        #expect(deleted["ours_did"] as? String == "edited" && deleted["theirs_did"] as? String == "deleted")
        #expect((object["touching"] as? [[String: Any]])?.isEmpty == false)
        #expect((object["waves"] as? [[String]])?.count == 2)
        let plain = try Bench.object(hybrid(bench, names + ["--json"]))
        #expect(plain["touching"] == nil && plain["waves"] == nil)
    }

    @Test func fieldsEndWithNul() throws {
        let bench = try bench(Self.four)
        let answer = try hybrid(bench, Self.names + ["-z"])
        #expect(answer.code == 1)
        #expect(answer.out == "red\0blue\0a.txt\0")
        #expect(try hybrid(bench, ["red", "tail", "-z"]).out == "")
    }

    @Test func namesComeFromStdin() throws {
        let bench = try bench(Self.four)
        let answer = try hybrid(bench, ["--stdin", "--json"], input: Self.names.joined(separator: "\n"))
        #expect(answer.code == 1)
        #expect(try answer.out == hybrid(bench, Self.names + ["--json"]).out)
        // A blank line, a line ended as elsewhere, and a commit instead of a branch.
        let other = try hybrid(bench, ["--stdin", "-z"], input: "red\r\n\n\(bench.id("blue"))\n")
        #expect(try other.out == "red\0\(bench.id("blue"))\0a.txt\0")
    }

    @Test(arguments: ["main", "red", "old", "tail~1"])
    func aBaseIsOnlyAHint(base: String) throws {
        let bench = try bench(Self.four + [("on", "git reset -q --hard red && sed -i '9s/.*/on/' a.txt")])
        try bench.shell("git branch old $(git commit-tree -m old 'main^{tree}')")
        let names = Self.names + ["on"]
        let plain = try hybrid(bench, names + ["-z", "--touching"])
        #expect(plain.code == 1)
        #expect(plain.out == "red\0blue\0a.txt\0blue\0on\0a.txt\0")
        #expect(try hybrid(bench, names + ["-z", "--touching", "--base", base]).out == plain.out)
    }

    // MARK: Errors

    @Test(
        arguments: [
            (
                ["red", "nosuch"], "",
                "hybrid: nosuch: there is no such branch or commit; list the branches: git branch -a"
            ),
            (
                ["red", "a..b"], "",
                "hybrid: a..b: there is no such branch or commit; list the branches: git branch -a"
            ),
            (
                ["red", "blue", "--base", "nosuch"], "",
                "hybrid: nosuch: there is no such branch or commit; list the branches: git branch -a"
            ),
            (["red"], "", "hybrid: red: one branch alone conflicts with nothing; name two branches or more"),
            (["red", "blue", "red"], "", "hybrid: red: it is named twice; name each branch once"),
            (["--stdin"], "", "hybrid: stdin: it names no branch; name two branches or more"),
            (["--stdin"], "\n\n", "hybrid: stdin: it names no branch; name two branches or more"),
            (["red", "alone"], "", "hybrid: compare red and alone: the histories have no common commit"),
            ([], "", "hybrid: run: this repository has no run yet; begin with: hybrid run PLAN"),
            (
                ["--run", "nosuch"], "",
                "hybrid: run: this repository has no run yet; begin with: hybrid run PLAN"
            ),
        ] as [([String], String, String)])
    func whatCannotBeDoneIsNamed(arguments: [String], input: String, said: String) throws {
        let bench = try bench(Array(Self.four.prefix(2)))
        try bench.shell("git branch alone $(git commit-tree -m alone 'main^{tree}')")
        let answer = try hybrid(bench, arguments, input: input)
        #expect(answer.code == 2)
        #expect(answer.out == "")
        #expect(answer.err == said + "\n")
    }

    @Test(arguments: [
        ["red", "--stdin"], ["red", "--run", "1"], ["--stdin", "--run", "1"],
        ["red", "blue", "--json", "-z"],
    ])
    func usageErrorsExit64(arguments: [String]) throws {
        let bench = try bench([])
        let answer = try hybrid(bench, arguments, input: "")
        #expect(answer.code == 64)
        #expect(answer.out == "")
    }

    @Test func outsideARepositoryItSaysSo() throws {
        let bench = try bench([])
        let answer = try hybrid(bench, ["a", "b"], in: bench.sandbox.home)
        #expect(answer.code == 2)
        #expect(
            answer.err
                == "hybrid: this folder: it is in no git repository; go into one, or make one: git init\n")
    }

    // MARK: The repository

    @Test func nothingIsWritten() throws {
        let bench = try bench(Self.four + [("gone", "git rm -q b.txt")])
        let before = try bench.shell(
            "find .git . -not -name '*.lock' | sort | xargs -d '\\n' stat -c '%n %s %y'")
        #expect(try hybrid(bench, Self.names + ["gone", "--suggest", "--touching", "--all"]).code == 1)
        #expect(try hybrid(bench, Self.names + ["gone", "--json"]).code == 1)
        #expect(try hybrid(bench, []).code == 2)
        let after = try bench.shell(
            "find .git . -not -name '*.lock' | sort | xargs -d '\\n' stat -c '%n %s %y'")
        #expect(after == before)
        #expect(!FileManager.default.fileExists(atPath: bench.repo + "/.git/hybrid"))
    }

    @Test func linkedWorktreesFoldersAndBareRepositoriesAnswerAlike() throws {
        let bench = try bench(Self.four)
        let wanted = try hybrid(bench, Self.names)
        try bench.shell("git worktree add -q ../linked red && git clone -q --bare . ../bare.git")
        for place in ["linked", "repo/d", "bare.git"] {
            let answer = try hybrid(bench, Self.names, in: bench.sandbox.root + "/" + place)
            #expect(answer.code == 1 && answer.out == wanted.out, "\(place): \(answer.err)")
        }
    }

    @Test func settingsCountAsForMerges() throws {
        let bench = try bench([("one", "git mv d g"), ("two", "echo new > d/new.txt")])
        #expect(try hybrid(bench, ["one", "two"]).code == 1)
        try bench.shell("git config merge.directoryRenames true")
        #expect(try hybrid(bench, ["one", "two"]).code == 0)
        let union = try self.bench(Array(Self.four.prefix(2)))
        try union.sandbox.write("a.txt merge=union\n", to: "repo/.git/info/attributes")
        #expect(try hybrid(union, ["red", "blue"]).code == 0)
    }

    // MARK: A run's workers

    @Test func aRunsWorkersAreComparedWithTheirClaims() throws {
        let bench = try Bench(["shared.txt": Self.text, "own.txt": Self.text])
        let plan = try bench.plan([
            PlannedJob("First", ["shared.txt"], nil), PlannedJob("Second", ["own.txt"], nil),
            PlannedJob("Third", ["third.txt"], nil),
        ])
        try #require(try bench.hybrid("start", plan).code == 0)
        let edits = [
            "first": "sed -i '2s/.*/first/' shared.txt; echo x > extra.txt",
            "second": "sed -i '2s/.*/second/' shared.txt; sed -i 1d own.txt; echo y > extra.txt",
            "third": "echo 3 > third.txt",
        ]
        for (job, line) in edits {
            try bench.shell("\(line); git add -A; git commit -qm \(job)", in: bench.worktree(job))
        }
        let refs = try bench.refs()
        let answer = try bench.hybrid("conflicts")
        #expect(answer.code == 1)
        #expect(
            answer.out == """
                3 branches, 3 pairs: 1 conflicts

                first and second
                  extra.txt  CONFLICT (contents)  added / added
                    nobody's claim; not allowed to first, second
                    cause: a breach of claims
                    line 1 against line 1
                      < x
                      > y
                  shared.txt  CONFLICT (contents)  edited / edited
                    claim of first; not allowed to second
                    cause: a breach of claims
                    line 2 against line 2
                      < first
                      > second

                """)
        let asJSON = try bench.hybrid("conflicts", "--json", "--run", bench.run())
        try expectValid(asJSON, bench)
        let pairs = try #require(Bench.object(asJSON)["pairs"] as? [[String: Any]])
        let paths = try #require(pairs.first?["paths"] as? [[String: Any]])
        #expect(paths.map { $0["claimed_by"] as? [String] } == [[], ["first"]])
        #expect(paths.map { $0["ours_allowed"] as? Bool } == [false, true])
        #expect(paths.map { $0["theirs_allowed"] as? Bool } == [false, false])
        #expect(try bench.refs() == refs)
        #expect(try bench.workers().values.allSatisfy { $0 == "running" || $0 == "waiting" })
    }

    @Test func aRunOfOneWorkerHasNoPairs() throws {
        let bench = try Bench(["a.txt": Self.text])
        try #require(try bench.hybrid("start", bench.plan([PlannedJob("Only", ["a.txt"], nil)])).code == 0)
        let answer = try bench.hybrid("conflicts")
        #expect(answer.code == 2)
        #expect(
            answer.err
                == "hybrid: the newest run: fewer than two of its workers have a branch; name branches: hybrid conflicts BRANCH BRANCH\n"
        )
    }
}
