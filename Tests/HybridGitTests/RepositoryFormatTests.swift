import HybridGit
import TestSupport
import Testing

/// Which repositories are read, by their extensions.
@Suite struct RepositoryFormatTests {
    private func opened(_ extensions: [(String, String)]) throws -> String {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("config", "core.repositoryformatversion", "1")
        for (name, value) in extensions { try sandbox.git("config", "extensions.\(name)", value) }
        do {
            return try Repository(at: sandbox.root + "/repo").headCommit() == nil ? "no commit" : "read"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("noop", "true"), ("noop-v1", "true"), ("refStorage", "files"), ("objectFormat", "sha1"),
        ("submodulePathConfig", "true"), ("partialClone", "origin"), ("preciousObjects", "true"),
        ("worktreeConfig", "true"), ("relativeWorktrees", "true"),
    ])
    func `what git accepts is accepted`(_ name: String, _ value: String) throws {
        // The last one: an installed git may know less than the newest.
        #expect(try opened([(name, value)]) == "read")
    }

    @Test(arguments: [
        ("objectFormat", "sha256", "sha256 names"), ("refStorage", "reftable", "git refs migrate"),
        ("frobnicate", "true", "extensions.frobnicate"),
        ("compatObjectFormat", "sha256", "extensions.compatobjectformat"),
    ])
    func `each refusal names its own reason`(_ name: String, _ value: String, _ words: String) throws {
        let told = try opened([(name, value)])
        #expect(told.contains(words), "\(told)")
        let others = ["sha256 names", "refs migrate", "frobnicate"].filter { !words.contains($0) }
        #expect(!others.contains(where: told.contains), "\(told)")
    }
}
