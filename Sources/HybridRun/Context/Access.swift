internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whether hybrid can write where it keeps its state.
enum Access {
    /// Why nothing can be made in a folder, and what to do about it; nil where it can.
    ///
    /// A read-only file system holds for root as well, permission bits do not.
    static func problem(_ folder: String) -> HybridError? {
        var facts = stat()
        if unsafe stat(folder, &facts) == 0, facts.st_mode & S_IFMT != S_IFDIR {
            return HybridError(
                .notWritable, folder, "a file stands where a folder has to be",
                next:
                    "look at it, and move it away: mv \(ShellWord.bare(folder)) \(ShellWord.bare(folder + ".aside"))"
            )
        }
        if unsafe access(folder, W_OK | X_OK) == 0 { return nil }
        let error = SystemError()
        return HybridError(
            .notWritable, folder, "it cannot be written (\(error)), so no run can begin, go on or land",
            next: error.code == EROFS
                ? "mount its file system writable, such as: mount -o remount,rw \(ShellWord.bare(folder))"
                : "chmod u+rwx \(ShellWord.bare(folder)), or ask its owner")
    }

    /// Throws where hybrid's own folder cannot be written or made.
    static func refuseUnwritable(_ paths: RunPaths) throws(HybridError) {
        if let problem = problem(Files.exists(paths.hybrid) ? paths.hybrid : paths.common) { throw problem }
    }
}
