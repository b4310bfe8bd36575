internal import CLibgit2

/// One line of a ref's log.
public struct ReflogEntry: Hashable, Sendable {
    /// What the ref named before; zero where it was not there.
    public var old: ObjectID
    /// What it names since.
    public var new: ObjectID
    /// When, in seconds since 1970.
    public var time: Int64
    /// What was done, such as `commit (amend): subject`.
    public var message: String

    /// Makes a value.
    public init(old: ObjectID, new: ObjectID, time: Int64 = 0, message: String) {
        self.old = old
        self.new = new
        self.time = time
        self.message = message
    }

    /// Whether the step made the commit that it went to, rather than going to one that was there.
    ///
    /// Source: the reflog messages of git's builtin commands, and git-rebase(1) for GIT_REFLOG_ACTION.
    public var isMaking: Bool {
        if message.hasSuffix(": Fast-forward") { return false }
        for word in ["commit", "cherry-pick", "revert", "am", "merge", "stash"]
        where message.hasPrefix(word + ":") || message.hasPrefix(word + " ") {
            return true
        }
        guard message.hasPrefix("rebase") || message.hasPrefix("pull") else { return false }
        return !["(start)", "(finish)", "(abort)", ": checkout "].contains { message.contains($0) }
    }

    /// Reads a line; nil where it is damaged.
    init?(_ line: Substring) {
        let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        let words = parts[0].split(separator: " ")
        guard words.count > 2, let old = ObjectID(hex: String(words[0])),
            let new = ObjectID(hex: String(words[1]))
        else { return nil }
        self.init(
            old: old, new: new, time: Int64(words[words.count - 2]) ?? 0,
            message: parts.count > 1 ? String(parts[1]) : "")
    }
}

/// One entry of the stash.
public struct StashEntry: Codable, Hashable, Sendable {
    /// The commit (hex) that holds the working tree; its parents hold what it stood on, the index, untracked files.
    public var id: String
    /// What `git stash list` shows for it.
    public var message: String

    /// Makes a value.
    public init(id: String, message: String) {
        self.id = id
        self.message = message
    }
}

extension Repository {
    /// A ref's log, the oldest line first; none where it has no log.
    ///
    /// `logs` is the log's file, by its whole path. Lines that are damaged are left out.
    package static func reflog(inFile logs: String) throws(GitError) -> [ReflogEntry] {
        let text: String?
        do throws(GitError) {
            text = try Disk.text(logs)
        } catch {
            // A pipe in a log's place holds nothing that was logged.
            guard error.code == .notAFile else { throw error }
            text = nil
        }
        guard let text else { return [] }
        return text.split(separator: "\n").compactMap { ReflogEntry($0) }
    }

    /// HEAD's log in one worktree, the oldest line first; `worktree` is its registration's name, empty for the main one.
    package func headReflog(worktree: String) throws(GitError) -> [ReflogEntry] {
        try Self.reflog(
            inFile: (worktree.isEmpty ? commonDirectory : registrations + worktree + "/") + "logs/HEAD")
    }

    /// The stash, the newest entry first.
    ///
    /// As `git stash list` does it goes by the log alone: without one nothing is listed, whatever the ref names.
    package func stashEntries() throws(GitError) -> [StashEntry] {
        try Self.reflog(inFile: commonDirectory + "logs/refs/stash").reversed().map {
            StashEntry(id: $0.new.description, message: $0.message)
        }
    }

    /// Lets a worktree's HEAD name a branch, which must name the commit that is checked out: no file changes.
    ///
    /// Throws `changed` where the branch names another commit.
    package func attachHead(to branch: BranchName) throws(GitError) {
        guard let head = try headCommit(), try id(of: branch.ref) == head else {
            throw GitError(
                .changed, operation: "check out", subject: branch.text,
                reason: "it does not name the commit that is checked out")
        }
        try check(git_repository_set_head(handle, branch.ref.text), "check out", branch.text)
    }
}
