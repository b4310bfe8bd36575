internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Doctor {
    /// Files that were being written, beside their place, when their process died: the place still holds the old content.
    func findDrafts() throws {
        let common = repository.commonDirectory
        let folders = [paths.hybrid, common + "worktrees"].filter(Files.isFolder)
        for folder in folders {
            for path in try FileMark.files(below: folder) {
                guard let pid = Self.writer(ofDraft: path), kill(pid, 0) != 0, errno == ESRCH,
                    // A process in another container cannot be seen, but no draft lives for long.
                    Files.age(path) > 10
                else { continue }
                note(
                    .draft, path, "process \(pid) was ended while it wrote it",
                    remedy: "remove it: what it was to replace is whole"
                ) {
                    try DurableFile.remove(path)
                    return "removed"
                }
            }
        }
    }

    /// The process in the name of a draft, `.NAME.PID-*.tmp`; nil for other names.
    private static func writer(ofDraft path: String) -> Int32? {
        let name = path.pathName
        guard name.hasPrefix("."), name.hasSuffix(".tmp"),
            let last = name.dropLast(4).split(separator: ".").last
        else { return nil }
        let parts = last.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let pid = Int32(parts[0]), pid > 0 else { return nil }
        return pid
    }
}
