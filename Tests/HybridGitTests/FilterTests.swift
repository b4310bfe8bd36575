import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct FilterTests {
    /// The paths of HEAD that git itself gives one of the attributes a value, from the tree alone.
    private func oracle(_ sandbox: Sandbox) throws -> String? {
        try sandbox.git("clone", "-q", "--bare", "repo", "bare", in: "")
        let environment = ["GIT_INDEX_FILE": sandbox.root + "/tree-index"]
        _ = try sandbox.run("git", "read-tree", "HEAD", in: "bare", environment: environment)
        let files = try sandbox.git("ls-tree", "-r", "--name-only", "HEAD", in: "bare")
        let found = try sandbox.run(
            "git", "check-attr", "--cached", "--stdin", "filter", "working-tree-encoding", in: "bare",
            environment: environment, input: Data((files + "\n").utf8))
        #expect(found.code == 0)
        for line in found.out.split(separator: "\n") {
            let parts = line.components(separatedBy: ": ")
            if !["unspecified", "unset", "set"].contains(parts[2]) { return parts[0] }
        }
        return nil
    }

    @Test(arguments: [
        [".gitattributes": "*.bin filter=lfs diff=lfs -text\n"],
        [".gitattributes": "*.psd filter=lfs\n"],
        [".gitattributes": "*.bin -filter\n"],
        [".gitattributes": "*.bin filter\n"],
        [".gitattributes": "*.bin filter=lfs\n", "d/.gitattributes": "*.bin !filter\n"],
        [".gitattributes": "*.bin filter=lfs\n", "d/.gitattributes": "*.bin -filter\n", "a.bin": "x"],
        ["d/.gitattributes": "/y.bin filter=lfs\n"],
        ["d/.gitattributes": "/d/y.bin filter=lfs\n"],
        ["d/e/.gitattributes": "* filter=crypt\n"],
        [".gitattributes": "[attr]big filter=lfs\n*.bin big\n"],
        [".gitattributes": "/d/** filter=x\n"],
        [".gitattributes": "d/ filter=x\n"],
        [".gitattributes": "# *.bin filter=lfs\n*.txt text\n"],
        [".gitattributes": "*.txt text=auto eol=crlf\n"],
        ["x.gitattributes": "* filter=lfs\n"],
    ])
    func `finds the first path that git would filter`(_ files: [String: String]) throws {
        let sandbox = try Sandbox()
        let all = ["d/y.bin": "y", "d/e/z.bin": "z", "t.txt": "t\n"].merging(files) { $1 }
        try sandbox.repository(all)
        let tree = try #require(ObjectID(hex: sandbox.git("rev-parse", "HEAD^{tree}")))
        // The working tree's own files play no part.
        for path in files.keys where path.hasSuffix(".gitattributes") {
            try sandbox.write("", to: "repo/" + path)
        }
        try sandbox.write("* filter=worktree\n", to: "repo/d/e/.gitattributes")
        let expected = try oracle(sandbox)
        let found = try Repository(at: sandbox.root + "/repo").filteredPath(in: tree)?.text
        #expect(found == expected)
    }

    @Test func `without attributes there is none, and info attributes count`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a.bin": "1", "b.txt": "2"])
        try sandbox.git("worktree", "add", "-q", "-b", "job", "../job")
        let tree = try #require(ObjectID(hex: sandbox.git("rev-parse", "HEAD^{tree}")))
        for path in ["/repo", "/job"] {
            let repository = try Repository(at: sandbox.root + path)
            #expect(try repository.filteredPath(in: tree) == nil)
            #expect(try repository.filteredPath(in: Repository.emptyTree) == nil)
        }
        try sandbox.write("*.txt filter=mine\n", to: "repo/.git/info/attributes")
        for path in ["/repo", "/job"] {
            #expect(try Repository(at: sandbox.root + path).filteredPath(in: tree)?.text == "b.txt")
        }
    }
}
