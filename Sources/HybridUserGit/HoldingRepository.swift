internal import HybridBase
public import HybridGit
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Repository {
    /// Opens the repository that holds a folder; says in the product's own words why it cannot.
    ///
    /// Whose repository may be opened is git's to say: it is asked where the owner is another, and only there.
    public static func holding(_ directory: String) throws -> Repository {
        do throws(GitError) {
            let repository = try Repository(discovering: directory)
            if repository.isOwnedByUser { return repository }
        } catch {
            if error.code == .notFound, !error.reason.contains("safe.directory") {
                throw HybridError(
                    .notARepository, directory == "." ? "this folder" : directory,
                    "it is in no git repository",
                    next: "go into one, or make one: git init")
            }
            // libgit2 1.5 answers "not found" for an owner that no safe.directory allows.
            guard error.code == .owner || error.reason.contains("safe.directory") else { throw error }
        }
        let environment = WorkerEnvironment.cleaned(processEnvironment())
        guard try UserGit.trusts(directory, environment: environment) else {
            let root = root(of: directory)
            throw HybridError(
                .notTrusted, root, "the repository belongs to another user",
                next: "if you trust it: git config --global --add safe.directory \(ShellWord.bare(root))")
        }
        try trustOwners()
        return try Repository(discovering: directory)
    }

    /// The folder at or above `directory` that holds a `.git`; `directory` itself for a bare repository.
    private static func root(of directory: String) -> String {
        let here = URL(fileURLWithPath: directory).standardizedFileURL.path
        var folder = here
        while !Files.exists(folder + "/.git") {
            guard let above = folder.pathFolder, above != "/" else { return here }
            folder = String(above)
        }
        return folder
    }
}
