import Foundation
import TestSupport
import Testing

/// Repositories whose files go through filters: written, committed and checked as the user's git does it.
@Suite struct FilterRunTests {
    /// A driver of the user's that notes what it does: stored lines begin with `c:`.
    private static func driver(_ bench: Bench, _ scope: String = "--global") throws {
        try bench.sandbox.write(
            """
            #!/bin/sh
            echo "$1 $2" >> "\(bench.sandbox.root)/log"
            if [ -e "\(bench.sandbox.root)/off-$1" ]; then exit 1; fi
            case $1 in clean) sed 's/^/c:/' ;; smudge) sleep "${PAUSE:-0}"; sed 's/^c://' ;; esac
            """, to: "driver")
        try bench.shell("chmod +x driver", in: bench.sandbox.root)
        for way in ["clean", "smudge"] {
            let command = "'\(bench.sandbox.root)/driver' \(way) %f"
            try bench.sandbox.git("config", scope, "filter.mine.\(way)", command)
        }
        try bench.sandbox.git("config", scope, "filter.mine.required", "true")
    }

    private static let attributes =
        "*.m filter=mine\n*.w text working-tree-encoding=UTF-16LE\n*.n filter=nobodys\n"

    private static func bench() throws -> Bench {
        let bench = try Bench([".gitattributes": attributes, "n.n": "n\n"])
        try driver(bench)
        try bench.shell(
            """
            mkdir d; printf 'one\\ntwo\\n' > d/x.m; echo same > same.m; printf 'h\\ni\\n' | iconv -t UTF-16LE > t.w
            git add -A; git commit -qm filtered; sleep 1; git status --porcelain; rm ../log
            """)
        return bench
    }

