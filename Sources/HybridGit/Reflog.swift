/// One step of a ref, as its reflog has it.
public struct ReflogEntry: Hashable, Sendable {
    /// What the ref named before; ``ObjectID/zero`` where it was new.
    public var old: ObjectID
    /// What it named then; ``ObjectID/zero`` where it was deleted.
    public var new: ObjectID
    /// When, in seconds since 1970.
    public var time: Int64
    /// What git says it did, such as `commit: Add a page`.
    public var message: String

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
}

extension Repository {
    /// HEAD's reflog in one worktree, oldest first; `worktree` is its registration's name, empty for the main one.
    ///
    /// None where none is kept. Lines that git would not read are left out. Source: git-reflog(1).
    public func headReflog(worktree: String) throws(GitError) -> [ReflogEntry] {
        try reflog(file: worktree.isEmpty ? commonDirectory : registrations + worktree + "/", "HEAD")
    }

    /// A ref's reflog, oldest first; none where none is kept.
    public func reflog(of ref: RefName) throws(GitError) -> [ReflogEntry] {
        try reflog(file: commonDirectory, ref.text)
    }

    private func reflog(file folder: String, _ name: String) throws(GitError) -> [ReflogEntry] {
        guard let text = try Disk.text(folder + "logs/" + name) else { return [] }
        return text.split(separator: "\n").compactMap(Self.reflogEntry)
    }

    /// `OLD NEW NAME <ADDRESS> SECONDS ZONE`, a tab, and the message.
    private static func reflogEntry(_ line: Substring) -> ReflogEntry? {
        let halves = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        let ids = halves[0].split(separator: " ", maxSplits: 2)
        guard ids.count == 3, let old = ObjectID(hexDigits: ids[0].utf8),
            let new = ObjectID(hexDigits: ids[1].utf8), let end = ids[2].lastIndex(of: ">")
        else { return nil }
        let time = ids[2][ids[2].index(after: end)...].split(separator: " ").first.flatMap { Int64($0) }
        return ReflogEntry(
            old: old, new: new, time: time ?? 0, message: halves.count == 2 ? String(halves[1]) : "")
    }
}
