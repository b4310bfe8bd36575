import Foundation
import HistoryGenerator
import HybridGit
import TestSupport
import Testing

/// What a worktree holds is told as git tells it, whatever was done there; only some of its files are looked at closely.
@Suite struct WorktreeScanTests {
    let sandbox: Sandbox
    private var repo: String { sandbox.root + "/repo" }

    init() throws {
        sandbox = try Sandbox()
        var files = [".gitignore": "*.log\nout/\n!keep.log\n", "d/.gitignore": "/own\n", "empty": ""]
        for folder in ["", "a/", "a-b/", "a/b/", "d/", "d/e/f/"] {
            for name in ["x", "y.txt", "zz"] { files[folder + name] = "\(folder)\(name)\n" }
        }
        try sandbox.repository(files)
        // Nothing was written in the moment in which the index was.
        try shell(
            "find . -path ./.git -prune -o -type f -exec touch -d 2020-01-01 {} +; git update-index -q --refresh"
        )
    }

    @discardableResult
    private func shell(_ script: String) throws -> String {
        let outcome = try sandbox.run("bash", "-uc", script, in: "repo")
        return outcome.out
    }

    private func compare(_ what: String, ignored comparesIgnored: Bool = true) throws {
        let repository = try Repository(at: repo)
        let told = try Set(repository.status().map(\.path.text))
        let shown = try shell("git status --porcelain -z --untracked-files=all --no-renames").split(
            separator: "\0"
        ).map { String($0.dropFirst(3)) }
        #expect(told == Set(shown), "\(what)")
        #expect(try repository.isClean() == shown.isEmpty, "\(what)")
        // libgit2 does not name empty folders, nor repositories, as git does.
        if !comparesIgnored || what.contains("void") || what.contains("nested") { return }
        let ignored = try shell("git ls-files -z -o -i --exclude-standard --directory").split(separator: "\0")
            .map(String.init)
        #expect(try Set(repository.ignoredEntries().map(\.text)) == Set(ignored), "\(what)")
        #expect(try Set(repository.cleanness().ignored.map(\.text)) == Set(ignored), "\(what)")
    }

    @Test("what is staged is seen, whatever the index says of the trees that it makes")
    func forgedTree() throws {
        try shell(
            """
            old=$(git rev-parse 'HEAD^{tree}'); echo staged > x; git add x; new=$(git write-tree)
            touch -d 2020-01-01 x; git update-index -q --refresh
            python3 -c '
            import hashlib, sys
            old, new = (bytes.fromhex(word) for word in sys.argv[1:])
            index = open(".git/index", "rb").read()[:-20]
            assert index.count(new) == 1
            index = index.replace(new, old)
            open(".git/index", "wb").write(index + hashlib.sha1(index).digest())
            ' $old $new
            """)
        #expect(try shell("git ls-files -s x | grep -c $(echo staged | git hash-object --stdin)") == "1\n")
        #expect(try !Repository(at: repo).isClean())
        #expect(try Repository(at: repo).status().map(\.path.text) == ["x"])
    }

    /// What is done to a file or folder FILE, FOLDER.
    private static let deeds = [
        "echo more >> FILE", "touch FILE", "rm -f FILE", "rm -rf FOLDER", "chmod +x FILE",
        "cp FILE c; mv c FILE",
        "rm -f FILE; mkdir FILE; echo n > FILE/n", "rm -rf FOLDER; echo n > FOLDER",
        "rm -rf FOLDER; ln -s a-b FOLDER",
        "rm -f FILE; ln -s x FILE", "echo n > FOLDER/new",
        "mkdir -p FOLDER/new/deep; echo n > FOLDER/new/deep/n",
        "mkdir -p FOLDER/void", "echo n > FOLDER/x.log", "echo n > FOLDER/keep.log",
        "mkdir -p FOLDER/out/in; echo n > FOLDER/out/n; echo n > FOLDER/out/in/n", "echo n > d/own",
        "echo n > $'FOLDER/odd\\n name'", "echo n > FOLDER/new; git add FOLDER/new",
        "git rm -q --cached FILE",
        "echo '*' > FOLDER/.gitignore", "rm -f d/.gitignore; echo n > d/own",
        "git add -A; git commit -qm all",
        "git reset -q", "git reset -q --hard", "git init -q FOLDER/nested; echo n > FOLDER/nested/n",
        ": > empty; echo n > FILE", "git mv FILE moved",
        "echo n > FILE; git commit -qam n; git reset -q --soft HEAD~",
    ]

    @Test(arguments: 0..<6) func `random deeds are told as git tells them`(_ seed: UInt64) throws {
        var random = Random(seed: seed)
        var done: [String] = []
        for _ in 0..<12 {
            let file = ["x", "a/y.txt", "a/b/zz", "d/e/f/x", "a-b/x"].randomElement(using: &random)!
            let folder = ["a", "a/b", "d", "d/e", "."].randomElement(using: &random)!
            let deed = Self.deeds.randomElement(using: &random)!
                .replacing("FILE", with: file).replacing("FOLDER", with: folder)
            done.append(deed)
            try shell(deed)
            // What git ignores is named otherwise where it stands in the place of a tracked file.
            try compare(done.joined(separator: "; "), ignored: false)
        }
    }

    @Test func `each deed alone is told as git tells it`() throws {
        for deed in Self.deeds where !deed.contains("reset") && !deed.contains("commit") {
            try shell(deed.replacing("FILE", with: "a/b/x").replacing("FOLDER", with: "a"))
            try compare(deed)
            try shell("git reset -q --hard; git clean -qffdx")
            try compare("cleaned after \(deed)")
        }
    }

    /// git itself sees it only in another second.
    @Test func `a file whose time was set back is told`() throws {
        try shell(
            "m=$(stat -c %y d/x); sleep 0.02; tr d-z e-zd < d/x > ../c; cat ../c > d/x; touch -d \"$m\" d/x")
        #expect(try Repository(at: repo).status().map(\.path.text) == ["d/x"])
    }

    /// As `git status` does where it trusts the facts: no file is opened that is as the index saw it.
    @Test func `an untouched file is not read`() throws {
        try shell(
            "echo more >> d/x; sleep 0.02; chmod 0 a/b/x; git update-index -q --refresh; chmod 644 a/b/x")
        #expect(try Repository(at: repo).status().map(\.path.text) == ["d/x"])
    }

    /// What hides a file in an index made for it: an entry twice, a name out of order, a path to elsewhere.
    @Test func `an index that is not git's hides no file`() throws {
        try sandbox.write("n\n", to: "repo/hidden")
        let path = repo + "/.git/index"
        let whole = try #require(FileManager.default.contents(atPath: path))
        for (from, to) in [("a/y.txt", "a/x.txx"), ("zz", "a\0"), ("d/x", "../"), ("empty", "x/./.")] {
            var bytes = whole
            let range = try #require(bytes.firstRange(of: Data([UInt8(from.utf8.count)] + from.utf8 + [0])))
            bytes.replaceSubrange(range.dropFirst().prefix(from.utf8.count), with: Data(to.utf8))
            try bytes.write(to: URL(fileURLWithPath: path))
            // Told, or refused as damaged: not passed over.
            let told = try? Repository(at: repo).status().map(\.path.text)
            #expect(told.map { $0.contains("hidden") } ?? true, "\(to)")
            #expect((try? Repository(at: repo).isClean()) != true, "\(to)")
        }
    }
}
