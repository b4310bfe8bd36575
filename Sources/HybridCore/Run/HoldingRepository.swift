public import HybridGit

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Repository {
    /// Opens the repository that holds a folder; says in the product's own words why it cannot.
    public static func holding(_ directory: String) throws -> Repository {
        do throws(GitError) {
            return try Repository(discovering: directory)
        } catch {
            // libgit2 1.5 answers "not found" for an owner that no safe.directory allows.
            if error.code == .owner || error.reason.contains("safe.directory") {
                let root = root(of: directory)
                throw HybridError(
                    root, "the repository belongs to another user",
                    next: "if you trust it: git config --global --add safe.directory '\(root)'")
            }
            if error.code == .notFound {
                throw HybridError(
                    directory == "." ? "this folder" : directory, "it is in no git repository",
                    next: "go into one, or make one: git init")
            }
            throw error
        }
    }

    /// The folder at or above `directory` that holds a `.git`; `directory` itself for a bare repository.
    private static func root(of directory: String) -> String {
        let here = URL(fileURLWithPath: directory).standardizedFileURL.path
        var folder = here
        while !Files.exists(folder + "/.git") {
            guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return here }
            folder = String(folder[..<slash])
        }
        return folder
    }
}
