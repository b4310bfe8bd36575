import Foundation
import TestSupport
import Testing

/// Work of many files, or of folders that are nested deeper than anybody reads.
@Suite struct ManyFilesTests {
    @Test func manyNewFilesAreWrittenAsOnePack() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["gen/**"],
                    "mkdir -p gen/d gen/e; for n in $(seq 700); do echo $n > gen/d/$n; echo e$n > gen/e/$n; done"
                )
            ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("gen/e/700") == "e700\n")
        let counts = try bench.shell("git count-objects -v", in: bench.repo)
        let single = try #require(counts.split(separator: "\n").first { $0.hasPrefix("count: ") })
        #expect(Int(single.dropFirst(7)).map { $0 < 200 } == true, "\(counts)")
        // Nothing keeps the pack from git once the run has ended.
        #expect(try bench.shell("ls .git/objects/pack | grep keep || true", in: bench.repo).isEmpty)
        try bench.shell("git fsck --strict --no-dangling", in: bench.repo)
    }

    @Test func aFolderNestedFarTooDeepEnds() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let begin = Date()
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["gen/**"],
                    """
                    python3 -c '
                    import os
                    os.mkdir("gen"); os.chdir("gen")
                    for i in range(3000):
                        os.mkdir("d"); os.chdir("d")
                    open("x", "w").write("x")'
                    """)
            ]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("directory nesting too deep"), "\(ran.out)")
        #expect(Date().timeIntervalSince(begin) < 60)
    }
}
