import Foundation
import TestSupport
import Testing

@testable import HybridGit

@Suite("What another git does for a moment") struct PatienceTests {
    private let sandbox: Sandbox
    private let repository: Repository
    private let commit: ObjectID

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "a\n"])
        repository = try Repository(at: sandbox.root + "/repo")
        commit = try #require(try repository.headCommit())
    }

    @Test("folders that are pruned between their making and their use do not fail a write")
    func prunedFolders() throws {
        let ended = Flag()
        let root = sandbox.root + "/repo/.git"
        Thread {
            // As git's prune does it, without a pause.
            while !ended.isSet {
                for number in 0..<256 { rmdir(root + "/objects/" + String(format: "%02x", number)) }
                rmdir(root + "/refs/hybrid/x")
                rmdir(root + "/refs/hybrid")
            }
            ended.done.signal()
        }.start()
        defer {
            ended.set()
            ended.done.wait()
        }
        for number in 0..<1500 {
            let id = try repository.writeBlob(Array("blob \(number)".utf8))
            try #require(try repository.exists(id))
            if number % 10 == 0 {
                let ref = try RefName("refs/hybrid/x/\(number)")
                try repository.createReference(ref, at: commit, message: "x")
                try repository.deleteReference(ref, expecting: commit)
            }
        }
    }

    @Test(
        "a folder that went under a write is waited for, whatever libgit2 was doing with it",
        arguments: [
            "failed to rename lockfile to '/r/.git/objects/92/a': ",
            "failed to create temporary file '/r/.git/objects/92/tmp': ",
            "failed to make directory '/r/.git/objects/92': ",
            "failed to create locked file '/r/.git/objects/92/a.lock': ",
            "failed to open directory '/r/.git/objects/92' for fsync: ",
            "failed to fsync directory '/r/.git/objects/92': ",
        ])
    func passingErrors(said: String) {
        func limit(_ reason: String) -> Double {
            Patience.limit(GitError(.other, operation: "store", subject: "a", reason: reason), .file)
        }
        #expect(limit(said + "No such file or directory") == Patience.folders)
        #expect(limit(said + "No space left on device") == 0)
        #expect(limit("could not open 'a': No such file or directory") == 0)
    }

    @Test("a pack is kept for as long as its value lives, and the file says for whom")
    func kept() throws {
        let store = try ObjectStore(repository)
        let tree = try repository.commit(commit).tree
        let person = Signature(name: "A", email: "a@example.com", time: 1, offsetMinutes: 0)
        let tip = try store.write(
            commitOf: tree, parents: [commit], message: "x", author: person, committer: person)
        var pack = try store.save(reachableFrom: tip, keptFor: "run X, process 1")
        try #require(pack != nil)
        let kept = try repository.keptPacks()
        #expect(kept.map(\.owner) == ["run X, process 1"])
        try sandbox.git("repack", "-adq")
        try sandbox.git("cat-file", "-e", tip.description)
        pack = nil
        #expect(try repository.keptPacks().isEmpty)
        try sandbox.git("repack", "-adq")
        #expect(try sandbox.run("git", "cat-file", "-e", tip.description, in: "repo").code != 0)
    }

    private final class Flag: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        let done = DispatchSemaphore(value: 0)
        var isSet: Bool { lock.withLock { value } }
        func set() { lock.withLock { value = true } }
    }
}
