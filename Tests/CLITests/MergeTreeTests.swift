import Foundation
import TestSupport
import Testing

/// A repository whose branches ours and theirs conflict, and clean and theirs do not.
final class MergeTreeBench {
    let sandbox: Sandbox
    let program: String

    init() throws {
        sandbox = try Sandbox()
        program = try hybridProgram()
        try sandbox.repository(["a": "1\n2\n3\n4\n5\n", "d/b": "b\n"])
        for (branch, files) in [
            ("ours", ["a": "1\nours\n3\n4\n5\n", "new": "n\n"]), ("theirs", ["a": "1\ntheirs\n3\n4\n5\n"]),
            ("clean", ["a": "1\n2\n3\n4\nclean\n", "d/c": "c\n"]),
        ] {
            try sandbox.git("switch", "-q", "-c", branch, "main")
            for (path, text) in files { try sandbox.write(text, to: "repo/" + path) }
            try sandbox.git("add", "-A")
            try sandbox.git("commit", "-qm", branch)
        }
        try sandbox.git("switch", "-q", "main")
    }

    func hybrid(_ arguments: [String], in folder: String = "repo", input: String? = nil) throws -> Outcome {
        try execute(
            [program, "merge-tree"] + arguments, in: sandbox.root + "/" + folder,
            environment: hermetic(home: sandbox.home), input: input.map { Data($0.utf8) })
    }

    func git(_ arguments: [String], in folder: String = "repo", input: String? = nil) throws -> Outcome {
        try execute(
            ["git", "merge-tree", "--write-tree"] + arguments, in: sandbox.root + "/" + folder,
            environment: hermetic(home: sandbox.home), input: input.map { Data($0.utf8) })
    }

    /// How many objects the repository holds, in packs and on their own.
    func objects() throws -> Int {
        try sandbox.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split(
            separator: "\n"
        ).count
    }

    /// All that a merge in memory must leave alone.
    func state() throws -> String {
        let files = try FileManager.default.subpathsOfDirectory(atPath: sandbox.root + "/repo")
            .filter { !$0.hasPrefix(".git/objects") }.sorted()
        let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") ?? Data()
        return try [
            files.joined(separator: "\n"), index.base64EncodedString(), sandbox.git("for-each-ref"),
            sandbox.git("reflog", "--all"), sandbox.read("repo/.git/config") ?? "",
            sandbox.read("repo/.git/HEAD") ?? "",
            sandbox.git("status", "--porcelain"), sandbox.git("worktree", "list"),
        ].joined(separator: "\n\n")
    }
}

/// `hybrid merge-tree A B`.
@Suite struct MergeTreeTests {
    @Test(arguments: [
        ["ours", "theirs"], ["theirs", "ours"], ["clean", "theirs"], ["-z", "ours", "theirs"],
        ["--name-only", "ours", "theirs"], ["--no-messages", "ours", "theirs"],
        ["--messages", "clean", "theirs"],
        ["-z", "--name-only", "--messages", "clean", "theirs"], ["main", "ours"], ["ours", "ours"],
        ["ours~1", "theirs^0"],
    ])
    func answersAsGitDoes(_ arguments: [String]) throws {
        let bench = try MergeTreeBench()
        let git = try bench.git(arguments)
        let hybrid = try bench.hybrid(arguments)
        #expect(hybrid.out == git.out)
        #expect(hybrid.code == git.code)
        #expect(hybrid.err == "")
    }

