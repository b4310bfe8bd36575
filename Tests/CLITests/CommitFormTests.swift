import Foundation
import TestSupport
import Testing

/// Which commits land, and that everything else works alike with each form.
@Suite struct CommitFormTests {
    static let forms = ["merge", "octopus", "squash"]
    static let two = [
        PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt"),
        PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; git add .; git commit -qm 'Add beta' --author 'Bea <bea@example.com>'"),
    ]

    private func message(_ bench: Bench, _ commit: String = "main") throws -> String {
        try bench.sandbox.git("log", "-1", "--format=%B", commit)
    }

    private func parents(_ bench: Bench, _ commit: String = "main") throws -> [String] {
        try bench.sandbox.git("log", "-1", "--format=%P", commit).split(separator: " ").map(String.init)
    }

    private func trailers(_ bench: Bench, _ key: String, _ commit: String = "main") throws -> [String] {
        try bench.sandbox.git("log", "-1", "--format=%(trailers:key=\(key),valueonly)", commit)
            .split(separator: "\n").map(String.init)
    }

    @Test(arguments: forms)
    func aRunLandsInItsFormAndIsTakenBack(form: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(Self.two), "--commits", form)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("ls-tree", "--name-only", "main") == "README\nalpha.txt\nbeta.txt")
        let run = try bench.run()
        #expect(try trailers(bench, "Hybrid-Run") == [run])
        #expect(try trailers(bench, "Hybrid-Plan") == ["plan.json: A test"])
        let authors = try bench.sandbox.git("log", "--format=%an", "main", "^\(before)").split(
            separator: "\n")
        let text = try message(bench)
        switch form {
        case "merge":
            #expect(try parents(bench).count == 2)
            #expect(text.hasPrefix("Merge job beta: Beta\n"))
            #expect(try trailers(bench, "Hybrid-Job") == ["beta"])
            #expect(try message(bench, "main^").hasPrefix("Merge job alpha: Alpha\n"))
            #expect(try parents(bench, "main^").first == before)
            #expect(authors.contains("Bea"))
        case "octopus":
            #expect(try parents(bench).count == 3)
            #expect(try parents(bench).first == before)
            #expect(text.hasPrefix("Merge 2 jobs: A test\n\n- alpha: Alpha\n- beta: Beta\n"))
            #expect(try trailers(bench, "Hybrid-Job") == ["alpha", "beta"])
            #expect(authors.contains("Bea"))
        default:
            #expect(try parents(bench) == [before])
            #expect(text.hasPrefix("A test\n\n- alpha: Alpha\n- beta: Beta\n"))
            #expect(try trailers(bench, "Hybrid-Job") == ["alpha", "beta"])
            #expect(authors == ["Test Author"])
            #expect(try trailers(bench, "Co-authored-by") == ["Bea <bea@example.com>"])
        }
        let report = try Bench.object(bench.hybrid("report", "--json"))
        #expect(report["commits"] as? String == form)
        try bench.expectTidy()

        let back = try bench.hybrid("rollback")
        #expect(back.code == 0, "\(back.out)\(back.err)")
        #expect(try bench.id() == before)
        // Whatever the form, what the workers committed is still to be had.
        let kept = try bench.refs("refs/hybrid/\(run)/").values.contains { id in
            try bench.sandbox.git("log", "--format=%s", id).contains("Add beta")
        }
        #expect(kept)
    }

    @Test(arguments: forms)
    func wavesAreMergedInTheFormThatWasRecorded(form: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], nil), PlannedJob("Beta", ["beta.txt"], nil),
            PlannedJob("Gamma", ["gamma.txt"], nil, more: ["needs": "[\"Alpha\", \"Beta\"]"]),
        ])
        try #require(try bench.hybrid("start", plan, "--commits", form).code == 0)
        for job in ["alpha", "beta"] {
            try bench.shell("echo \(job) > \(job).txt", in: bench.worktree(job))
        }
        // The first merge makes the second wave's worktree, which stands on it.
        try bench.hybrid("merge")
        try bench.shell("cat alpha.txt beta.txt > gamma.txt", in: bench.worktree("gamma"))
        for command in ["merge", "verify", "land"] {
            let done = try bench.hybrid(command)
            try #require(done.code == 0, "\(command): \(done.out)\(done.err)")
        }
        #expect(try bench.text("gamma.txt") == "alpha\nbeta\n")
        let firsts = try bench.sandbox.git("rev-list", "--first-parent", "main", "^\(before)")
            .split(separator: "\n")
        #expect(firsts.count == ["merge": 3, "octopus": 2, "squash": 1][form])
        try bench.expectTidy()
    }

    @Test func theFormIsChosenBeforeTheFirstMerge() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try bench.sandbox.git("config", "hybrid.commits", "squash")
        let plan = try bench.plan(Self.two.map { PlannedJob($0.name, $0.files, nil) })
        try #require(try bench.hybrid("start", plan).code == 0)
        for job in ["alpha", "beta"] { try bench.shell("echo > \(job).txt", in: bench.worktree(job)) }
        let wrong = try bench.hybrid("merge", "--commits", "rebase")
        #expect(wrong.code == 64 && wrong.err.contains("merge, octopus or squash"), "\(wrong.err)")
        #expect(try bench.hybrid("merge", "--commits", "octopus").code == 0)
        let late = try bench.hybrid("merge", "--commits", "merge")
        #expect(late.code == 2 && late.err.contains("--commits octopus"), "\(late.err)")
        try #require(try bench.hybrid("verify").code == 0)
        try #require(try bench.hybrid("land").code == 0)
        #expect(try parents(bench).count == 3)
        #expect(try parents(bench).first == before)

        try bench.sandbox.git("config", "hybrid.commits", "rebase")
        let refused = try bench.hybrid("start", plan)
        #expect(refused.code == 2 && refused.err.contains("hybrid.commits"), "\(refused.err)")
    }

    @Test(arguments: forms)
    func aConflictIsResolvedAndLands(form: String) throws {
        let bench = try Bench(fixture: "conflicting")
        let before = try bench.id()
        try bench.hybrid("run", bench.plan(ofFixture: "conflicting"), "--commits", form)
        try bench.hybrid("resolve", "retry-policy", "--accept-breach")
        try #require(try bench.hybrid("resolve", "rate-limit", "--accept-breach").code == 0)
        let path = try bench.resolution("rate-limit") + "/src/client/config.py"
        let text = try #require(bench.sandbox.read(path))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.hasPrefix("<") && !$0.hasPrefix("=") && !$0.hasPrefix(">") && !$0.hasSuffix("= 5")
        }
        try bench.sandbox.write(
            lines.joined(separator: "\n").replacingOccurrences(of: "= 30", with: "= 20"), to: path)
        let resolved = try bench.hybrid("resolve", "rate-limit")
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(try bench.text("src/client/config.py")?.contains("REQUEST_TIMEOUT = 20") == true)
        if form == "squash" { #expect(try parents(bench) == [before]) }
        try bench.expectTidy()
    }

    @Test func aSquashStandsOnATargetThatMoved() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(Self.two.map { PlannedJob($0.name, $0.files, nil) })
        try #require(try bench.hybrid("start", plan, "--commits", "squash").code == 0)
        for job in ["alpha", "beta"] { try bench.shell("echo > \(job).txt", in: bench.worktree(job)) }
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try bench.shell("echo more > more.txt && git add . && git commit -qm meanwhile")
        let meanwhile = try bench.id()
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try parents(bench) == [meanwhile])
        #expect(try bench.sandbox.git("ls-tree", "--name-only", "main").split(separator: "\n").count == 4)
        try bench.expectTidy()
    }

    @Test(arguments: forms)
    func aBranchThatWentOnIsNotProvenLanded(form: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(Self.two.map { PlannedJob($0.name, $0.files, nil) })
        try #require(try bench.hybrid("start", plan, "--commits", form).code == 0)
        for job in ["alpha", "beta"] { try bench.shell("echo > \(job).txt", in: bench.worktree(job)) }
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try bench.shell(
            "echo late > late.txt && git add . && git commit -qm late", in: bench.worktree("beta"))
        let late = try bench.id(bench.branch("beta"))
        #expect(try bench.hybrid("land").code == 0)
        #expect(try bench.refs("refs/heads/hybrid/") == ["refs/heads/\(try bench.branch("beta"))": late])
        let cleaned = try bench.hybrid("clean")
        #expect(cleaned.out.contains("\(try bench.branch("beta")) is not merged"), "\(cleaned.out)")
        #expect(try bench.id(bench.branch("beta")) == late)
    }
}
