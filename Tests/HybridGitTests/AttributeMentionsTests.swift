import Foundation
import TestSupport
import Testing

@testable import HybridGit

/// Where nothing is said to be set, nothing may be set.
@Suite struct AttributeMentionsTests {
    let sandbox: Sandbox
    private let names = ["merge", "conflict-marker-size"]
    private let paths = ["a", "d/b", "d/e/c.bin", "d/e/new", "other/x", "d/e/f/g"]

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n", "d/e/c.bin": "3\n"])
    }

    private func commit(_ files: [String: String]) throws {
        for (path, text) in files { try sandbox.write(text, to: "repo/" + path) }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-qm", "attributes")
    }

    /// The paths that something may be set for, after comparing with what is set.
    private func concerned(tree: String? = "HEAD") throws -> [String] {
        let repository = try Repository(at: sandbox.root + "/repo")
        let tree = try tree.map { try #require(ObjectID(hex: sandbox.git("rev-parse", "\($0)^{tree}"))) }
        let mentions = try AttributeMentions(of: names, tree: tree, in: ObjectStore(repository))
        let source = try AttributeSource(of: repository, tree: tree)
        return try paths.filter { path in
            let isConcerned = try mentions.mayConcern(RepoPath(path))
            if !isConcerned {
                #expect(
                    try source.values(of: names, for: RepoPath(path)) == [.unspecified, .unspecified],
                    "\(path)")
            }
            return isConcerned
        }
    }

    @Test func nothingIsSaid() throws {
        #expect(try concerned() == [])
        try commit([".gitattributes": "* text=auto\n*.png -diff\n", "d/.gitattributes": "b text\n"])
        #expect(try concerned() == [])
    }

    @Test(arguments: ["x merge=union", "x conflict-marker-size=9", "x binary", "[attr]m -merge", "x !merge"])
    func aFileConcernsItsFolderAndThoseBelow(line: String) throws {
        try commit(["d/.gitattributes": "b text\n" + line + "\n"])
        #expect(try concerned() == ["d/b", "d/e/c.bin", "d/e/new", "d/e/f/g"])
        #expect(try concerned(tree: "HEAD~1") == [] && concerned(tree: nil) == [])
        try commit(["d/.gitattributes": "b text\n", "d/e/.gitattributes": line + "\n"])
        #expect(try concerned() == ["d/e/c.bin", "d/e/new", "d/e/f/g"])
        try commit(["d/e/.gitattributes": "", ".gitattributes": line + "\n"])
        #expect(try concerned() == paths)
    }

    @Test func theRepositorysOwnFileAndTheUsersConcernAll() throws {
        try sandbox.write("a text\n", to: "repo/.git/info/attributes")
        #expect(try concerned() == [] && concerned(tree: nil) == [])
        try sandbox.write("a merge=own\n", to: "repo/.git/info/attributes")
        #expect(try concerned() == paths && concerned(tree: nil) == paths)
        try sandbox.write("", to: "repo/.git/info/attributes")
        try sandbox.git("config", "core.attributesFile", sandbox.root + "/mine")
        #expect(try concerned() == paths)
    }

    @Test func aLinkIsNotJudged() throws {
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.root + "/repo/d/.gitattributes", withDestinationPath: "b")
        try commit([:])
        #expect(try concerned().contains("d/b"))
    }
}
