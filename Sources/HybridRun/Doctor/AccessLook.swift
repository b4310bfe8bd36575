internal import HybridBase
internal import HybridGit
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Doctor {
    /// Folders in which nothing can be made.
    func findUnwritable() {
        let common = repository.commonDirectory
        let folders = [common, common + "objects", common + "refs", paths.hybrid].filter(Files.exists)
        // Where one file system is read-only, all of them are: once is enough.
        guard let problem = folders.compactMap(Access.problem).first else { return }
        note(.access, problem.thing, problem.reason, remedy: problem.next ?? "")
    }
}