    @Test func leavesEverythingButObjectsAlone() throws {
        let bench = try MergeTreeBench()
        try bench.sandbox.write("1\nnot committed\n", to: "repo/a")
        try bench.sandbox.write("not tracked\n", to: "repo/untracked")
        let (before, count) = (try bench.state(), try bench.objects())
        let answer = try bench.hybrid(["ours", "theirs"])
        #expect(answer.code == 1)
        #expect(try bench.state() == before)
        // A merged file and its tree, in one pack, for whoever uses the tree.
        #expect(try bench.objects() == count + 2)
        let tree = String(answer.out.prefix(40))
        #expect(
            try bench.sandbox.git("show", tree + ":a").contains(
                "<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs"))
        let checked = try bench.sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0 && checked.out + checked.err == "", "\(checked.out)\(checked.err)")
        // Asked again, nothing more is written.
        let packs = bench.sandbox.root + "/repo/.git/objects/pack"
        let written = try FileManager.default.contentsOfDirectory(atPath: packs).sorted()
        #expect(try bench.hybrid(["ours", "theirs"]).out == answer.out)
        #expect(try FileManager.default.contentsOfDirectory(atPath: packs).sorted() == written)
    }

    @Test func writesNothingWhereNothingIsWanted() throws {
        let bench = try MergeTreeBench()
        let files = try FileManager.default.subpathsOfDirectory(atPath: bench.sandbox.root + "/repo/.git")
            .sorted()
        let answer = try bench.hybrid(["--no-write", "clean", "theirs"])
        #expect(answer.code == 0)
        _ = try bench.hybrid(["--no-write", "--stdin"], input: "ours theirs\nclean theirs\n")
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: bench.sandbox.root + "/repo/.git").sorted()
                == files)
        #expect(try answer.out == bench.git(["clean", "theirs"]).out)
    }

    @Test func worksWhereGitWorks() throws {
        let bench = try MergeTreeBench()
        let sandbox = bench.sandbox
        try sandbox.git("clone", "-q", "--bare", "repo", "bare", in: "")
        try sandbox.git("worktree", "add", "-q", "../linked", "clean")
        let expected = try bench.git(["ours", "theirs"]).out
        for folder in ["repo/d", "bare", "linked", "linked/d", "repo/.git"] {
            let answer = try bench.hybrid(["ours", "theirs"], in: folder)
            #expect(answer.out == expected, "\(folder): \(answer.err)")
            #expect(answer.code == 1)
        }
        // The objects of a linked worktree's merge are the repository's.
        let answer = try bench.hybrid(["clean", "theirs"], in: "linked")
        #expect(try sandbox.git("cat-file", "-t", answer.out.trimmingCharacters(in: .newlines)) == "tree")
    }

    @Test(
        "errors are one line and exit 2",
        arguments: [
            (["ours", "nothing"], "nothing"), (["", "theirs"], "hybrid:"), (["main:a", "theirs"], "main:a"),
            (["ours", "1111111111111111111111111111111111111111"], "1111"),
            (["ours", "other"], "no common commit"),
            (["--attr-source", "nothing", "ours", "theirs"], "nothing"),
        ])
    func errors(_ arguments: [String], _ part: String) throws {
        let bench = try MergeTreeBench()
        try bench.sandbox.git("checkout", "-q", "--orphan", "other")
        try bench.sandbox.git("commit", "-qm", "other")
        let answer = try bench.hybrid(arguments)
        #expect(answer.code == 2, "\(answer.err)")
        #expect(answer.out == "")
        #expect(answer.err.hasPrefix("hybrid: ") && answer.err.contains(part), "\(answer.err)")
        #expect(answer.err.split(separator: "\n").count == 1)
    }

    /// git behind 2.55 refuses such trees too; older ones take one of the two entries, which depends on the sides' order.
    @Test func aNameThatStandsTwiceInATreeIsAnError() throws {
        let bench = try MergeTreeBench()
        let script = """
            entry() { printf '100644 a\\0'; printf "$(git rev-parse "$1:a" | sed 's/../\\\\x&/g')"; }
            tree=$( (entry main; entry clean) | git hash-object -t tree --literally -w --stdin)
            git branch doubled "$(git commit-tree -p main -m doubled "$tree")"
            """
        let made = try bench.sandbox.run("bash", "-ec", script, in: "repo")
        try #require(made.code == 0, "\(made.err)")
        for sides in [["doubled", "theirs"], ["theirs", "doubled"]] {
            let answer = try bench.hybrid(sides)
            #expect(answer.code == 2 && answer.out == "")
            #expect(
                answer.err.contains("merge a: the tree") && answer.err.contains("git fsck"), "\(answer.err)")
        }
    }

    @Test func outsideARepositoryItIsAnError() throws {
        let bench = try MergeTreeBench()
        let answer = try bench.hybrid(["ours", "theirs"], in: "home")
        #expect(answer.code == 2)
        #expect(answer.err.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        [], ["ours"], ["a", "b", "c"], ["--stdin", "ours", "theirs"], ["--messages", "--no-such"],
    ])
    func usageErrorsExit64(_ arguments: [String]) throws {
        let answer = try MergeTreeBench().hybrid(arguments, input: "")
        #expect(answer.code == 64)
        #expect(answer.out == "")
    }

    @Test func unrelatedHistoriesAreMergedWhereAllowed() throws {
        let bench = try MergeTreeBench()
        try bench.sandbox.git("checkout", "-q", "--orphan", "other")
        try bench.sandbox.write("other\n", to: "repo/a")
        try bench.sandbox.git("add", "-A")
        try bench.sandbox.git("commit", "-qm", "other")
        let flags = ["--allow-unrelated-histories", "ours", "other"]
        let (hybrid, git) = (try bench.hybrid(flags), try bench.git(flags))
        #expect(hybrid.out == git.out && hybrid.code == git.code)
        #expect(hybrid.code == 1)
    }

    @Test func attributesComeFromTheNamedTreeOnly() throws {
        let bench = try MergeTreeBench()
        try bench.sandbox.git("switch", "-q", "-c", "rules", "main")
        try bench.sandbox.write("a merge=union\n", to: "repo/.gitattributes")
        try bench.sandbox.git("add", "-A")
        // In the worktree and the index, not in a commit: does not count.
        #expect(try bench.hybrid(["ours", "theirs"]).code == 1)
        try bench.sandbox.git("commit", "-qm", "rules")
        #expect(try bench.hybrid(["ours", "theirs"]).code == 1)
        for source in ["rules", "rules^{tree}", "HEAD"] {
            let answer = try bench.hybrid(["--attr-source", source, "ours", "theirs"])
            #expect(answer.code == 0, "\(source): \(answer.err)")
            let tree = answer.out.trimmingCharacters(in: .newlines)
            #expect(try bench.sandbox.git("show", tree + ":a") == "1\nours\ntheirs\n3\n4\n5")
        }
        #expect(try bench.hybrid(["--attr-source", "main", "ours", "theirs"]).code == 1)
    }

    @Test func settingsOfTheRepositoryCount() throws {
        let bench = try MergeTreeBench()
        try bench.sandbox.git("config", "merge.conflictStyle", "diff3")
        let (hybrid, git) = (try bench.hybrid(["ours", "theirs"]), try bench.git(["ours", "theirs"]))
        #expect(hybrid.out == git.out)
        try bench.sandbox.git("config", "merge.conflictStyle", "pretty")
        let bad = try bench.hybrid(["ours", "theirs"])
        #expect(bad.code == 2 && bad.out == "" && bad.err.contains("pretty"), "\(bad.err)")
        #expect(bad.err.split(separator: "\n").count == 1)
    }

    @Test func leftOutRenamesAreSaidOnStderr() throws {
        let bench = try MergeTreeBench()
        let (one, two) = ((1...9).map { "x\($0)\n" }.joined(), (1...9).map { "y\($0)\n" }.joined())
        try bench.sandbox.write(one, to: "repo/x")
        try bench.sandbox.write(two, to: "repo/y")
        try bench.sandbox.git("add", "-A")
        try bench.sandbox.git("commit", "-qm", "base")
        try bench.sandbox.git("switch", "-q", "-c", "moved")
        try bench.sandbox.git("rm", "-q", "x", "y")
        try bench.sandbox.write(one + "more\n", to: "repo/p")
        try bench.sandbox.write(two + "more\n", to: "repo/q")
        try bench.sandbox.git("add", "-A")
        try bench.sandbox.git("commit", "-qm", "moved")
        try bench.sandbox.git("switch", "-q", "-c", "edited", "main")
        for (path, text) in [("x", one), ("y", two)] {
            try bench.sandbox.write("0\n" + text, to: "repo/" + path)
        }
        try bench.sandbox.git("commit", "-qam", "edited")
        #expect(try bench.hybrid(["moved", "edited"]).err == "")
        try bench.sandbox.git("config", "merge.renameLimit", "1")
        let (hybrid, git) = (try bench.hybrid(["moved", "edited"]), try bench.git(["moved", "edited"]))
        #expect(hybrid.out == git.out && hybrid.code == git.code)
        #expect(hybrid.err.contains("merge.renameLimit 2") && hybrid.err.split(separator: "\n").count == 1)
    }

    @Test func helpNamesEveryFlag() throws {
        let help = try MergeTreeBench().hybrid(["--help"])
        #expect(help.code == 0)
        for flag in [
            "--stdin", "-z", "--name-only", "--messages", "--no-messages", "--allow-unrelated-histories",
            "--attr-source <tree>", "--no-write", "<commit>", "--merge-base <tree>", "--quiet", "-X",
        ] {
            #expect(help.out.contains(flag), "\(flag)")
        }
        #expect(help.out.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}
