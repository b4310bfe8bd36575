internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The marks by which an index keeps git from looking at files.
    struct Marks {
        /// What a mark says of a file.
        enum Mark: UInt8 {
            case none
            /// git does not look at it.
            case unseen
            /// git does not look at it, and it may well not be there.
            case absent
        }

        /// By the entries' positions; empty where none has a mark.
        fileprivate var all: [Mark] = []

        func mark(of path: UnsafePointer<CChar>, in index: OpaquePointer) -> Mark {
            var position = 0
            guard !all.isEmpty, git_index_find(&position, index, path) == 0 else { return .none }
            return all[position]
        }
    }

    /// Takes the marks from an index in memory, so that the next status says what the files hold; gives them.
    ///
    /// git does not look at files that are marked assume-unchanged or skip-worktree, and with `core.trustctime` off takes
    /// a file of the same length for unchanged that was written and had its time set back. A file outside a sparse
    /// checkout is not there by right; without one a mark excuses nothing. Source: git-update-index(1),
    /// git-sparse-checkout(1).
    func lifted(from index: OpaquePointer) throws(GitError) -> Marks {
        let isSparse = try Disk.find(gitDirectory + "info/sparse-checkout") != nil
        let trustsTime = try setting("core.trustctime", in: handle, default: true)
        let root = workingDirectory ?? ""
        var marks = Marks()
        let count = git_index_entrycount(index)
        for position in 0..<count {
            guard let entry = git_index_get_byindex(index, position) else { continue }
            if entry.pointee.isTrusted {
                if marks.all.isEmpty { marks.all = Array(repeating: .none, count: count) }
                let skip = UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue)
                let isOutside = isSparse && entry.pointee.flags_extended & skip != 0
                marks.all[position] = isOutside ? .absent : .unseen
                let lifted = UnsafeMutablePointer(mutating: entry)
                lifted.pointee.flags_extended &= ~skip
                lifted.pointee.flags &= ~UInt16(GIT_INDEX_ENTRY_VALID.rawValue)
            }
            if !trustsTime, let path = entry.pointee.path,
                isStale(entry.pointee, at: root + String(cString: path))
            {
                // Another time has libgit2 read the file.
                UnsafeMutablePointer(mutating: entry).pointee.mtime.seconds = 0
            }
        }
        return marks
    }

    /// Whether a file's entry changed since the index saw it, by the time that nobody can set.
    private func isStale(_ entry: git_index_entry, at path: String) -> Bool {
        guard let stamp = FileStamp.of(path) else { return false }
        return stamp.changed / 1_000_000_000 != Int64(entry.ctime.seconds)
            || stamp.changed % 1_000_000_000 != Int64(entry.ctime.nanoseconds)
    }
}
