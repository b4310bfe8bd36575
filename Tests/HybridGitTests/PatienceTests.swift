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
        let (person, tree) = (try repository.commit(commit).author, try repository.commit(commit).tree)
        for number in 0..<1500 {
            let id = try repository.writeBlob(Array("blob \(number)".utf8))
            try #require(try repository.exists(id))
            let made = try repository.createCommit(
                tree: tree, parents: [commit], message: "\(number)", author: person,
                committer: person)
            try #require(try repository.exists(made))
            if number % 10 == 0 {
                let ref = try RefName("refs/hybrid/x/\(number)")
                try repository.createReference(ref, at: commit, message: "x")
                try repository.deleteReference(ref, expecting: commit)
            }
        }
    }

    /// git_commit_create of libgit2 1.5 says that it did.
    @Test("a commit that cannot be written is not said to be")
    func unwritten() throws {
        let person = try repository.commit(commit).author
        let tree = try repository.commit(commit).tree
        let objects = sandbox.root + "/repo/.git/objects"
        // A file in the place of each folder that is not there yet stops root, too.
        for number in 0..<256 {
            let folder = objects + "/" + String(format: "%02x", number)
            if !FileManager.default.fileExists(atPath: folder) { try Data().write(to: URL(filePath: folder)) }
        }
        for number in 0..<8 {
            let made = try? repository.createCommit(
                tree: tree, parents: [commit], message: "\(number)", author: person, committer: person)
            if let made { #expect(try repository.exists(made), "\(number)") }
        }
    }

    @Test("refs that another git packs while others are deleted are all there afterwards")
    func packedMeanwhile() throws {
        let count = 60
        for number in 0..<count {
            try repository.createReference(RefName("refs/hybrid/x/\(number)"), at: commit, message: "x")
        }
        try sandbox.git("pack-refs", "--all")
        let (ended, made) = (Flag(), Flag())
        let (box, id) = (sandbox, commit.description)
        Thread {
            // A user whose branches are packed as soon as they are made; what fails is missing below.
            for number in 0..<count {
                _ = try? box.git("update-ref", "refs/heads/user-\(number)", id)
                _ = try? box.git("pack-refs", "--all")
            }
            made.set()
            ended.done.signal()
        }.start()
        var round = 0
        while !made.isSet {
            let ref = try RefName("refs/hybrid/x/\(round % count)")
            if try repository.id(of: ref) == nil {
                try repository.createReference(ref, at: commit, message: "x")
            } else {
                try repository.deleteReference(ref, expecting: commit)
            }
            round += 1
        }
        ended.done.wait()
        let branches = try sandbox.git("for-each-ref", "--format=%(refname)", "refs/heads/user-*")
        #expect(branches.split(separator: "\n").count == count)
        #expect(try sandbox.run("git", "fsck", "--strict", in: "repo").code == 0)
    }

    @Test("a ref that another git packs before its folder is synced is written, and not written again")
    func packedBeforeSync() throws {
        let ref = try RefName("refs/hybrid/x/a")
        let folder = sandbox.root + "/repo/.git/refs/hybrid/x"
        try Patience.writeRef { () throws(GitError) in
            try repository.createReference(ref, at: commit, message: "x")
            _ = try? sandbox.git("pack-refs", "--all")
            if access(folder, F_OK) == 0 { return }
            throw GitError(
                .other, operation: "create ref", subject: ref.text,
                reason: "failed to open directory '\(folder)' for fsync: No such file or directory")
        }
        #expect(try repository.id(of: ref) == commit)
        #expect(throws: GitError.self) {
            try Patience.writeRef { () throws(GitError) in
                throw GitError(
                    .exists, operation: "create ref", subject: ref.text,
                    reason: "failed to open directory for fsync: No space left on device")
            }
        }
    }

    @Test("a packed ref is deleted with its peeled line, its log and its folders; what moved is not")
    func packedDeletion() throws {
        try sandbox.git("tag", "-a", "-m", "x", "v1")
        try sandbox.git("update-ref", "--create-reflog", "refs/hybrid/a/b/c", commit.description)
        try sandbox.git("update-ref", "refs/hybrid/a/b/tag", "v1")
        try sandbox.git("pack-refs", "--all")
        let tag = try #require(try repository.objectID(of: RefName("refs/hybrid/a/b/tag")))
        #expect(throws: GitError.self) {
            try repository.deleteReference(RefName("refs/hybrid/a/b/tag"), expecting: commit)
        }
        try repository.deleteReference(RefName("refs/hybrid/a/b/tag"), expecting: tag)
        try repository.deleteReference(RefName("refs/hybrid/a/b/c"), expecting: commit)
        try repository.deleteReference(RefName("refs/hybrid/a/b/c"), expecting: commit)
        let refs = try sandbox.git("for-each-ref", "--format=%(refname)").split(separator: "\n")
        #expect(refs == ["refs/heads/main", "refs/tags/v1"])
        #expect(try sandbox.git("rev-parse", "v1^{commit}").hasPrefix(commit.description))
        #expect(sandbox.read("repo/.git/logs/refs/hybrid/a/b/c") == nil)
        #expect(try sandbox.run("ls", ".git/refs/hybrid/a", in: "repo").code != 0)
        #expect(try sandbox.run("git", "fsck", "--strict", in: "repo").code == 0)
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
