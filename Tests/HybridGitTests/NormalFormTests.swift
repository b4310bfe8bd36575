import HybridGit
import TestSupport
import Testing

/// Names of refs are bytes to git, and not what a reader takes for the same.
@Suite struct NormalFormTests {
    @Test func `names that differ only in their normal form are two names`() throws {
        let (composed, decomposed) = try (RefName("refs/heads/ü"), RefName("refs/heads/u\u{308}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(Set([composed.branch, decomposed.branch]).count == 2)
        #expect(try RefName("refs/heads/\u{301}x").branch?.text.utf8.count == 3)
        #expect(decomposed < composed, "u comes before the bytes of ü")

        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "ü")
        try sandbox.git("branch", "u\u{308}")
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try repository.refFiles(below: "refs/heads").count == 3)
        try sandbox.git("pack-refs", "--all")
        #expect(try repository.refFiles(below: "refs/heads").count == 3)
    }
}
