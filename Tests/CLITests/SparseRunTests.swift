import Foundation
import TestSupport
import Testing

/// Worktrees of a repository whose main worktree is sparse: as `git worktree add` makes them.
@Suite struct SparseRunTests {
    private static let forms: [(name: String, makes: String)] = [
        ("cone", "git sparse-checkout set --cone in deep/x"),
        ("no cone", "git sparse-checkout set --no-cone '/*' '!/out/' 'out/keep*' '!*.big' '/deep/x/'"),
        (
            "shared configuration",
            "git sparse-checkout set --cone in; git config --unset extensions.worktreeConfig; "
                + "git config core.sparseCheckout true; git config core.sparseCheckoutCone true"
        ),
    ]

    @Test(arguments: 0..<3)
    func workersStartSparseAndNothingOutsideIsLost(form: Int) throws {
        let bench = try Bench([
            "top": "t\n", "in/a": "a\n", "in/s/b.big": "b\n", "out/c": "c\n", "out/keep1": "k\n",
            "out/s/d": "d\n",
            "deep/x/e": "e\n", "deep/x/y/f": "f\n", "deep/g": "g\n", "deep/z/h": "h\n",
            ".gitignore": "*.tmp\n",
        ])
        try bench.shell(Self.forms[form].makes + " 2>&1")
        let before = try bench.shell("git ls-tree -r main")
        let look =
            "git ls-files -s -t; echo; git sparse-checkout list; echo; git status --porcelain; find . -name .git -prune -o -print | sort"
        try bench.shell("git worktree add -q --detach \"$ROOT/theirs\" main")
        let theirs = try bench.shell(look, in: bench.sandbox.root + "/theirs")
        try bench.sandbox.git("worktree", "remove", "../theirs")
        let plan = try bench.plan(
            [
                PlannedJob(
                    "a", ["in/new", "out/new", "out/c"],
                    "(\(look)) > \"$ROOT/ours\"; echo n > in/new; mkdir -p out; echo o > out/new; echo changed > out/c"
                ),
                PlannedJob("b", ["in/a"], "echo b > in/a; git commit -qam b"),
            ], verify: ["[ -e in/a ] && [ ! -e out/s ]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("ours")?.trimmingCharacters(in: .whitespacesAndNewlines) == theirs)
        // Neither the worker's commit nor hybrid's took anything away.
        let names = { (text: String) in text.split(separator: "\n").map { $0.split(separator: "\t")[1] } }
        let after = try bench.shell("git ls-tree -r main")
        #expect(names(after) == (names(before) + ["in/new", "out/new"]).sorted())
        #expect(try bench.text("out/c") == "changed\n")
        #expect(try bench.text("in/a") == "b\n")
        #expect(!ran.out.contains("deleted") && !ran.out.contains("config.worktree"), "\(ran.out)\(ran.err)")
        try bench.expectTidy()
    }
}