    @Test func `files are written, committed, merged and verified as the user's git does it`() throws {
        let bench = try Self.bench()
        let alpha = """
            test -z "$(git status --porcelain)" && grep -qx two d/x.m && sed -i s/two/TWO/ d/x.m && echo nn >> n.n \
            && cp same.m z && mv z same.m && echo new > new.m
            """
        let beta = "printf 'h\\nJ\\n' | iconv -t UTF-16LE > t.w && git add -A && git commit -qm beta"
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["d/x.m", "n.n", "new.m"], alpha), PlannedJob("Beta", ["t.w"], beta),
            ],
            verify: [
                "test -z \"$(git status --porcelain)\" && ! grep c: d/x.m same.m && iconv -f UTF-16LE t.w | grep -qx h"
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("d/x.m") == "c:one\nc:TWO\n")
        #expect(try bench.text("new.m") == "c:new\n")
        #expect(try bench.text("same.m") == "c:same\n")
        #expect(try bench.text("n.n") == "n\nnn\n")
        #expect(try bench.text("t.w") == "h\nJ\n")
        #expect(bench.sandbox.read("repo/d/x.m") == "one\nTWO\n")
        #expect(try bench.sandbox.git("diff", "--name-only", "HEAD~", "HEAD", "--", "same.m") == "")
        try bench.expectTidy()
    }

    @Test func `a filter that fails is told with its path, and leaves no worktree`() throws {
        let bench = try Self.bench()
        try bench.sandbox.write("", to: "off-smudge")
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(
            ran.err.contains("d/x.m") && ran.err.contains("git cat-file --filters HEAD:d/x.m"), "\(ran.err)")
        #expect(try bench.linkedWorktrees() == [])
        try FileManager.default.removeItem(atPath: bench.sandbox.root + "/off-smudge")
        #expect(try bench.hybrid("resume").code == 0)
        try bench.expectTidy()
    }

    @Test func `work that a filter does not let git store is kept as it lies there`() throws {
        let bench = try Self.bench()
        let job = PlannedJob("Alpha", ["d/x.m"], "echo mine > d/x.m; : > ../../../off-clean")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("d/x.m: clean filter 'mine' failed"), "\(ran.out)")
        #expect(bench.sandbox.read(try bench.worktree("alpha") + "/d/x.m") == "mine\n")
        try FileManager.default.removeItem(atPath: bench.sandbox.root + "/off-clean")
        #expect(try bench.workers() == ["alpha": "failed"])
    }

    @Test(arguments: [
        // A driver of its own; one of the user's with another program; and by way of another file.
        "git config filter.evil.clean \"$EVIL\"; git config filter.evil.smudge \"$EVIL\"; echo '*.txt filter=evil' > .gitattributes",
        "git config filter.mine.process \"$EVIL\"; git config filter.mine.clean \"$EVIL\"; echo changed > d/x.m",
        "printf '[filter \"evil\"]\\nclean = %s\\n' \"$EVIL\" > ../evil; git config include.path \"$PWD/../evil\"; echo '*.txt filter=evil' > .gitattributes",
    ])
    func `a driver that a worker brings never runs`(_ deed: String) throws {
        let bench = try Self.bench()
        let before = try bench.id()
        let evil = "EVIL='touch \(bench.sandbox.root)/ran; cat'; "
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob("Alpha", [".gitattributes", "a.txt", "d/x.m"], evil + deed + "; echo a > a.txt"),
                PlannedJob("Beta", ["b.txt"], "sleep 1; echo b > b.txt"),
            ]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("was changed while workers ran"), "\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
        #expect(try bench.id() == before)
    }

    @Test func `attributes of a worker's name drivers of the user's`() throws {
        let bench = try Self.bench()
        let job = PlannedJob(
            "Alpha", [".gitattributes", "a.txt"], "echo '*.txt filter=mine' >> .gitattributes; echo a > a.txt"
        )
        let ran = try bench.hybrid("run", bench.plan([job], verify: ["! grep c: *.txt"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "c:a\n")
        #expect(bench.sandbox.read("repo/a.txt") == "a\n")
    }

    @Test func `what was killed in the middle of a checkout is made anew`() throws {
        let bench = try Self.bench()
        try bench.sandbox.git(
            "config", "--global", "filter.mine.smudge", "PAUSE=1 '\(bench.sandbox.root)/driver' smudge %f")
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")])
        let process = try bench.begin("run", plan)
        for _ in 0..<600 where bench.sandbox.read("log")?.contains("smudge") != true {
            usleep(20_000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("a.txt") == "a\n")
        try bench.expectTidy()
    }

    // MARK: Git LFS

    private static let hasLFS =
        (try? execute(["git", "lfs", "version"], in: "/", environment: ProcessInfo.processInfo.environment)
            .code) == 0

    @Test(.enabled(if: hasLFS, "git-lfs is not installed"))
    func `files of Git LFS land, and pointers that conflict are resolved`() throws {
        let bench = try Bench([".gitattributes": "*.bin filter=lfs diff=lfs -text\n"])
        try bench.shell("git lfs install >/dev/null; printf base > a.bin; git add -A; git commit -qm lfs")
        let jobs = ["Alpha", "Beta"].map {
            PlannedJob(
                $0, ["\($0).bin"], "grep -qx base a.bin && printf \($0) > a.bin && printf \($0) > \($0).bin")
        }
        let ran = try bench.hybrid(
            "run",
            bench.plan(jobs, verify: ["! grep -l oid *.bin"], more: ["audit": "\"allow-unclaimed\""]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "merged", "beta": "conflict"])
        try bench.hybrid("resolve", "beta")
        let unresolved = try bench.hybrid("resolve", "beta")
        #expect(unresolved.err.contains("conflict markers are still in it"), "\(unresolved.err)")
        try bench.sandbox.write("both", to: bench.resolution("beta") + "/a.bin")
        let resolved = try bench.hybrid("resolve", "beta")
        #expect(resolved.code == 0, "\(resolved.out)\(resolved.err)")
        #expect(bench.sandbox.read("repo/a.bin") == "both")
        #expect(bench.sandbox.read("repo/Alpha.bin") == "Alpha")
        #expect(try bench.text("Beta.bin")?.contains("oid sha256:") == true)
        try bench.expectTidy()
    }
}
