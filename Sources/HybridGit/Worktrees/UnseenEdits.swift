internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// Dates files to now that git would take for what its index holds, though they are known to hold something else.
    ///
    /// git goes by a file's size and times, in whole seconds; only where they are those of the index's own last writing does
    /// it read the file (git's racy-git.txt). A fresh worktree's files are dated to before that, so that its first `git status`
    /// reads none; an edit of the same size within the second, with the time put back as `cp -p` does, would pass unseen.
    /// Grows with the paths.
    package func showEdits(_ paths: [(path: RepoPath, now: TreeEntry)]) throws(GitError) {
        guard !paths.isEmpty else { return }
        let index = try readIndex()
        defer { git_index_free(index) }
        let folders = try FoldersBelow(at: workingDirectory ?? gitDirectory)
        for (path, now) in paths {
            var facts = stat()
            guard let entry = git_index_get_bypath(index, path.terminated, 0)?.pointee,
                entry.held.id != now.id, let place = try folders.place(of: path),
                fstatat(place.folder, place.name, &facts, AT_SYMLINK_NOFOLLOW) == 0,
                facts.st_mode & S_IFMT == S_IFREG,
                Int64(facts.st_size) & 0xFFFF_FFFF == Int64(entry.file_size)
            else { continue }
            var moment = timespec()
            clock_gettime(CLOCK_REALTIME, &moment)
            guard utimensat(place.folder, place.name, [moment, moment], AT_SYMLINK_NOFOLLOW) == 0 else {
                throw Disk.failure("date", path.description)
            }
        }
    }
}
