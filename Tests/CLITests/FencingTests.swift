import Foundation
import TestSupport
import Testing

/// A process that outlives an attempt whose supervisor is gone writes nowhere into the next one.
@Suite struct FencingTests {
    /// Leaves a process behind that nothing marks as the attempt's, then kills the supervisor.
    private static let survivor = """
        env -i PATH="$PATH" setsid sh -c '
        echo $$ > "$2/pid"; i=0
        while [ $i -lt 300 ]; do
          echo evil > "$1/evil.txt"; echo evil > loose.txt; i=$((i+1)); sleep 0.05
        done' x "$PWD" "$ROOT" >/dev/null 2>&1 </dev/null &
        until [ -s "$ROOT/pid" ]; do sleep 0.05; done
        echo half > a.txt; kill -9 $PPID; sleep 1
        """

    @Test func theNextAttemptHasAWorktreeOfItsOwn() throws {
        let bench = try Bench(["a.txt": "a\n"])
        defer { _ = try? bench.shell("kill -9 $(cat ../pid)") }
        let job = PlannedJob(
            "Alpha", ["a.txt", "evil.txt", "loose.txt"],
            "if [ \"$HYBRID_ATTEMPT\" = 1 ]; then \(Self.survivor)\nelse sleep 1; echo whole > a.txt; fi")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "whole\n")
        #expect(try bench.text("evil.txt") == nil && bench.text("loose.txt") == nil)
        let pid = try #require(bench.sandbox.read("pid")).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(ran.out.contains(pid) && ran.out.contains("still work"), "\(ran.out)")
        // What the lost attempt had made is kept, and so is the folder while somebody works in it.
        let rescue = try #require(bench.rescued("alpha").first)
        #expect(try bench.text("a.txt", at: rescue) == "half\n")
        let left = try bench.worktree("alpha") + ".left"
        #expect(FileManager.default.fileExists(atPath: left + "/loose.txt"))
        #expect(try bench.linkedWorktrees() == [])
        let doctor = try bench.hybrid("doctor")
        #expect(doctor.out.contains("\(left): "), "\(doctor.out)")
    }

    @Test func whereNobodyIsLeftNothingStays() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let job = PlannedJob(
            "Alpha", ["a.txt"],
            "if [ \"$HYBRID_ATTEMPT\" = 1 ]; then kill -9 $PPID; sleep 5; "
                + "else pwd > \"$ROOT/place\"; echo whole > a.txt; fi")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try #require(bench.sandbox.read("place")).hasSuffix("/alpha.2\n"))
        #expect(!ran.out.contains("still work"), "\(ran.out)")
        #expect(try bench.linkedWorktrees() == [])
        #expect(!FileManager.default.fileExists(atPath: try bench.worktree("alpha") + ".left"))
    }

    @Test func anAttemptThatEndedInOrderIsTriedAgainInItsPlace() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let job = PlannedJob(
            "Alpha", ["a.txt"],
            "if [ \"$HYBRID_ATTEMPT\" = 1 ]; then exit 3; fi; pwd > \"$ROOT/place\"; echo whole > a.txt",
            more: ["retries": "1"])
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try #require(bench.sandbox.read("place")).hasSuffix("/alpha\n"))
    }
}
