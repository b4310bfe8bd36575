import Foundation
import TestSupport
import Testing

/// Work that no commit can hold: what can be saved is, the rest stays as files and is named.
@Suite struct UnkeepableWorkTests {
    private static let mess =
        """
        echo half > a.txt; git init -q sub/nested
        (cd sub/nested && echo own > own.txt && git add . && git commit -qm Own && echo more > more.txt)
        rm b.txt; mkfifo b.txt
        """

    private func bench() throws -> Bench { try Bench(["a.txt": "a\n", "b.txt": "b\n"]) }

    private func own(_ folder: String, _ bench: Bench) throws -> String {
        try bench.shell("git -C sub/nested show HEAD:own.txt && cat sub/nested/more.txt", in: folder)
    }

    @Test(arguments: ["exit 3", "exit 0"])
    func theRestIsSavedAndTheJobCanBeDoneAgain(_ end: String) throws {
        let bench = try bench()
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["a.txt", "b.txt", "sub/**"],
                    "if [ -e \"$ROOT/go\" ]; then echo whole > a.txt; else \(Self.mess)\n\(end); fi")
            ]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let rescue = try #require(bench.rescued("alpha").first, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt", at: rescue) == "half\n")
        #expect(try bench.text("b.txt", at: rescue) == "b\n")
        let worktree = try bench.worktree("alpha")
        #expect(ran.out.contains("sub/nested/ (a repository of its own)"), "\(ran.out)")
        #expect(ran.out.contains("b.txt (") && ran.out.contains("in no commit: in \(worktree)"), "\(ran.out)")
        #expect(try own(worktree, bench) == "own\nmore")
        // The way out that is printed is one.
        try bench.sandbox.write("", to: "go")
        let again = try bench.hybrid("retry", "alpha")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(try bench.text("a.txt") == "whole\n" && bench.text("b.txt") == "b\n")
        #expect((again.out + again.err).contains("in no commit: in \(worktree).left"), "\(again.err)")
        #expect(try own(worktree + ".left", bench) == "own\nmore")
        #expect(try bench.linkedWorktrees() == [])
        let doctor = try bench.hybrid("doctor")
        #expect(doctor.out.contains("\(worktree).left: work that no commit can hold"), "\(doctor.out)")
    }

    @Test func anAttemptThatIsBegunAgainLeavesIt() throws {
        let bench = try bench()
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["a.txt", "b.txt", "sub/**"],
                    "if [ \"$HYBRID_ATTEMPT\" = 2 ]; then echo whole > a.txt; else \(Self.mess)\nexit 3; fi",
                    more: ["retries": "1"])
            ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "whole\n")
        #expect(try own(try bench.worktree("alpha") + ".left", bench) == "own\nmore")
    }

    @Test func whatIsDiscardedTakesNoRepositoryWithIt() throws {
        let bench = try bench()
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt", "b.txt", "sub/**"], Self.mess + "\nexit 3")])
        #expect(try bench.hybrid("run", plan).code == 1)
        let worktree = try bench.worktree("alpha")
        let cleaned = try bench.hybrid("clean", "--discard", "alpha")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect(cleaned.err.contains("in no commit: in \(worktree).left"), "\(cleaned.err)")
        #expect(!cleaned.out.contains("removed the worktree"), "\(cleaned.out)")
        #expect(try own(worktree + ".left", bench) == "own\nmore")
        #expect(try bench.linkedWorktrees() == [])
    }
}
