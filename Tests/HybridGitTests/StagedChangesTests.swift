import Foundation
import HybridGit
import TestSupport
import Testing

/// What the index would change, against git's own answer.
@Suite struct StagedChangesTests {
    /// git's answer: path, and modes and ids of both sides.
    private func expected(_ sandbox: Sandbox) throws -> [String] {
        let raw = try sandbox.git(
            "diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "--ita-invisible-in-index", "-z")
        let parts = raw.split(separator: "\0")
        return stride(from: 0, to: parts.count - 1, by: 2).map { at in
            let fields = parts[at].dropFirst().split(separator: " ")
            return "\(parts[at + 1]) \(fields[0]) \(fields[2]) \(fields[1]) \(fields[3])"
        }.sorted()
    }

    private func found(_ sandbox: Sandbox, index: String? = nil) throws -> [String] {
        func side(_ entry: TreeEntry?) -> String {
            guard let entry else { return "000000 \(ObjectID.zero)" }
            let octal = entry.kind.octal
            return String(repeating: "0", count: 6 - octal.count) + octal + " \(entry.id)"
        }
        return try Repository(at: sandbox.root + "/repo").stagedChanges(index: index).map {
            "\($0.path) \(side($0.old)) \(side($0.new))"
        }.sorted()
    }

    @Test(arguments: 1...24)
    func `as git diff --cached says`(seed: UInt64) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a/b": "1\n", "a.b": "1\n", "c/d/e": "1\n", "f": "1\n"])
        try sandbox.git("update-index", "--index-version", String(2 + seed % 3))
        if seed % 4 == 0 {
            try sandbox.git("config", "core.splitIndex", "true")
            try sandbox.git("config", "splitIndex.maxPercentChange", "100")
            try sandbox.git("update-index", "--split-index")
        }
        var edits = RandomEdits(seed: seed)
        for round in 0..<4 {
            _ = try edits.make(12, in: sandbox.root + "/repo")
            if round % 2 == 0 { try sandbox.git("add", "-A") } else { try sandbox.git("add", "-u") }
            try sandbox.write("x", to: "repo/intended\(round)")
            try sandbox.git("add", "-N", "intended\(round)")
            #expect(try found(sandbox) == expected(sandbox), "round \(round)")
            // With a record of trees that is whole, and with none.
            if round == 1 { try sandbox.git("commit", "-q", "--allow-empty", "-m", "more") }
            if round == 2 {
                try sandbox.git("rm", "-q", "--cached", "intended2")
                try sandbox.git("write-tree")
                #expect(try found(sandbox) == expected(sandbox), "after write-tree")
            }
        }
        // A name that is longer than the field for its length can say.
        let long = (0..<30).map { "\($0)" + String(repeating: "n", count: 190) }.joined(separator: "/")
        let made = try sandbox.git("hash-object", "-w", "--stdin", input: Data())
        try sandbox.git("update-index", "--add", "--cacheinfo", "100644,\(made),\(long)")
        #expect(try found(sandbox) == expected(sandbox))
    }

    @Test func `without a commit all is new, and a damaged file is told`() throws {
        let sandbox = try Sandbox()
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/repo", withIntermediateDirectories: true)
        try sandbox.git("init", "-q")
        #expect(try found(sandbox) == [])
        try sandbox.write("x", to: "repo/a/b")
        try sandbox.git("add", "-A")
        #expect(try found(sandbox).count == 1)
        let file = sandbox.root + "/repo/.git/index"
        let whole = try #require(FileManager.default.contents(atPath: file))
        for count in 1..<whole.count - 20 {
            try whole.prefix(count).write(to: URL(fileURLWithPath: sandbox.root + "/cut"))
            // Cut within the record of trees or the checksum, the entries may still be whole; never a crash.
            _ = try? found(sandbox, index: sandbox.root + "/cut")
        }
        try Data("DIRC".utf8).write(to: URL(fileURLWithPath: sandbox.root + "/cut"))
        #expect(throws: GitError.self) { try found(sandbox, index: sandbox.root + "/cut") }
    }
}
