internal import CLibgit2
internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a worktree holds now, uncommitted and untracked edits included, ignored files not.
public struct LiveTree: Sendable {
    /// The branch that is checked out; nil where HEAD is detached.
    public var branch: BranchName?
    /// The commit that is checked out.
    public var head: ObjectID
    /// The tree that a commit of all edits would have.
    public var tree: ObjectID
    /// How many paths differ from the commit.
    public var uncommitted: Int
    /// What could not be taken in; the tree holds what the commit has there.
    public var unchecked: [UncheckedPath]
    /// What the repository does not hold of the tree, and maybe more.
    public var objects: LentObjects
}

/// Looks at one worktree again and again, and reads only what changed.
///
/// The tree is the one that ``Repository/snapshotTree()`` would make. Nothing is
/// written, neither objects nor the index, and nothing is locked.
public struct LiveWorktree: Sendable {
    /// The root of the worktree.
    public let path: String
    /// Larger files are not read, in bytes.
    public var largestFile = 64 << 20

    private var files: [RepoPath: LiveFile] = [:]
    private var changes: [RepoPath: Repository.Change] = [:]
    private var rules: [String: FileStamp?] = [:]
    /// Counts how often the files that say what is ignored and converted were found changed.
    package private(set) var rulesVersion = 0
    private var seen: Seen?

    /// What an earlier look is good for.
    private struct Seen: Equatable {
        var head: ObjectID
        var index: FileStamp?
    }

    /// Does not look yet.
    public init(path: String) { self.path = path }

    /// What the worktree holds.
    ///
    /// `paths` are the only ones that may have changed since the last look, files or folders; nil where that is not
    /// known. Throws where the worktree is gone, has no commit, or has an index that cannot be read. Without `paths`
    /// time grows with the number of files.
    public mutating func look(at paths: [RepoPath]? = nil) throws(GitError) -> LiveTree {
        let repository = try Repository(at: path)
        guard let head = try repository.headCommit() else {
            throw GitError(.notFound, operation: "read", subject: path, reason: "it has no commit yet")
        }
        let committed = try repository.commit(head).tree
        var live = LiveTree(
            branch: try repository.currentBranch(), head: head, tree: committed, uncommitted: 0,
            unchecked: [], objects: LentObjects())
        // The commit that ends these has other parents than the branch: its merges cannot be told yet.
        if let operation = repository.operationInProgress(), ["merge", "rebase", "am"].contains(operation) {
            seen = nil
            live.unchecked = [UncheckedPath(path: nil, reason: "a \(operation) is in progress")]
            live.uncommitted = try repository.changes().count
            return live
        }
        let now = Seen(head: head, index: FileStamp.of(repository.gitDirectory + "index"))
        var partly = paths
        if seen != now || rules.contains(where: { FileStamp.of($0) != $1 }) { partly = nil }
        seen = nil
        if let paths = partly, try !refresh(repository, paths) { partly = nil }
        if partly == nil { try refresh(repository) }
        seen = now
        try read(repository, again: partly, into: &live)
        return live
    }

    private mutating func refresh(_ repository: Repository) throws(GitError) {
        // The stamps come first: a rule that changes meanwhile is seen by the next look.
        var rules = try repository.ruleFiles()
        let found = try repository.changes()
        let root = repository.workingDirectory ?? ""
        for change in found where change.entry.path.isRule {
            let path = root + change.entry.path.text
            if rules[path] == nil { rules[path] = .some(FileStamp.of(path)) }
        }
        if rules != self.rules {
            files = [:]
            if !self.rules.isEmpty { rulesVersion += 1 }
        }
        self.rules = rules
        changes = Dictionary(found.map { ($0.entry.path, $0) }) { one, _ in one }
    }

    /// Looks at some paths only; false where that is not enough.
    private mutating func refresh(_ repository: Repository, _ paths: [RepoPath]) throws(GitError) -> Bool {
        if paths.isEmpty { return true }
        if paths.contains(where: \.isRule) { return false }
        let found = try repository.changes(paths)
        let known = changes.keys.contains { path in path.isRule && paths.contains(where: path.lies(in:)) }
        if known || found.contains(where: { $0.entry.path.isRule }) { return false }
        for known in changes.keys where paths.contains(where: known.lies(in:)) {
            changes[known] = nil
            files[known] = nil
        }
        for change in found { changes[change.entry.path] = change }
        return true
    }

