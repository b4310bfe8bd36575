import Foundation
import TestSupport
import Testing

/// Two workers that both reach for what neither claimed, and collide there.
@Suite struct ConflictingTests {
    static let jobs = ["retry-policy", "rate-limit"]

    @Test func bothWorkersThePathAndTheHunkAreNamed() throws {
        let bench = try Bench(fixture: "conflicting")
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(ofFixture: "conflicting"))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        for text in [
            "Retry Policy", "Rate Limit", "src/client/config.py", "REQUEST_TIMEOUT = 30",
            "REQUEST_TIMEOUT = 5",
        ] {
            #expect(ran.out.contains(text), "\(text) is not in:\n\(ran.out)")
        }
        #expect(try bench.id() == before)
        #expect(try bench.sandbox.git("status", "--porcelain") == "")
        for job in Self.jobs {
            let branch = try bench.branch(job)
            #expect(try bench.id(branch) != before)
            #expect(
                try bench.text("src/client/config.py", at: branch)?.contains("REQUEST_TIMEOUT = 10") == false)
        }
        #expect(try bench.state() == "left-out")
        #expect(try bench.workers() == ["retry-policy": "breach", "rate-limit": "breach"])
    }

    @Test func theReportSaysItAsWell() throws {
        let bench = try Bench(fixture: "conflicting")
        try bench.hybrid("run", bench.plan(ofFixture: "conflicting"))
        let report = try bench.hybrid("report", "--json")
        let text = report.out
        _ = try Bench.object(report)
        for word in [
            "breach", "conflict", "src/client/config.py", "REQUEST_TIMEOUT = 30", "REQUEST_TIMEOUT = 5",
        ] {
            // Slashes may be escaped in JSON.
            #expect(text.replacingOccurrences(of: "\\/", with: "/").contains(word), "\(word)")
        }
    }

    /// What the plan gives a job, as a worker finds it in its environment.
    private static func claims(_ name: String) -> String { "src/client/\(name).py\ntests/test_\(name).py" }

    @Test func eachDoneAgainWithinItsClaimsLands() throws {
        let bench = try Bench(fixture: "conflicting")
        let before = try bench.id()
        let plan = try bench.plan(ofFixture: "conflicting")
        let started = try bench.hybrid("start", plan)
        try #require(started.code == 0, "\(started.err)")
        for (job, value) in zip(Self.jobs, [30, 5]) {
            let name = job.replacingOccurrences(of: "-", with: "_")
            try bench.shell(
                "HYBRID_CLAIMS='\(Self.claims(name))' cline --task 'Create \(name).py, and set REQUEST_TIMEOUT in config.py to \(value)'",
                in: bench.worktree(job))
        }
        let merged = try bench.hybrid("merge")
        #expect(merged.code == 1, "\(merged.out)\(merged.err)")
        #expect(merged.out.contains("src/client/config.py"))

        for job in Self.jobs {
            let old = try bench.id(bench.branch(job))
            try #require(try bench.hybrid("retry", job).code == 0)
            let name = job.replacingOccurrences(of: "-", with: "_")
            try bench.shell(
                "HYBRID_CLAIMS='\(Self.claims(name))' cline --task 'Create \(name).py'",
                in: bench.worktree(job))
            let answer = try bench.hybrid("merge")
            // The other one is still left out the first time.
            #expect(answer.code == (job == Self.jobs.last ? 0 : 1), "\(answer.out)\(answer.err)")
            // What it had made is not lost.
            let kept = try bench.kept(job)
            let holders = try kept.values.filter { id in
                try bench.sandbox.run("git", "merge-base", "--is-ancestor", old, id, in: "repo").code == 0
            }
            #expect(!holders.isEmpty)
        }
        #expect(try bench.id() == before)
        let verified = try bench.hybrid("verify")
        #expect(verified.code == 0, "\(verified.out)\(verified.err)")
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("src/client/retry_policy.py") != nil)
        #expect(try bench.text("src/client/rate_limit.py") != nil)
        #expect(try bench.text("src/client/config.py")?.contains("REQUEST_TIMEOUT = 10") == true)
        try bench.shell("python3 -m unittest discover -s tests")
        try bench.expectTidy()
    }

    @Test func aBreachIsNoConflictToResolve() throws {
        let bench = try Bench(fixture: "conflicting")
        try bench.hybrid("run", bench.plan(ofFixture: "conflicting"))
        let refs = try bench.refs()
        let resolved = try bench.hybrid("resolve", "rate-limit")
        #expect(resolved.code == 2)
        #expect(resolved.err.contains("Rate Limit"))
        #expect(resolved.err.contains("breach"))
        #expect(try bench.refs() == refs)
    }

    @Test func aConflictWithAMovedTargetMovesNothing() throws {
        let bench = try Bench(["shared.txt": "one\ntwo\nthree\n"])
        let plan = try bench.plan([
            PlannedJob("Edit", ["shared.txt"], nil), PlannedJob("Add", ["added.txt"], nil),
        ])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("sed -i s/two/ours/ shared.txt", in: bench.worktree("edit"))
        try bench.shell("echo new > added.txt", in: bench.worktree("add"))
        try bench.shell("sed -i s/two/theirs/ shared.txt && git commit -qam meanwhile")
        let moved = try bench.id()
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        let landed = try bench.hybrid("land")
        #expect(landed.code == 1, "\(landed.out)\(landed.err)")
        for word in ["Edit", "main", "shared.txt"] {
            #expect((landed.out + landed.err).contains(word), "\(word)")
        }
        #expect(try bench.id() == moved)
        #expect(try bench.text("shared.txt") == "one\ntheirs\nthree\n")

        // A person brings both together; what is verified is that, and it lands.
        let opened = try bench.hybrid("resolve", "main")
        #expect(opened.code == 0 && opened.out.contains("shared.txt"), "\(opened.out)\(opened.err)")
        #expect(try bench.id() == moved)
        try bench.sandbox.write("one\nboth\nthree\n", to: bench.resolution() + "/shared.txt")
        let resolved = try bench.hybrid("resolve", "main")
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(try bench.text("shared.txt") == "one\nboth\nthree\n")
        #expect(try bench.text("added.txt") == "new\n")
        try bench.expectTidy()
    }

    @Test func anAcceptedBreachIsResolvedAndLands() throws {
        let bench = try Bench(fixture: "conflicting")
        let before = try bench.id()
        try bench.hybrid("run", bench.plan(ofFixture: "conflicting"))
        // The first one merges as it is; the other one is still out.
        let first = try bench.hybrid("resolve", "retry-policy", "--accept-breach")
        #expect(first.code == 1, "\(first.out)\(first.err)")
        func accepted() throws -> Set<String> {
            let findings = try Bench.object(bench.hybrid("report", "--json"))["findings"] as? [[String: Any]]
            let breaches = try #require(findings).filter { $0["kind"] as? String == "breach" }
            try #require(Set(breaches.compactMap { ($0["jobs"] as? [String])?.first }).count == 2)
            return Set(
                breaches.filter { $0["accepted"] as? Bool == true }
                    .compactMap { ($0["jobs"] as? [String])?.first })
        }
        #expect(try accepted() == ["retry-policy"])
        let opened = try bench.hybrid("resolve", "rate-limit", "--accept-breach")
        #expect(opened.code == 0, "\(opened.out)\(opened.err)")
        let path = try bench.resolution("rate-limit") + "/src/client/config.py"
        let text = try #require(bench.sandbox.read(path))
        #expect(text.contains("<<<<<<< ") && text.contains("= 30") && text.contains("= 5"))
        #expect(try accepted() == ["retry-policy", "rate-limit"])
        // Markers are not taken, nor is a resolution that drops one side unseen.
        let early = try bench.hybrid("resolve", "rate-limit")
        #expect(early.code == 2 && early.err.contains("markers"), "\(early.err)")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let ours = lines.filter {
            !$0.hasPrefix("<") && !$0.hasPrefix("=") && !$0.hasPrefix(">") && !$0.hasSuffix("= 5")
        }
        try bench.sandbox.write(ours.joined(separator: "\n"), to: path)
        let oneSide = try bench.hybrid("resolve", "rate-limit")
        #expect(oneSide.code == 2 && oneSide.err.contains("--accept-one-side"), "\(oneSide.err)")
        #expect(try bench.id() == before)
        try bench.sandbox.write(
            ours.joined(separator: "\n").replacingOccurrences(of: "= 30", with: "= 20"), to: path)
        let resolved = try bench.hybrid("resolve", "rate-limit")
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(try bench.text("src/client/config.py")?.contains("REQUEST_TIMEOUT = 20") == true)
        for branch in ["retry_policy", "rate_limit"] {
            #expect(try bench.text("src/client/\(branch).py") != nil)
        }
        try bench.expectTidy()
    }
}
