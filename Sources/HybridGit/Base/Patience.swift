internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Waiting for what another git does to the repository for a moment.
///
/// git's maintenance holds locks while it packs refs, and takes folders away that are empty just then, also between
/// the moment that they are made and the moment that a file gets its place in them. Both pass.
package enum Patience {
    /// How long a lock is waited for, in seconds.
    package static let locks = 5.0
    /// How long a folder is made again that somebody takes away, in seconds; on a busy machine somebody may do so often.
    static let folders = 5.0

    /// What is done to the repository.
    enum Kind {
        /// An object or another file is written: the same call again writes the same.
        case file
        /// A ref is written or deleted, in a form that can be repeated: libgit2 says of a folder that went only that it
        /// failed.
        case ref
        /// A folder is removed with all that it holds: the same call again removes what came meanwhile.
        case removal
    }

    /// Does something, again where it failed for what passes; throws what it throws when that does not pass.
    static func wait<T>(_ kind: Kind, _ body: () throws(GitError) -> T) throws(GitError) -> T {
        let begin = now()
        var pause: UInt32 = 500
        while true {
            do throws(GitError) {
                return try body()
            } catch {
                let limit = limit(error, kind)
                guard now() - begin < limit else {
                    var error = error
                    if error.code == .locked { error.reason += "; \(stays(limit))" }
                    throw error
                }
                usleep(pause)
                pause = min(pause * 2, 50_000)
            }
        }
    }

    /// Writes a ref, again where that failed for what passes.
    ///
    /// A ref whose folder went between its renaming into place and the syncing of the folder is written: another git
    /// packed it at once. A second call would find it there, and take it for somebody else's.
    static func writeRef(_ body: () throws(GitError) -> Void) throws(GitError) {
        try wait(.ref) { () throws(GitError) in
            do throws(GitError) {
                try body()
            } catch {
                if !isSyncOfGoneFolder(error) { throw error }
            }
        }
    }

    private static func isSyncOfGoneFolder(_ error: GitError) -> Bool {
        error.reason.contains("fsync") && error.reason.hasSuffix(String(cString: strerror(ENOENT)))
    }

    /// Waits until there is no file at a path; false where it stays.
    package static func waitUntilGone(_ path: String, seconds: Double = locks) -> Bool {
        let begin = now()
        while access(path, F_OK) == 0 {
            if now() - begin >= seconds { return false }
            usleep(10_000)
        }
        return true
    }

    /// What to say of a lock that did not go.
    private static func stays(_ seconds: Double) -> String {
        "the lock was there for \(Int(seconds)) s: if no git works here, hybrid doctor says what to do about it"
    }

    /// How long an error of this kind may pass, in seconds; 0 where it does not.
    static func limit(_ error: GitError, _ kind: Kind) -> Double {
        if error.code == .locked { return locks }
        if kind == .removal { return error.code == .exists ? folders : 0 }
        if kind == .ref { return error.code == .other || error.code == .notFound ? folders : 0 }
        guard error.reason.hasSuffix(String(cString: strerror(ENOENT))) else { return 0 }
        // The last ones: what was written is in a pack already, and its folder was pruned.
        let ours = [
            "rename lockfile", "temporary file", "make directory", "create leading", "locked file",
            "for fsync",
            "fsync directory",
        ]
        return ours.contains { error.reason.contains($0) } ? folders : 0
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
