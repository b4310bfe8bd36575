import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct FilterTests {
    /// The paths of HEAD that git itself gives one of the attributes a value, from the tree alone.
    private func oracle(_ sandbox: Sandbox) throws -> [String] {
        try sandbox.git("clone", "-q", "--bare", "repo", "bare", in: "")
        let environment = ["GIT_INDEX_FILE": sandbox.root + "/tree-index"]
        _ = try sandbox.run("git", "read-tree", "HEAD", in: "bare", environment: environment)
        let files = try sandbox.git("ls-tree", "-r", "--name-only", "HEAD", in: "bare")
        let found = try sandbox.run(
            "git", "check-attr", "--cached", "--stdin", "filter", "working-tree-encoding", in: "bare",
            environment: environment, input: Data((files + "\n").utf8))
        #expect(found.code == 0)
        var paths: [String] = []
        for line in found.out.split(separator: "\n") {
            let parts = line.components(separatedBy: ": ")
            if ["unspecified", "unset", "set"].contains(parts[2]) { continue }
            if parts[1] != "filter", parts[2].lowercased() == "utf-8" { continue }
            if paths.last != parts[0] { paths.append(parts[0]) }
        }
        return paths
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
        [".gitattributes": "\"t.txt\" working-tree-encoding=UTF-16LE\nd/*/* working-tree-encoding=utf-8\n"],
    ])
    func `finds the paths that git would filter`(_ files: [String: String]) throws {
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
        let found = try Repository(at: sandbox.root + "/repo").filteredFiles(in: tree).map(\.path.text)
        #expect(found == expected)
    }

    @Test func `without attributes there is none, and info attributes count`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a.bin": "1", "b.txt": "2"])
        try sandbox.git("worktree", "add", "-q", "-b", "job", "../job")
        let tree = try #require(ObjectID(hex: sandbox.git("rev-parse", "HEAD^{tree}")))
        for path in ["/repo", "/job"] {
            let repository = try Repository(at: sandbox.root + path)
            #expect(try repository.filteredFiles(in: tree) == [])
            #expect(try repository.filteredFiles(in: Repository.emptyTree) == [])
        }
        try sandbox.write("*.txt filter=mine\n", to: "repo/.git/info/attributes")
        for path in ["/repo", "/job"] {
            let found = try Repository(at: sandbox.root + path).filteredFiles(in: tree)
            #expect(found.map(\.path.text) == ["b.txt"] && found.map(\.use.driver) == ["mine"])
        }
    }
}
