internal import CLibgit2

/// One path that differs from HEAD.
public struct StatusEntry: Hashable, Sendable {
    /// The path from the worktree's root.
    public var path: RepoPath
    /// How it differs.
    public var kind: Kind

    /// How a path differs from HEAD.
    public enum Kind: String, Hashable, Sendable {
        case added, modified, deleted, typeChanged, untracked, conflicted
    }
}

extension Repository {
    /// Paths of this worktree that differ from HEAD: untracked files singly, ignored ones not.
    ///
    /// Grows with the number of files in the worktree.
    public func status() throws(GitError) -> [StatusEntry] {
        var options = git_status_options()
        try check(
            git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)), "read status",
            workingDirectory ?? "")
        options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
        options.flags =
            GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS.rawValue
            | GIT_STATUS_OPT_EXCLUDE_SUBMODULES.rawValue | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH.rawValue
        var list: OpaquePointer?
        try check(git_status_list_new(&list, handle, &options), "read status", workingDirectory ?? "")
        defer { git_status_list_free(list) }
        var found: [StatusEntry] = []
        for index in 0..<git_status_list_entrycount(list) {
            guard let entry = git_status_byindex(list, index)?.pointee,
                let delta = entry.index_to_workdir ?? entry.head_to_index,
                let raw = delta.pointee.new_file.path ?? delta.pointee.old_file.path
            else { continue }
            found.append(StatusEntry(path: RepoPath(bytes: Self.bytes(raw)), kind: Self.kind(entry.status)))
        }
        return found
    }

    /// Whether nothing differs from HEAD and nothing is untracked.
    public func isClean() throws(GitError) -> Bool { try status().isEmpty }

    private static func kind(_ status: git_status_t) -> StatusEntry.Kind {
        func has(_ flags: git_status_t...) -> Bool { flags.contains { status.rawValue & $0.rawValue != 0 } }
        if has(GIT_STATUS_CONFLICTED) { return .conflicted }
        if has(GIT_STATUS_WT_DELETED) || has(GIT_STATUS_INDEX_DELETED) && !has(GIT_STATUS_WT_NEW) {
            return .deleted
        }
        if has(GIT_STATUS_WT_TYPECHANGE, GIT_STATUS_INDEX_TYPECHANGE) { return .typeChanged }
        if has(GIT_STATUS_INDEX_NEW) { return .added }
        if has(GIT_STATUS_WT_NEW) { return .untracked }
        return .modified
    }

    static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        var out: [UInt8] = []
        var at = text
        while at.pointee != 0 {
            out.append(UInt8(bitPattern: at.pointee))
            at += 1
        }
        return out
    }
}
