import Foundation
import TestSupport
import Testing

/// Attributes of a run's merges are the target's: what a worker commits does not decide how its work is merged.
@Suite struct TargetAttributesTests {
    /// A worker and a person change the same line meanwhile; `attributes` are committed on the target first, `worker` is a
    /// script that the worker runs beside its edit.
    private static func landing(
        target attributes: String, worker: String = "true", setUp: (Bench) throws -> Void = { _ in }
    ) throws -> (bench: Bench, landed: Outcome) {
        let bench = try Bench(["shared.txt": "one\ntwo\nthree\n", ".gitattributes": attributes])
        try setUp(bench)
        let plan = try bench.plan([PlannedJob("Edit", ["shared.txt", ".gitattributes"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("sed -i s/two/worker/ shared.txt; \(worker)", in: bench.worktree("edit"))
        try bench.shell("sed -i s/two/person/ shared.txt && git commit -qam meanwhile")
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        return (bench, try bench.hybrid("land"))
    }

    @Test func theTargetsUnionCounts() throws {
        let (bench, landed) = try Self.landing(target: "shared.txt merge=union\n")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("shared.txt") == "one\nperson\nworker\nthree\n")
    }

    @Test func aWorkersUnionDoesNot() throws {
        let (bench, landed) = try Self.landing(
            target: "# none\n", worker: "echo 'shared.txt merge=union' > .gitattributes")
        #expect(landed.code == 1, "\(landed.out)\(landed.err)")
        #expect((landed.out + landed.err).contains("shared.txt"))
        #expect(try bench.text("shared.txt") == "one\nperson\nthree\n")
    }

    @Test func whatTheTargetSaysByNowCounts() throws {
        let bench = try Bench(["shared.txt": "one\ntwo\nthree\n"])
        let plan = try bench.plan([PlannedJob("Edit", ["shared.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("sed -i s/two/worker/ shared.txt", in: bench.worktree("edit"))
        try bench.shell(
            "sed -i s/two/person/ shared.txt; echo 'shared.txt merge=union' > .gitattributes; "
                + "git add -A; git commit -qm meanwhile")
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("shared.txt") == "one\nperson\nworker\nthree\n")
    }

    @Test func theUsersDriverThatTheTargetNamesIsRun() throws {
        let (bench, landed) = try Self.landing(target: "*.txt merge=weave\n") {
            try $0.sandbox.git("config", "--global", "merge.weave.driver", "cat %B >> %A")
        }
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("shared.txt") == "one\nperson\nthree\none\nworker\nthree\n")
    }

    @Test func aDriverThatAWorkerNamesOrDefinesIsNotRun() throws {
        // The target names it, and a worker of an earlier run, or anybody, defined it where workers can write.
        let (bench, landed) = try Self.landing(target: "*.txt merge=weave\n") {
            try $0.shell("git config merge.weave.driver \"touch $ROOT/marker; cat %B >> %A\"")
        }
        #expect(landed.code == 1, "\(landed.out)\(landed.err)")
        #expect(landed.err.contains("merge driver weave is not defined in your own"), "\(landed.err)")
        #expect(bench.sandbox.read("marker") == nil)

        // Git LFS writes such an attribute and sets no driver up: git says nothing of it either.
        let (plain, pointers) = try Self.landing(target: "*.txt merge=lfs\n") { _ in }
        #expect(pointers.code == 1 && !pointers.err.contains("merge driver"), "\(pointers.err)")
        #expect(try plain.text(".gitattributes") == "*.txt merge=lfs\n")
        let (_, ours) = try Self.landing(target: "*.txt merge=lfs\n") {
            try $0.shell("git config merge.lfs.driver true")
        }
        #expect(ours.err.contains("merge driver lfs is not defined in your own"), "\(ours.err)")

        // A worker defines it: the run stops before it merges anything.
        let during = try Bench(["shared.txt": "one\ntwo\nthree\n", ".gitattributes": "*.txt merge=weave\n"])
        try #require(
            try during.hybrid("start", during.plan([PlannedJob("Edit", ["shared.txt"], nil)])).code == 0)
        try during.shell(
            "sed -i s/two/worker/ shared.txt; git config merge.weave.driver \"touch $ROOT/marker; cat %B >> %A\"",
            in: during.worktree("edit"))
        let stopped = try during.hybrid("merge")
        #expect(stopped.code == 2)
        #expect(stopped.err.contains("merge.weave.driver"), "\(stopped.err)")
        #expect(during.sandbox.read("marker") == nil)

        // The user defines it, and only the worker names it.
        let (other, named) = try Self.landing(
            target: "# none\n", worker: "echo '*.txt merge=weave' > .gitattributes"
        ) {
            try $0.sandbox.git("config", "--global", "merge.weave.driver", "touch $ROOT/marker; cat %B >> %A")
        }
        #expect(named.code == 1, "\(named.out)\(named.err)")
        #expect(other.sandbox.read("marker") == nil)
    }

    @Test func aRunGoesOnAfterAFailedDriver() throws {
        let (bench, landed) = try Self.landing(target: "*.txt merge=weave\n") {
            try $0.sandbox.git("config", "--global", "merge.weave.driver", "exit 200")
        }
        #expect(landed.code == 2, "\(landed.out)\(landed.err)")
        for word in ["weave", "shared.txt", "code 200"] {
            #expect(landed.err.contains(word), "\(word) is not in: \(landed.err)")
        }
        #expect(try bench.text("shared.txt") == "one\nperson\nthree\n")
        try bench.sandbox.git("config", "--global", "merge.weave.driver", "cat %B >> %A")
        let again = try bench.hybrid("land")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(try bench.text("shared.txt") == "one\nperson\nthree\none\nworker\nthree\n")
    }
}
