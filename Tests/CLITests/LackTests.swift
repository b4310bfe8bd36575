import Foundation
import TestSupport
import Testing

/// What fresh worktrees lack: said by `check`, named by a red base, mended by what `init` proposes.
@Suite struct LackTests {
    private func bench() throws -> Bench {
        let bench = try Bench([
            "README": "base\n", ".gitignore": ".env\nnode_modules/\n__pycache__/\ndist/\n*.log\n",
            "package-lock.json": "{}\n", "app/main.py": "print()\n",
        ])
        try bench.shell(
            """
            echo KEY=1 > .env; mkdir -p node_modules/x __pycache__ dist app/node_modules
            touch node_modules/x/y __pycache__/z dist/out a.log app/.env untracked
            """)
        return bench
    }

    @Test func checkSaysItAndWhatInitProposesMendsIt() throws {
        let bench = try bench()
        func plan(_ more: [String: String] = [:]) throws -> String {
            try bench.plan(
                [PlannedJob("a", ["a.txt"], "echo a > a.txt")],
                verify: ["[ -e .env ] && [ -e node_modules ]"],
                more: more)
        }
        let lacks = "lack what your checkout has and git ignores: "
        let said = try bench.hybrid("check", plan())
        #expect(said.code == 0)
        #expect(said.out.contains(lacks + ".env, app/.env, app/node_modules/, node_modules/;"), "\(said.out)")
        // Each half of it that the plan brings is said no more.
        let setUp = try bench.hybrid("check", plan(["setup": "\"mkdir node_modules\""]))
        #expect(setUp.out.contains(lacks + ".env, app/.env;"), "\(setUp.out)")
        let both = try bench.hybrid(
            "check", plan(["setup": "\"mkdir node_modules\"", "copy": "[\".env\"]"]))
        #expect(!both.out.contains(lacks), "\(both.out)")

        let red = try bench.hybrid("run", plan())
        #expect(red.code == 1)
        #expect(red.out.contains("the base is red") && red.out.contains("hybrid init"), "\(red.out)")
        #expect(red.out.contains("has not and the main checkout has: .env, app/.env"), "\(red.out)")

        let told = try bench.hybrid("init")
        #expect(told.code == 0)
        #expect(told.out.contains("  - `npm ci`") && told.out.contains("  - `/.env`"), "\(told.out)")
        #expect(!told.out.contains("node_modules") && !told.out.contains("untracked"), "\(told.out)")
        let answer = try Bench.object(bench.hybrid("init", "--json"))
        #expect(answer["copy"] as? [String] == ["/.env", "/app/.env"])
        // Typed as they stand; npm is not everywhere, so a stand-in does its work.
        for line in told.out.split(separator: "\n")
        where line.hasPrefix("git config") || line.hasPrefix("printf") {
            try bench.shell(String(line))
        }
        try bench.sandbox.write("#!/bin/sh\n[ \"$1\" = ci ] && mkdir node_modules\n", to: "bin/npm")
        try bench.shell("chmod +x ../bin/npm")
        let path = bench.sandbox.root + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let ran = try bench.hybrid(list: ["run", plan()], environment: ["PATH": path])
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.hybrid("init").out.contains("/.env") == false)
    }
}
