internal import HybridGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Doctor {
    /// Folders in which nothing can be made: no run can begin, go on or land.
    func findReadOnly() throws {
        let common = repository.commonDirectory
        let folders = [common, common + "objects", common + "refs", paths.hybrid].filter(Files.isFolder)
        // A read-only file system holds for root as well, permission bits do not.
        for folder in folders where unsafe access(folder, W_OK) != 0 {
            let error = SystemError()
            note(
                .access, folder, "it cannot be written (\(error)): no run can begin, go on or land",
                remedy: error.code == EROFS
                    ? "mount its file system writable" : "chmod u+w '\(folder)', or ask its owner")
            return
        }
        if let entry = kind(paths.hybrid), entry != S_IFDIR {
            note(
                .access, paths.hybrid, "a file stands where hybrid keeps its state",
                remedy: "look at it and move it away: mv '\(paths.hybrid)' '\(paths.hybrid).aside'")
        }
    }

    private func kind(_ path: String) -> mode_t? {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 ? facts.st_mode & S_IFMT : nil
    }
}