    private mutating func read(
        _ repository: Repository, again paths: [RepoPath]?, into live: inout LiveTree
    ) throws(GitError) {
        live.uncommitted = changes.count
        guard !changes.isEmpty else {
            files = [:]
            return
        }
        let folder = try Disk.openFolder(repository.workingDirectory ?? path)
        defer { close(folder) }
        let reader = try LiveReader(repository, folder: folder, largest: largestFile)
        var fresh: [RepoPath: LiveFile] = [:]
        for (path, change) in changes.sorted(by: { $0.key < $1.key }) {
            // Without an event for it, a file that was read is as it was.
            if paths != nil, let known = files[path] {
                fresh[path] = known
                continue
            }
            do throws(Unchecked) {
                fresh[path] = try reader.read(change, known: files[path])
            } catch {
                live.unchecked.append(UncheckedPath(path: path, reason: error.reason))
            }
        }
        files = fresh
        let store = try ObjectStore(repository)
        for file in fresh.values {
            if let bytes = file.bytes, let entry = file.entry { store.write(blob: bytes, as: entry.id) }
        }
        live.tree = try store.editTree(live.tree, fresh.mapValues(\.entry))
        live.objects = store.lendable
    }

    /// Looks at several worktrees at once, each as ``look(at:)`` does.
    ///
    /// `paths` has one entry a worktree.
    public static func look(
        _ worktrees: inout [LiveWorktree], at paths: [[RepoPath]?], threads: Int
    ) -> [Result<LiveTree, GitError>] {
        struct Work: @unchecked Sendable {
            var worktrees: UnsafeMutableBufferPointer<LiveWorktree>
            var answers: UnsafeMutableBufferPointer<Result<LiveTree, GitError>?>
        }
        var answers = [Result<LiveTree, GitError>?](repeating: nil, count: worktrees.count)
        worktrees.withUnsafeMutableBufferPointer { worktrees in
            answers.withUnsafeMutableBufferPointer { answers in
                let work = Work(worktrees: worktrees, answers: answers)
                let stride = max(1, min(threads, worktrees.count))
                // Each index is touched by one thread alone.
                DispatchQueue.concurrentPerform(iterations: stride) { first in
                    for index in Swift.stride(from: first, to: work.worktrees.count, by: stride) {
                        do throws(GitError) {
                            work.answers[index] = .success(try work.worktrees[index].look(at: paths[index]))
                        } catch {
                            work.answers[index] = .failure(error)
                        }
                    }
                }
            }
        }
        return answers.map { $0! }
    }
}

extension RepoPath {
    /// Whether a file of this name says what is ignored or how content is converted.
    fileprivate var isRule: Bool {
        let name = lastComponent
        return name.elementsEqual(".gitattributes".utf8) || name.elementsEqual(".gitignore".utf8)
    }
}

extension Repository {
    /// The files that decide what is ignored and how content is converted, as they are now.
    fileprivate func ruleFiles() throws(GitError) -> [String: FileStamp?] {
        var files: [String: FileStamp?] = [:]
        func add(_ path: String) { files[path] = .some(FileStamp.of(path)) }
        for name in ["config", "info/attributes", "info/exclude"] { add(commonDirectory + name) }
        for key in ["core.attributesfile", "core.excludesfile"] {
            if let own = try configString(key) { add(own) }
        }
        let index = try readIndex()
        defer { git_index_free(index) }
        let root = workingDirectory ?? ""
        let names = [".gitattributes", ".gitignore"]
        for position in 0..<git_index_entrycount(index) {
            guard let path = git_index_get_byindex(index, position)?.pointee.path else { continue }
            let count = strlen(path)
            for name in names
            where count >= name.utf8.count && strcmp(path + (count - name.utf8.count), name) == 0 {
                add(root + String(cString: path))
            }
        }
        for name in names { add(root + name) }
        return files
    }
}
