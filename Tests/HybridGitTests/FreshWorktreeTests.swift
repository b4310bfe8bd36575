import Foundation
import HistoryGenerator
import HybridGit
import TestSupport
import Testing

/// Worktrees that are made in bulk, compared with those that git makes of the same commit.
@Suite struct FreshWorktreeTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["start": "1\n"])
    }

    private func shell(_ script: String, in folder: String = "repo") throws -> String {
        let outcome = try sandbox.run("bash", "-euc", script, in: folder)
        try #require(outcome.code == 0, "\(outcome.err)")
        return outcome.out
    }

    /// Paths with kind, mode and target, names as bytes, and the index; contents are compared by `diff`.
    private func facts(_ folder: String) throws -> String {
        try shell(
            "find . -path ./.git -prune -o -printf '%y %m %l %p\\n' | LC_ALL=C sort | od -c; git ls-files -s",
            in: folder)
    }

    /// Commits what stands in the repository and makes one worktree by git and `count` by hybrid, all of which are to
    /// be the same.
    private func compare(_ count: Int = 2, _ place: SourceLocation = #_sourceLocation) throws {
        try sandbox.git("commit", "-qm", "zoo", "--allow-empty")
        try compareTip(count, place)
    }

    private func compareTip(_ count: Int = 2, _ place: SourceLocation = #_sourceLocation) throws {
        let made = try shell("git worktree add -q --detach ../oracle; git rev-parse HEAD")
        let tip = try #require(ObjectID(hex: String(made.dropLast())))
        let names = (0..<count).map { "fresh\($0)" }
        try Repository(at: sandbox.root + "/repo").addWorktrees(
            names.map { NewWorktree(name: $0, path: sandbox.root + "/" + $0) }, at: tip)
        let expected = try facts("oracle")
        // git shows a file that it would store otherwise only where it had no time to trust its stat.
        let shown = try sandbox.git("status", "--porcelain", in: "oracle").split(separator: "\n")
        for name in names {
            #expect(try facts(name) == expected, sourceLocation: place)
            let difference = try sandbox.run(
                "diff", "-r", "--no-dereference", "-x", ".git", "oracle", name)
            #expect(difference.out + difference.err == "", sourceLocation: place)
            let changes = try sandbox.git("status", "--porcelain", in: name).split(separator: "\n")
            #expect(Set(changes).isSubset(of: shown), sourceLocation: place)
        }
        // That another removes what hybrid made is no question here: the registrations are git's to take.
        _ = try shell("git fsck --strict --no-dangling; rm -rf ../oracle ../fresh[0-9]; git worktree prune")
    }

    @Test func `a zoo of files is the same`() throws {
        _ = try shell(
            #"""
            git config core.autocrlf false
            mkdir -p a/b/c/d/e/f many vendor .github 'sp ace' 'git'
            printf '#!/bin/sh\n' > run.sh; chmod 755 run.sh; : > empty; : > a/empty.sh; chmod 755 a/empty.sh
            printf 'a\r\nb\r\n' > crlf.txt; printf 'a\r\nb\n' > mixed.txt; printf 'a\rb\n' > lone.txt
            printf '\0\n' > zero.bin; printf 'x\n\032' > dos.txt; printf '\001\002\003\n' > control.txt
            for i in $(seq 700); do printf 'file %d\nof many\n' $i > many/f$i.txt; done
            printf 'deep\n' > a/b/c/d/e/f/deep.txt; printf 'one\n' > a/b/one.txt
            ln -s a/b link; ln -s '/nowhere
            at all' dangling; ln -s ../x a/b/c/up
            printf 'x\n' > $'bad\xff\xfename.txt'; mkdir $'d\xe9'; printf 'y\n' > $'d\xe9/f\xe8'
            printf 'z\n' > 'new
            line'; printf 'u\n' > 'übung.txt'; printf 'e\n' > '€.txt'
            printf 'q\n' > '-t'; printf 'q\n' > 'sp ace/x y'; printf 'g\n' > git/x; printf 'g\n' > .github/x
            printf 'a-b\n' > a-b; printf 'a.b\n' > a.b; printf 'a0\n' > a0
            head -c 300000 /dev/urandom > large.bin
            long=$(printf 'n%.0s' $(seq 200)); mkdir -p $long/$long/$long; printf 'l\n' > $long/$long/$long/$long
            cat > .gitattributes <<END
            *.txt text
            lone.txt -text
            END
            git add -A
            git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),vendor/sub
            """#)
        for settings in [
            [], ["core.autocrlf=true"], ["core.autocrlf=input"], ["core.eol=crlf"],
            ["core.eol=crlf", "core.autocrlf=input"],
            ["core.ignoreCase=true"], ["core.symlinks=false"], ["core.fileMode=false"],
        ] {
            let config = try #require(sandbox.read("repo/.git/config"))
            for setting in settings {
                let parts = setting.split(separator: "=").map(String.init)
                try sandbox.git("config", parts[0], parts[1])
            }
            try compare()
            try sandbox.write(config, to: "repo/.git/config")
        }
    }

    /// Forms of lines and macros.
    private static let texts = [
        "*.txt text eol=crlf", "* text=auto eol=crlf", "*.txt text=auto eol=lf\nb.txt eol=crlf",
        "*.txt crlf\n*.dat -crlf",
        "*.txt crlf=input eol=crlf", "* binary\n*.txt text eol=crlf",
        "[attr]win text eol=crlf\n*.txt win\nb.txt -win",
        "[attr]a b\n[attr]b eol=crlf\n*.txt a",
        "*.txt win\n[attr]win text eol=crlf\n[attr]win eol=crlf ident",
        "*.txt text eol=crlf\n*.txt !eol", "*.txt text=nonsense eol=crlf", "*.txt eol=crlf\n*.txt -eol",
        "/d/** eol=crlf", "d/**/c.txt eol=crlf", "**/e/* eol=crlf", "d/* eol=crlf", "d eol=crlf",
        "d/ eol=crlf",
        "**.txt eol=crlf", "d**c.txt eol=crlf", "/*.txt eol=crlf", "?.txt eol=crlf", "[ab].txt eol=crlf",
        "[!ab].txt eol=crlf", "[^a-b].txt eol=crlf", "[]a].txt eol=crlf", "[a eol=crlf",
        "[[:alpha:]].txt eol=crlf",
        "d[/]c.txt eol=crlf", "\\*.txt eol=crlf", "\\a.txt eol=crlf", "!a.txt eol=crlf", "#a.txt eol=crlf",
        "\"a.txt\" eol=crlf", "\"a\\056txt\" eol=crlf", "  a.txt\teol=crlf  ", "a.txt eol=crlf\r",
        "a.txt eol=crlf -bad!",
        "\u{FEFF}a.txt eol=crlf", "a.txt -eol=crlf", "a.txt =crlf", "[attr]-x eol=crlf\na.txt -x",
        "*.txt ident",
        "*.txt ident eol=crlf", "*.txt filter=absent eol=crlf", "* text=auto\n*.dat eol=crlf", "a*t eol=crlf",
        "* eol=crlf",
        "d/e/../c.txt eol=crlf", "*.TXT eol=crlf", "", "\n\n# nothing\n", "*.txt text eol=CRLF",
        "a.t[x-]t eol=crlf", "[[:upper:][:punct:]]a eol=crlf", "[[:nonsense:]].txt eol=crlf",
        "[[:a].txt eol=crlf", "[[].txt eol=crlf",
        "[\\]].txt eol=crlf", "[\\a-b].txt eol=crlf", "[b-a].txt eol=crlf", "a.txt\\ eol=crlf",
        "d\\/c.txt eol=crlf", "d/**\\/c.txt eol=crlf", "*[!/]txt eol=crlf", "[*].txt eol=crlf",
        "\"a.txt eol=crlf", "[A-B].txt eol=crlf",
    ]

    private func files(_ folder: String) throws {
        for path in ["a.txt", "b.txt", "x.dat", "d/c.txt", "d/e/c.txt", "d/e/f/c.txt", "*.txt", "]a"] {
            try sandbox.write(
                "one\n$Id$ two\n$Id: old $\n$Id: not this one $\n$Id: open\n", to: folder + path)
        }
        try sandbox.write("text\nwith a \u{0} in it\n", to: folder + "zero.txt")
        try sandbox.write("both\r\nkinds\n", to: folder + "both.txt")
    }

    /// Adds a file of attributes to the index and not to the working tree: what is stored does not depend on them.
    private func stage(_ text: String, as path: String) throws {
        let file = sandbox.root + "/attributes"
        try sandbox.write(text + "\n", to: file)
        let blob = try sandbox.git("hash-object", "-w", "--no-filters", file)
        try sandbox.git("update-index", "--add", "--cacheinfo", "100644,\(blob),\(path)")
    }

    @Test func `attributes in folders say how files are written`() throws {
        try sandbox.git("config", "core.autocrlf", "false")
        for number in Self.texts.indices { try files("repo/f\(number)/") }
        try sandbox.git("add", "-A")
        try stage("[attr]win text eol=crlf\n*.none text", as: ".gitattributes")
        for (number, text) in Self.texts.enumerated() { try stage(text, as: "f\(number)/.gitattributes") }
        try compare(1)
    }

    @Test(arguments: [".gitattributes", "info", "core"])
    func `attributes at the top say how files are written`(_ place: String) throws {
        try sandbox.git("config", "core.autocrlf", "false")
        try sandbox.git("config", "core.attributesFile", sandbox.root + "/home/attributes")
        try files("repo/")
        try sandbox.git("add", "-A")
        try stage("c.txt !eol\n*.none text", as: "d/e/.gitattributes")
        for text in Self.texts
        where text.contains("[attr]") || text.contains("/") || text.contains("\u{FEFF}")
            || text.contains("**")
        {
            switch place {
            case "info": try sandbox.write(text + "\n", to: "repo/.git/info/attributes")
            case "core": try sandbox.write(text + "\n", to: "home/attributes")
            default: try stage(text, as: place)
            }
            try compare(1)
        }
    }

    @Test(arguments: 0..<12) func `random attributes say the same as to git`(_ seed: UInt64) throws {
        var random = Random(seed: seed)
        func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
        func of(_ words: [String]) -> String { words[below(words.count)] }
        let names = ["a", "b", "ab", "a.b", "b.a", "a-b", "ba"]
        func path() -> String {
            (0..<below(4)).map { _ in of(["a", "b", "ab"]) + "_" }.joined(separator: "/") + "/"
        }
        for _ in 0..<40 {
            let text = of(["x\ny\n", "x\r\ny\r\n", "x\r\ny\n", "$Id$\n", "\u{0}\n", "", "$Id: a $ b\n"])
            try sandbox.write(text, to: "repo/" + path() + of(names))
        }
        try sandbox.git("config", "core.autocrlf", "false")
        try sandbox.git("add", "-A")
        for place in ["", "a_/", "b_/", "a_/b_/"] where below(3) > 0 {
            var lines: [String] = []
            for _ in 0..<below(5) + 1 {
                let pattern = (0..<below(4) + 1).map { _ in
                    of(["a", "b", "*", "**", "/", "_", "?", "[ab]", ".", "**/", "/**", "a_/"])
                }.joined()
                let states = (0..<below(3) + 1).map { _ in
                    of([
                        "text", "-text", "!text", "text=auto", "eol=crlf", "eol=lf", "-eol", "crlf", "-crlf",
                        "crlf=input",
                        "ident", "-ident", "binary", "-binary", "m", "-m", "!m", "n",
                    ])
                }.joined(separator: " ")
                lines.append(below(6) == 0 ? "[attr]\(of(["m", "n"])) \(states)" : "\(pattern) \(states)")
            }
            try stage(lines.joined(separator: "\n"), as: place + ".gitattributes")
        }
        try sandbox.git("config", "core.autocrlf", of(["true", "false", "input"]))
        try sandbox.git("config", "core.eol", of(["crlf", "lf", "native"]))
        try compare(1)
    }

    /// A file named like attributes that is none, and a link that git 2.39 reads as if it were one.
    @Test func `attributes that are no files`() throws {
        _ = try shell(
            """
            mkdir -p d/.gitattributes e f; printf 'x\\n' > d/.gitattributes/x; printf 'a\\n' > d/a; printf 'e\\n' > e/a
            ln -s 'a eol=crlf' e/.gitattributes; printf 'a\\n' > f/a; git add -A
            git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),f/.gitattributes
            """)
        try sandbox.git("commit", "-qm", "odd")
        try Repository(at: sandbox.root + "/repo").addWorktree(
            name: "fresh", path: sandbox.root + "/fresh", branch: try branch("odd"))
        #expect(sandbox.read("fresh/d/a") == "a\n")
        #expect(sandbox.read("fresh/f/a") == "a\n")
        #expect(try sandbox.git("status", "--porcelain", in: "fresh") == "")
    }

    @Test func `letters of both cases are the same where core.ignoreCase says so`() throws {
        try sandbox.git("config", "core.ignoreCase", "true")
        let texts = Self.texts.filter { $0.contains("[") || $0.contains("*.TXT") || $0.contains("\\") }
        for number in texts.indices { try files("repo/f\(number)/") }
        try sandbox.git("add", "-A")
        for (number, text) in texts.enumerated() {
            try stage(
                text.uppercased().replacing("EOL=CRLF", with: "eol=crlf"), as: "f\(number)/.gitattributes")
        }
        try compare(1)
    }

    private func branch(_ name: String) throws -> BranchName {
        try sandbox.git("branch", name)
        return try BranchName(name)
    }

    /// Trees that only old or careless tools write: what git does with them is done.
    @Test func `trees of odd forms`() throws {
        let blob = try sandbox.git("rev-parse", "HEAD:start")
        let empty = try sandbox.git("mktree", input: Data())
        func tree(_ entries: [(String, String)]) throws -> String {
            var bytes = Data()
            for (head, id) in entries {
                bytes += Data(head.utf8) + [0] + (try #require(ObjectID(hex: id))).bytes
            }
            return try sandbox.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", input: bytes)
        }
        let inner = try tree([("100664 group", blob), ("40000 void", empty)])
        let root = try tree([("100755 a", blob), ("040000 d", inner), ("40000 e", empty)])
        let commit = try sandbox.git("commit-tree", "-m", "odd", root)
        try sandbox.git("reset", "-q", "--hard", commit)
        try sandbox.git("worktree", "add", "-q", "--detach", "../oracle")
        try Repository(at: sandbox.root + "/repo").addDetachedWorktree(
            name: "fresh", path: sandbox.root + "/fresh", at: #require(ObjectID(hex: commit)))
        #expect(try facts("fresh") == facts("oracle"))
        for name in ["fresh", "oracle"] { #expect(try sandbox.git("write-tree", in: name) == root) }
    }

    /// Two files of one name, as a disk that folds case would see them: nothing is written over, nothing is left.
    @Test func `a path that is there twice is refused`() throws {
        let blob = try sandbox.git("rev-parse", "HEAD:start")
        let inner = try sandbox.git("mktree", input: Data("100644 blob \(blob)\tx\n".utf8))
        var bytes = Data("100644 d".utf8) + [0] + (try #require(ObjectID(hex: blob))).bytes
        bytes += Data("40000 d".utf8) + [0] + (try #require(ObjectID(hex: inner))).bytes
        let root = try sandbox.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", input: bytes)
        let commit = try sandbox.git("commit-tree", "-m", "twice", root)
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(throws: GitError.self) {
            try repository.addWorktrees(
                ["one", "two"].map { NewWorktree(name: $0, path: sandbox.root + "/" + $0) },
                at: #require(ObjectID(hex: commit)))
        }
        #expect(try repository.worktrees().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/one"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/two"))
    }

    @Test(arguments: [
        ".git", ".GIT", "git~1", ".git ", ".git...", ".g\u{200C}it", "..", ".git::$INDEX_ALLOCATION",
    ])
    func `a name that is git's own is refused`(_ name: String) throws {
        let blob = try sandbox.git("rev-parse", "HEAD:start")
        var bytes = Data("40000 \(name)".utf8) + [0]
        let inner = try sandbox.git("mktree", input: Data("100644 blob \(blob)\tconfig\n".utf8))
        bytes += (try #require(ObjectID(hex: inner))).bytes
        let root = try sandbox.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", input: bytes)
        let commit = try sandbox.git("commit-tree", "-m", "bad", root)
        try sandbox.git("config", "core.protectHFS", "true")
        #expect(throws: GitError.self) {
            try Repository(at: sandbox.root + "/repo").addDetachedWorktree(
                name: "fresh", path: sandbox.root + "/fresh", at: #require(ObjectID(hex: commit)))
        }
        #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/fresh"))
    }

    /// git reads files again whose index was written in the same second: here none is, and every change shows.
    @Test func `the first status reads no content, and sees each change`() throws {
        for number in 0..<20 { try sandbox.write("\(number)\n", to: "repo/f\(number)") }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-qm", "files")
        try Repository(at: sandbox.root + "/repo").addWorktree(
            name: "fresh", path: sandbox.root + "/fresh", branch: branch("job"))
        let trace = try sandbox.run(
            "strace", "-f", "-e", "trace=openat,open", "git", "status", "--porcelain", in: "fresh")
        try #require(trace.code == 0, "strace is there")
        #expect(trace.out == "")
        #expect(!trace.err.contains("\"f1"))
        try sandbox.write("X\n", to: "fresh/f7")
        #expect(try sandbox.git("status", "--porcelain", in: "fresh") == " M f7")
    }

    @Test func `one of several that cannot be made takes all away`() throws {
        let repository = try Repository(at: sandbox.root + "/repo")
        let tip = try #require(try repository.headCommit())
        try sandbox.write("mine\n", to: "there/mine")
        let wanted = ["one", "there", "two"].map { NewWorktree(name: $0, path: sandbox.root + "/" + $0) }
        #expect(throws: GitError.self) { try repository.addWorktrees(wanted, at: tip) }
        #expect(throws: GitError.self) {
            try repository.addWorktrees(
                [wanted[0], NewWorktree(name: "one", path: sandbox.root + "/three")], at: tip)
        }
        let job = try branch("job")
        #expect(throws: GitError.self) {
            try repository.addWorktrees(
                [
                    NewWorktree(name: "one", path: sandbox.root + "/one", branch: job),
                    NewWorktree(name: "two", path: sandbox.root + "/two", branch: job),
                ], at: tip)
        }
        try sandbox.git("commit", "-q", "--allow-empty", "-m", "later")
        let later = try #require(try repository.headCommit())
        do {
            try repository.addWorktrees(
                [NewWorktree(name: "one", path: sandbox.root + "/one", branch: job)], at: later)
            Issue.record("the branch is at another commit")
        } catch { #expect(error.code == .changed) }
        #expect(try repository.worktrees().isEmpty)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: sandbox.root).sorted() == [
                "home", "repo", "there",
            ])
        #expect(sandbox.read("there/mine") == "mine\n")
    }
}
