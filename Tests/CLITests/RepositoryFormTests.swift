import Foundation
import TestSupport
import Testing

/// Clones and configurations as people have them: a run lands in each, and git finds nothing to complain of.
@Suite struct RepositoryFormTests {
    /// How a repository is made in `$ROOT/clone` of the one in `$ROOT/repo`.
    struct Form: CustomTestStringConvertible, Sendable {
        var name: String
        var setUp: String
        var testDescription: String { name }
    }

    static let forms = [
        Form(name: "depth 1", setUp: "git clone -q --depth 1 \"file://$ROOT/repo\" \"$ROOT/clone\""),
        Form(name: "tree:0", setUp: "git clone -q --filter=tree:0 \"file://$ROOT/repo\" \"$ROOT/clone\""),
        Form(
            name: "blob:none, sparse index, as scalar does",
            setUp: """
                git clone -q --filter=blob:none --sparse "file://$ROOT/repo" "$ROOT/clone"; cd "$ROOT/clone"
                git sparse-checkout set --cone --sparse-index in
                git config feature.manyFiles true; git config core.untrackedCache true
                git config index.skipHash true
                git update-index --index-version 4 --really-refresh; git status > /dev/null
                head -c -20 .git/index > .git/new; head -c 20 /dev/zero >> .git/new; mv .git/new .git/index
                """),
        Form(
            name: "split index",
            setUp: """
                git clone -q "$ROOT/repo" "$ROOT/clone"; cd "$ROOT/clone"
                git config core.splitIndex true; git update-index --split-index
                """),
    ]

    @Test(arguments: forms) func `a run lands`(_ form: Form) throws {
        let bench = try Bench([
            "in/a": "1\n", "out/b": "1\n", "out/.gitattributes": "*.txt text\n", "top": "1\n",
        ])
        try bench.shell("echo 2 >> in/a; git commit -qam 2; echo 2 >> out/b; git commit -qam 3")
        try bench.shell(
            "git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true")
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["in/a"], "git status --porcelain >> in/a; echo alpha >> in/a"),
                PlannedJob("Beta", ["in/new"], "echo beta > in/new; git add -A; git commit -qm beta"),
            ], verify: ["grep alpha in/a || ! test -e in/new"])
        try bench.shell(form.setUp.replacing("$ROOT", with: bench.sandbox.root))
        let clone = bench.sandbox.root + "/clone"
        let checked = try bench.hybrid("check", plan, in: clone)
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        let ran = try bench.hybrid("run", plan, in: clone)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("show", "main:in/a", in: "clone") == "1\n2\nalpha")
        #expect(try bench.sandbox.git("show", "main:in/new", in: "clone") == "beta")
        #expect(try bench.sandbox.git("status", "--porcelain", in: "clone") == "")
        #expect(try bench.sandbox.git("worktree", "list", in: "clone").split(separator: "\n").count == 1)
    }

    @Test func `objects that cannot be fetched are told with the remote and what to type`() throws {
        let bench = try Bench(["in/a": "1\n", "out/b": "1\n"])
        try bench.shell("git config uploadpack.allowFilter true")
        let plan = try bench.plan([PlannedJob("Alpha", ["in/a"], "echo alpha >> in/a")])
        try bench.shell(
            "git clone -q --filter=blob:none --no-checkout \"file://$PWD\" ../clone; mv ../repo ../gone; mkdir ../repo"
        )
        let ran = try bench.hybrid("run", plan, in: bench.sandbox.root + "/clone")
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("remote origin only"), "\(ran.err)")
        #expect(ran.err.contains("git fetch --refetch --no-filter origin"), "\(ran.err)")
        // As it says: all that lacks comes at once.
        try FileManager.default.removeItem(atPath: bench.repo)
        try FileManager.default.moveItem(atPath: bench.sandbox.root + "/gone", toPath: bench.repo)
        try bench.sandbox.git("fetch", "-q", "--refetch", "--no-filter", "origin", in: "clone")
        try bench.sandbox.git("checkout", "-q", "main", in: "clone")
        let again = try bench.hybrid("run", plan, in: bench.sandbox.root + "/clone")
        #expect(again.code == 0, "\(again.out)\(again.err)")
    }
}
