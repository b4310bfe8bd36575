import Foundation
import TestSupport
import Testing

#if os(Linux)
    /// Ordinary repositories are read without libgit2, which takes longer to load than most merges.
    ///
    /// Of all others libgit2 says what they are. The answers are git's in either case.
    @Suite struct OwnReadersTests {
        /// A repository in `$ROOT`, and how merges are asked for there.
        struct Form: CustomTestStringConvertible, Sendable {
            var name: String
            /// Shell commands beside `repo`, which has the branches ours, theirs and clean.
            var setUp = ""
            var folder = "repo"
            var sides = ["ours", "theirs"]
            var testDescription: String { name }
        }

        static let ordinary = [
            Form(name: "objects and refs in files"),
            Form(name: "packed", setUp: "git -C repo gc -q"),
            Form(
                name: "a folder within", setUp: "mkdir -p repo/d/deep", folder: "repo/d/deep",
                sides: ["clean", "theirs"]),
            Form(
                name: "a linked worktree", setUp: "git -C repo worktree add -q ../linked ours",
                folder: "linked"),
            Form(
                name: "a linked worktree's git directory",
                setUp: "git -C repo worktree add -q ../linked ours", folder: "repo/.git/worktrees/linked"),
            Form(name: "a git directory", folder: "repo/.git"),
            Form(name: "bare", setUp: "git clone -q --bare repo bare", folder: "bare"),
            Form(
                name: "objects of another repository",
                setUp: "git clone -q --bare --shared repo shared", folder: "shared"),
            Form(
                name: "settings",
                setUp: "git -C repo config merge.renameLimit 100; printf '# x\n\n; y\n' >> repo/.git/config"),
        ]

        static let others = [
            Form(
                name: "an include",
                setUp:
                    "git -C repo config include.path ../more; git -C repo config -f more merge.conflictStyle diff3"
            ),
            Form(
                name: "an include of the user's",
                setUp:
                    "git config -f home/.gitconfig include.path more; git config -f home/more merge.conflictStyle diff3"
            ),
            Form(
                name: "a value of two lines",
                setUp: "printf '[merge]\\n\\tconflictStyle = di\\\\\\nff3\\n' >> repo/.git/config"),
            Form(
                name: "an extension",
                setUp:
                    "git -C repo config core.repositoryFormatVersion 1; git -C repo config extensions.worktreeConfig true"
            ),
            Form(
                name: "a git directory elsewhere", setUp: "git init -q --separate-git-dir \"$ROOT/far\" repo"),
            Form(
                name: "a working tree elsewhere",
                setUp: "git -C repo config core.worktree \"$ROOT/tree\"; mkdir tree", folder: "repo/.git"),
            Form(name: "a revision", sides: ["ours~0", "theirs"]),
            Form(name: "a tag", setUp: "git -C repo tag -a -m 1 mark ours", sides: ["mark", "theirs"]),
            Form(
                name: "a branch and a tag of one name",
                setUp: "git -C repo tag theirs clean", sides: ["ours", "theirs"]),
        ]

        private func check(_ form: Form, loads: Bool) throws {
            let bench = try MergeTreeBench()
            let made = try execute(
                ["sh", "-ec", form.setUp.replacing("$ROOT", with: bench.sandbox.root)],
                in: bench.sandbox.root,
                environment: hermetic(home: bench.sandbox.home))
            #expect(made.code == 0, "\(made)")
            let own = try execute(
                [bench.program, "merge-tree"] + form.sides, in: bench.sandbox.root + "/" + form.folder,
                environment: hermetic(home: bench.sandbox.home, extra: ["LD_DEBUG": "files"]))
            let gits = try bench.git(form.sides, in: form.folder)
            #expect(own.out == gits.out)
            #expect(own.code == gits.code, "\(own.code) \(own.err.suffix(300))")
            #expect(own.err.contains("libc.so"))
            #expect(own.err.contains("libgit2.so") == loads)
        }

        @Test(arguments: ordinary) func `an ordinary repository is read without libgit2`(_ form: Form) throws
        {
            try check(form, loads: false)
        }

        @Test(arguments: others) func `what is unusual is for libgit2`(_ form: Form) throws {
            try check(form, loads: true)
        }

        @Test func `a guard and the conflicts of branches load no libgit2`() throws {
            let bench = try MergeTreeBench()
            for (words, code) in [
                (["conflicts", "ours", "theirs"], 1), (["guard", "a"], 0), (["--version"], 0),
            ] {
                let ran = try execute(
                    [bench.program] + words, in: bench.sandbox.root + "/repo",
                    environment: hermetic(home: bench.sandbox.home, extra: ["LD_DEBUG": "files"]))
                #expect(ran.code == code, "\(words)")
                #expect(ran.err.contains("libc.so") && !ran.err.contains("libgit2.so"), "\(words)")
            }
        }

        @Test func `a damaged object is named`() throws {
            let bench = try MergeTreeBench()
            let blob = try bench.sandbox.git("rev-parse", "ours:a")
            let path = "repo/.git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
            let bytes = try #require(FileManager.default.contents(atPath: bench.sandbox.root + "/" + path))
            try bench.sandbox.git("update-ref", "refs/keep", "ours")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: bench.sandbox.root + "/" + path)
            try bytes.dropLast(3).write(to: URL(fileURLWithPath: bench.sandbox.root + "/" + path))
            let ran = try bench.hybrid(["ours", "theirs"])
            #expect(ran.code == 2)
            #expect(ran.out.isEmpty)
            #expect(ran.err.contains(blob), "\(ran.err)")
        }

        @Test(.enabled(if: geteuid() == 0)) func `a repository of another owner is refused as before`() throws
        {
            let bench = try MergeTreeBench()
            for place in ["repo", "repo/.git"] {
                _ = try bench.sandbox.run("chown", "12345", bench.sandbox.root + "/" + place)
                let ran = try bench.hybrid(["ours", "clean"])
                #expect(ran.code == 2, "\(place): \(ran)")
                #expect(ran.err.contains("belongs to another user"), "\(place): \(ran.err)")
                _ = try bench.sandbox.run("chown", "0", bench.sandbox.root + "/" + place)
            }
            #expect(try bench.hybrid(["ours", "clean"]).code == 0)
        }
    }
#endif
