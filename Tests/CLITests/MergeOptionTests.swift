import Foundation
import TestSupport
import Testing

/// Options of `hybrid merge-tree`: `-X`, `--merge-base`, `--quiet`.
///
/// What git's own merge makes with the same options is the oracle: the `merge-tree` of older gits has none of them.
@Suite struct MergeOptionTests {
    /// Branches `ours` and `theirs` that meet in lines, in whitespace, in a link, in a binary file and in a renamed file.
    private func bench() throws -> Sandbox {
        let sandbox = try Sandbox()
        let long = (0..<20).map { "line \($0) of the file that moves\n" }.joined()
        try sandbox.repository([
            "lines": "1\n2\n3\n", "space": "if (a)\n\tone\nend\n", "ends": "x\ny\nz\n", "old": long,
            "bin": "\0base", ".gitattributes": "*.bin binary\n",
        ])
        try shell(sandbox, "ln -s base link && git add -A && git commit -qm link")
        try shell(sandbox, "git switch -q -c ours && ln -sfn ours link")
        for (path, text) in [
            ("lines", "1\nours\n3\n"), ("space", "if  (a)\n    one\nend\n"), ("ends", "x\r\ny \nz\n"),
            ("bin", "\0ours"), ("old", long + "ours\n"),
        ] { try sandbox.write(text, to: "repo/" + path) }
        try shell(sandbox, "git add -A && git commit -qm ours")
        try shell(sandbox, "git switch -q -c theirs main && git mv old new && ln -sfn theirs link")
        let edited = long.replacingOccurrences(of: "line 1", with: "row 1").replacingOccurrences(
            of: "line 3", with: "row 3")
        for (path, text) in [
            ("lines", "1\ntheirs\n3\n"), ("space", "if (b)\n\tone\nend\n"), ("ends", "x\ny\nzz\n"),
            ("bin", "\0theirs"), ("new", edited),
        ] { try sandbox.write(text, to: "repo/" + path) }
        try shell(sandbox, "git add -A && git commit -qm theirs && git switch -q ours")
        return sandbox
    }

    private func shell(_ sandbox: Sandbox, _ script: String) throws {
        let done = try sandbox.run("sh", "-c", script, in: "repo")
        try #require(done.code == 0, "\(script): \(done.err)")
    }

    private func hybrid(_ sandbox: Sandbox, _ arguments: [String], input: String? = nil) throws -> Outcome {
        try execute(
            [try hybridProgram(), "merge-tree"] + arguments, in: sandbox.root + "/repo",
            environment: hermetic(home: sandbox.home), input: input.map { Data($0.utf8) })
    }

