import Foundation
import TestSupport
import Testing

/// What workers commit on their way, and take back before they end.
@Suite struct HistoryAuditTests {
    /// Ways to bring into a history what its tip does not show; each ends with a tip that keeps to its claims.
    enum Way: String, CaseIterable {
        /// A file is added and taken away again.
        case takenBack =
            "echo key > secret; git add secret; git commit -qnm add; git rm -q secret; git commit -qnm away"
        /// The same in one branch of a merge of its own.
        case mergedAway = """
            git switch -qc side; echo key > secret; git add secret; git commit -qnm add; git rm -q secret; \
            git commit -qnm away; git switch -q -; git merge -q --no-ff -m both side; git branch -qD side
            """
        /// A history of its own is merged, and nothing of it kept.
        case unrelated = """
            c=$(git commit-tree -m private "$(printf '100644 blob %s\\tsecret\\n' \
            "$(echo key | git hash-object -w --stdin)" | git mktree)"); \
            git merge -q -s ours --allow-unrelated-histories -m joined $c
            """
        /// Another branch of the user's is merged, and nothing of it kept.
        case elsewhere = "git merge -q -s ours -m joined other"
        /// A merge holds what neither side has, and the next commit does not.
        case evilMerge = """
            git switch -qc side; echo s > alpha/s; git add alpha; git commit -qnm side; git switch -q -; \
            mkdir -p alpha; echo m > alpha/m; git add alpha; git commit -qnm m; git merge -q --no-commit --no-ff side; \
            echo key > secret; git add secret; git commit -qnm evil; git rm -q secret; git commit -qnm away; \
            git branch -qD side
            """
        /// A commit that nobody made at a time that there is.
        case badDate = """
            git commit -qn --allow-empty -m x; c=$(git cat-file commit HEAD | sed 's/^author .*/author A <a@b> 0012 +0000/' | \
            git hash-object -t commit -w --stdin --literally); git reset -q --hard $c
            """
        /// A commit whose file is not there, mended by the next.
        case missing = """
            echo gone > alpha/gone; git add alpha; git commit -qnm gone; b=$(git rev-parse HEAD:alpha/gone); \
            git rm -q alpha/gone; git commit -qnm mended; f=$(git rev-parse --git-common-dir)/objects; \
            rm -f "$f/$(echo $b | cut -c1-2)/$(echo $b | cut -c3-)"
            """
        /// A tree whose entries are in no order, replaced by the next commit.
        case unsorted = """
            c=$(python3 "$ROOT/unsorted.py"); o=$(git rev-parse HEAD^{tree}); \
            git update-ref HEAD $(git commit-tree -p "$(git commit-tree -p HEAD -m unsorted $c)" -m mended $o)
            """

        /// Whether servers would refuse it, so that no policy lets it land.
        var isBroken: Bool { [.badDate, .missing, .unsorted].contains(self) }
        /// What is told.
        var told: String {
            switch self {
            case .takenBack, .mergedAway, .evilMerge: "it touched secret, which its tip does not: not claimed"
            case .unrelated: "it begins a history of its own"
            case .elsewhere: "it was made elsewhere"
            case .badDate: "zeroPaddedDate"
            case .missing: "what alpha/gone holds is not there"
            case .unsorted: "treeNotSorted"
            }
        }
    }

