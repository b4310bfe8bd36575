import Foundation
import HybridGit
import TestSupport
import Testing

/// Where attributes come from: the repository's own file and the user's, and a tree where one is given; nowhere else.
@Suite struct AttributeTests {
    let sandbox: Sandbox
    private let names = ["merge", "conflict-marker-size", "text", "diff"]

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n", "d/e/c.bin": "3\n"])
    }

    private func values(_ path: String, tree: String? = nil) throws -> [AttributeValue] {
        let repository = try Repository(at: sandbox.root + "/repo")
        let tree = try tree.map { try #require(ObjectID(hex: sandbox.git("rev-parse", "\($0)^{tree}"))) }
        return try AttributeSource(of: repository, tree: tree).values(of: names, for: RepoPath(path))
    }

    private func commit(_ files: [String: String]) throws {
        for (path, text) in files { try sandbox.write(text, to: "repo/" + path) }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-qm", "attributes")
    }

    private let nothing = [AttributeValue](repeating: .unspecified, count: 4)

    @Test(
        "all kinds of values, as git check-attr gives them",
        arguments: [
            ("a merge", [.set, .unspecified, .unspecified, .unspecified]),
            ("a -merge", [.unset, .unspecified, .unspecified, .unspecified]),
            ("a merge=union", [.value("union"), .unspecified, .unspecified, .unspecified]),
            ("* merge=union\na !merge", [.unspecified, .unspecified, .unspecified, .unspecified]),
            ("a binary", [.unset, .unspecified, .unset, .unset]),
            ("[attr]own merge=x text\na own", [.value("x"), .unspecified, .set, .unspecified]),
            (
                "a conflict-marker-size=20 merge=text",
                [.value("text"), .value("20"), .unspecified, .unspecified]
            ),
            ("/a merge\nd merge=x", [.set, .unspecified, .unspecified, .unspecified]),
            ("# a merge", [.unspecified, .unspecified, .unspecified, .unspecified]),
        ] as [(String, [AttributeValue])])
    func kinds(_ text: String, _ expected: [AttributeValue]) throws {
        try sandbox.write(text + "\n", to: "repo/.git/info/attributes")
        #expect(try values("a") == expected)
        let lines = try sandbox.git("check-attr", "merge", "conflict-marker-size", "text", "diff", "--", "a")
        let git = lines.split(separator: "\n").map { line -> AttributeValue in
            switch line.split(separator: " ").last {
            case "set": .set
            case "unset": .unset
            case "unspecified": .unspecified
            case let value: .value(String(value ?? ""))
            }
        }
        #expect(git == expected, "git")
    }

    @Test func neitherWorktreeNorIndexCount() throws {
        try sandbox.write("* merge=union\n", to: "repo/.gitattributes")
        #expect(try values("a") == nothing)
        try sandbox.git("add", ".gitattributes")
        #expect(try values("a") == nothing)
        #expect(try values("a", tree: "HEAD") == nothing)
        try commit(["d/.gitattributes": "* -merge\n"])
        #expect(try values("a") == nothing && values("d/b") == nothing)
        // Of a tree that lies behind what is checked out, that tree counts.
        #expect(try values("d/b", tree: "HEAD~1") == nothing)
    }

    @Test func aTreesOwnFilesCountWithTheNearestFirst() throws {
        try commit([
            ".gitattributes": "* merge=union conflict-marker-size=9\n*.bin binary\n",
            "d/.gitattributes": "b merge=text\n", "d/e/.gitattributes": "*.bin merge=own\n",
        ])
        #expect(try values("a", tree: "HEAD") == [.value("union"), .value("9"), .unspecified, .unspecified])
        #expect(try values("d/b", tree: "HEAD") == [.value("text"), .value("9"), .unspecified, .unspecified])
        #expect(try values("d/e/c.bin", tree: "HEAD") == [.value("own"), .value("9"), .unset, .unset])
        // Paths that the tree does not hold have attributes too.
        #expect(
            try values("d/new", tree: "HEAD") == [.value("union"), .value("9"), .unspecified, .unspecified])
        // Another worktree's version of the file changes nothing.
        try sandbox.write("* -merge\n", to: "repo/.gitattributes")
        #expect(try values("a", tree: "HEAD")[0] == .value("union"))
    }

    @Test func theRepositorysOwnFileWinsOverATree() throws {
        try commit([".gitattributes": "* merge=union text\n"])
        try sandbox.write("a merge=own\n", to: "repo/.git/info/attributes")
        #expect(try values("a", tree: "HEAD") == [.value("own"), .unspecified, .set, .unspecified])
        #expect(try values("d/b", tree: "HEAD")[0] == .value("union"))
    }

    @Test func nothingIsWrittenForATree() throws {
        func files() throws -> Set<String> {
            Set(try FileManager.default.subpathsOfDirectory(atPath: sandbox.root + "/repo/.git"))
        }
        try commit([".gitattributes": "* merge=union\n"])
        let before = try files()
        _ = try values("a", tree: "HEAD")
        #expect(try files() == before)
    }

    @Test func aMissingTreeIsAnError() throws {
        let repository = try Repository(at: sandbox.root + "/repo")
        let nothing = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
        #expect(throws: GitError.self) { try AttributeSource(of: repository, tree: nothing) }
    }
}

@Suite struct AbbreviationTests {
    @Test(arguments: ["", "4", "5", "12", "40", "auto", "no"])
    func abbreviatesAsGitDoes(_ setting: String) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        // Enough objects for two of them to begin alike, and for a pack to be counted.
        let stream = (0..<400).map { "blob\ndata \(String($0).utf8.count)\n\($0)\n" }.joined()
        try sandbox.git("fast-import", "--quiet", input: Data(stream.utf8))
        if !setting.isEmpty { try sandbox.git("config", "core.abbrev", setting) }
        let ids = try sandbox.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
            .split(separator: "\n").map(String.init)
        let repository = try Repository(at: sandbox.root + "/repo")
        // One process for all: blobs have no history, so a list of objects is abbreviated by hand.
        let script = "while read id; do git rev-parse --short $id; done"
        let some = Array(ids.prefix(60))
        let git = try sandbox.run(
            "sh", "-c", script, in: "repo", input: Data((some.joined(separator: "\n") + "\n").utf8))
        for (id, short) in zip(some, git.out.split(separator: "\n")) {
            #expect(try repository.abbreviation(of: #require(ObjectID(hex: id))) == short, "\(setting)")
        }
        #expect(git.code == 0)
    }
}