    @Test(arguments: [
        [], ["ours"], ["theirs"], ["ignore-space-change"], ["ignore-all-space"], ["ignore-space-at-eol"],
        ["ignore-cr-at-eol"], ["find-renames"], ["find-renames=95%"], ["find-renames=100%"],
        ["rename-threshold=30"], ["theirs", "ignore-all-space"], ["find-renames=.95", "ours"],
        ["ours", "theirs"], ["histogram"], ["diff-algorithm=histogram"],
    ])
    func optionsDoWhatTheyDoInGitsMerge(_ options: [String]) throws {
        let sandbox = try bench()
        let git = try sandbox.run(
            "sh", "-c", "git merge -q -m merge \(options.map { "-X" + $0 }.joined(separator: " ")) theirs",
            in: "repo")
        let joined = try hybrid(sandbox, options.map { "-X" + $0 } + ["ours~0", "theirs"])
        let apart = try hybrid(sandbox, options.flatMap { ["-X", $0] } + ["ours~0", "theirs"])
        #expect(joined.out == apart.out && joined.code == apart.code)
        #expect(joined.code == git.code, "\(git.err)\(joined.err)")
        let tree = String(joined.out.prefix(40))
        if git.code == 0 {
            #expect(try tree == sandbox.git("rev-parse", "HEAD^{tree}"))
            return
        }
        // What git left in the worktree, marks and all.
        for path in try sandbox.git("diff", "--name-only", "--diff-filter=U").split(separator: "\n") {
            guard path != "link", let made = sandbox.read("repo/\(path)") else { continue }
            let own = try sandbox.run("git", "show", "\(tree):\(path)", in: "repo").out
            let marked = own.replacingOccurrences(of: "<<<<<<< ours~0", with: "<<<<<<< HEAD")
            #expect(marked == made, "\(path)")
        }
        let conflicted = try sandbox.git("ls-files", "-u").split(separator: "\n")
        #expect(
            joined.out.split(separator: "\n").filter { conflicted.contains($0) }.count == conflicted.count)
    }

    /// git before 2.50 looks for renames all the same.
    @Test func renamesCanBeLeftOut() throws {
        let sandbox = try bench()
        func isDelete(_ options: String...) throws -> Bool {
            try hybrid(sandbox, options + ["ours", "theirs"]).out.contains("(modify/delete): old deleted")
        }
        #expect(try isDelete("-Xno-renames"))
        #expect(try !isDelete("-Xno-renames", "-Xfind-renames=3"))
        #expect(try isDelete("-Xfind-renames=3", "-Xno-renames"))
        #expect(try isDelete("-Xfind-renames=95%"))
    }

    @Test func aGivenBaseTakesThePlaceOfTheMergeBases() throws {
        let sandbox = try bench()
        let plain = try hybrid(sandbox, ["ours", "theirs"])
        #expect(plain.code == 1)
        #expect(try hybrid(sandbox, ["--merge-base", "main", "ours", "theirs"]).out == plain.out)
        let trees = try hybrid(sandbox, ["--merge-base", "main^{tree}", "ours^{tree}", "theirs^{tree}"])
        #expect(
            trees.out.replacingOccurrences(of: "^{tree}", with: "").dropFirst(40) == plain.out.dropFirst(40))
        // What has not changed since the base has nothing to say.
        let theirs = try sandbox.git("rev-parse", "theirs^{tree}")
        #expect(try hybrid(sandbox, ["--merge-base", "ours", "ours", "theirs"]).out == theirs + "\n")
        let unrelated = try sandbox.git("commit-tree", "-m", "root", "main^{tree}")
        #expect(try hybrid(sandbox, ["--merge-base=main", unrelated, "theirs"]).out == theirs + "\n")
        try sandbox.git("config", "merge.conflictStyle", "diff3")
        let named = try hybrid(sandbox, ["--merge-base", "main", "ours", "theirs"])
        let merged = try sandbox.git("show", named.out.prefix(40) + ":lines")
        #expect(merged.contains("||||||| main\n2\n======="), "\(merged)")
    }

    @Test func linesGiveBasesToo() throws {
        let sandbox = try bench()
        let one = try hybrid(sandbox, ["--stdin"], input: "ours theirs\n").out
        let both = try hybrid(sandbox, ["--stdin"], input: "main -- ours theirs\nours -- ours theirs\n")
        #expect(both.code == 0)
        let theirs = try sandbox.git("rev-parse", "theirs^{tree}")
        #expect(both.out == one + "1\0\(theirs)\0\0")
        for line in ["main -- ours", "-- ours theirs", "main -- ours theirs main", "main - ours theirs"] {
            let answer = try hybrid(sandbox, ["--stdin"], input: line + "\n")
            #expect(answer.code == 2 && answer.out.isEmpty)
            #expect(answer.err.contains("BASE -- A B"), "\(answer.err)")
        }
    }

    @Test func quietOnlyHasAnExitCode() throws {
        let sandbox = try bench()
        func objects() throws -> String {
            try sandbox.git("cat-file", "--batch-all-objects", "--batch-check")
        }
        let before = try objects()
        for (sides, code) in [(["ours", "theirs"], 1), (["main", "theirs"], 0)] {
            let answer = try hybrid(sandbox, ["--quiet"] + sides)
            #expect(answer.code == Int32(code) && answer.out + answer.err == "")
        }
        #expect(try objects() == before)
        for other in ["--messages", "--name-only", "-z"] {
            let answer = try hybrid(sandbox, ["--quiet", other, "ours", "theirs"])
            #expect(answer.code == 64 && answer.err.contains("--quiet"), "\(answer.err)")
        }
    }

    @Test(arguments: [
        ("patience", "histogram"), ("renormalize", "as they are stored"), ("subtree=a", "roots"),
        ("bogus", "no option of git's"), ("find-renames=x", "no option of git's"),
        ("find-renames=5%5", "no option of git's"), ("", "no option of git's"),
    ])
    func whatIsNotFollowedIsRefused(_ option: String, _ reason: String) throws {
        let answer = try hybrid(try bench(), ["-X", option, "ours", "theirs"])
        #expect(answer.code == 64 && answer.out.isEmpty)
        #expect(answer.err.contains(reason), "\(answer.err)")
    }

    @Test func attributesComeFromTheTreeThatTheUserNames() throws {
        let sandbox = try bench()
        try sandbox.write("lines merge=union\n", to: "repo/.gitattributes")
        try shell(
            sandbox, "git add -A && git commit -qm union && git branch rules && git reset -q --hard HEAD~1")
        let given = try hybrid(sandbox, ["--attr-source", "rules", "ours", "theirs"])
        #expect(try sandbox.git("show", given.out.prefix(40) + ":lines") == "1\nours\ntheirs\n3")
        var environment = hermetic(home: sandbox.home)
        environment["GIT_ATTR_SOURCE"] = "rules"
        let program = try hybridProgram()
        let outer = try execute(
            [program, "merge-tree", "ours", "theirs"], in: sandbox.root + "/repo", environment: environment)
        #expect(outer.out == given.out)
        try sandbox.git("config", "attr.tree", "rules")
        #expect(try hybrid(sandbox, ["ours", "theirs"]).out == given.out)
        // As in git, a name that is none counts only where somebody asks for it now.
        try sandbox.git("config", "attr.tree", "gone")
        #expect(try hybrid(sandbox, ["ours", "theirs"]).out != given.out)
        environment["GIT_ATTR_SOURCE"] = "gone"
        let wrong = try execute(
            [program, "merge-tree", "ours", "theirs"], in: sandbox.root + "/repo", environment: environment)
        #expect(wrong.code == 2 && wrong.err.contains("gone"))
    }

    @Test func aNameMayHoldSpaces() throws {
        let sandbox = try bench()
        let answer = try hybrid(sandbox, ["ours^{/^o}", "theirs^{/t h|theirs}"])
        #expect(answer.code == 1, "\(answer.err)")
    }
}