    private func bench(_ way: Way, _ policy: String?) throws -> (Bench, String) {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            "git switch -qc other; echo o > o; git add o; git commit -qm other; git switch -q main")
        try bench.sandbox.write(
            """
            import subprocess
            blob = bytes.fromhex("\(try bench.id("main:README"))")
            tree = b"100644 z\\0" + blob + b"100644 a\\0" + blob
            write = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
            print(subprocess.run(write, input=tree, capture_output=True, check=True).stdout.decode())
            """, to: "unsorted.py")
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["alpha/"],
                    "set -e; mkdir alpha; \(way.rawValue); mkdir -p alpha; echo a > alpha/file; git add alpha; git commit -qnm alpha"
                )
            ], more: policy.map { ["audit_history": "\"\($0)\""] } ?? [:])
        return (bench, plan)
    }

    /// Whether the target's history leads to what the worker had taken back.
    private func leaks(_ bench: Bench) throws -> Bool {
        let log = try bench.sandbox.run("git", "log", "--format=%s", "main", in: "repo")
        return log.code != 0
            || !Set(log.out.split(separator: "\n")).isDisjoint(with: [
                "add", "away", "private", "other", "evil", "x", "gone", "unsorted",
            ])
    }

    @Test(arguments: Way.allCases)
    func `what a worker took back on its way does not land`(way: Way) throws {
        let (bench, plan) = try bench(way, nil)
        let before = try bench.id()
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect((ran.out + ran.err).contains(way.told), "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": way.isBroken ? "failed" : "breach"])
        // All of it is kept, and a person may decide otherwise where that can land at all.
        #expect(try !bench.rescued("alpha").isEmpty)
        let taken = try bench.hybrid("resolve", "alpha", "--accept-breach")
        #expect((taken.code == 0) == !way.isBroken, "\(taken.out)\(taken.err)")
        if !way.isBroken {
            #expect(try bench.text("alpha/file") == "a\n" && leaks(bench))
        }
    }

    @Test(arguments: Way.allCases)
    func `a tip that is well lands as one commit where the plan says so`(way: Way) throws {
        let (bench, plan) = try bench(way, "squash")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha/file") == "a\n" && !leaks(bench))
        #expect((ran.out + ran.err).contains("its tip lands as one commit"), "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("log", "-1", "--format=%s", "main^2") == "alpha")
        #expect(try !bench.rescued("alpha").isEmpty)
        #expect(try bench.linkedWorktrees() == [] && bench.refs("refs/heads/hybrid/") == [:])
        // What lands is whole for whoever gets it, and for servers that check.
        try bench.shell("git init -q --bare ../server; git -C ../server config receive.fsckObjects true")
        try bench.shell("git push -q ../server main")
    }

    @Test(arguments: Way.allCases)
    func `reported history lands, unless no server would take it`(way: Way) throws {
        let (bench, plan) = try bench(way, "report")
        let ran = try bench.hybrid("run", plan)
        #expect((ran.code == 0) == !way.isBroken, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains(way.told), "\(ran.out)\(ran.err)")
    }

    @Test func `a history that nothing can read is one worker's fault, and the others land`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["alpha/"],
                    """
                    set -e; git commit -qn --allow-empty -m x; c=$(git cat-file commit HEAD | \
                    sed 's/^author .*/author A <a@b 1 +0000/' | git hash-object -t commit -w --stdin --literally); \
                    git update-ref HEAD $(git commit-tree -p $c -m alpha HEAD^{tree})
                    """),
                PlannedJob("Beta", ["beta/"], "mkdir beta; echo b > beta/file"),
            ], more: ["land_the_rest": "true"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("its history cannot be read"), "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "failed", "beta": "landed"])
        #expect(try bench.text("beta/file") == "b\n")
        let worktree = try bench.worktree("alpha")
        #expect(FileManager.default.fileExists(atPath: worktree))
        for command in ["report", "doctor", "clean"] {
            let said = try bench.hybrid(command)
            #expect(said.code < 2, "\(command): \(said.out)\(said.err)")
        }
        #expect(FileManager.default.fileExists(atPath: worktree))
    }

    @Test func `one commit of the whole run leaves the way out, and says nothing of it`() throws {
        let (bench, plan) = try bench(.takenBack, nil)
        let ran = try bench.hybrid("run", plan, "--commits", "squash")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("rev-list", "--count", "main") == "2" && !leaks(bench))
    }

    @Test func `commits that keep to the claims land as they are, merges of what the target got among them`()
        throws
    {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha/"],
                """
                set -e; mkdir alpha; echo 1 > alpha/file; git add alpha; git commit -qm one; echo 2 > alpha/file; \
                git commit -qam two; c=$(git commit-tree -p main -m newer main^{tree}); \
                git -C "$ROOT/repo" update-ref refs/heads/kept $c; git switch -qc side; echo s > alpha/side; \
                git add alpha; git commit -qm side; git switch -q -; git merge -q --no-ff -m both side; git branch -qd side
                """)
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let subjects = try bench.sandbox.git("log", "--format=%s", "main")
        for subject in ["one", "two", "side", "both"] { #expect(subjects.contains(subject), "\(subjects)") }
    }

    @Test func `what prepare commits and takes back stops the run before anything is launched`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha/"], "touch \"$ROOT/launched\"")],
            more: [
                "orchestrator":
                    #"{"files": ["api.txt"], "prepare": "mkdir alpha; echo x > alpha/x; git add alpha; git commit -qnm early; git rm -qr alpha; echo a > api.txt; git add api.txt; git commit -qnm api"}"#
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("(early)"), "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("launched") == nil)
    }
}
