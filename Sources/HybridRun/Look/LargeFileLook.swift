internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem
internal import HybridUserGit

/// Content that Git LFS keeps apart and that worktrees will lack.
struct LargeFileLook {
    private let repository: Repository
    private let environment: [String: String]

    init(_ repository: Repository, _ environment: [String: String]) {
        self.repository = repository
        self.environment = environment
    }

    /// The longest text of a pointer, by Git LFS's specification.
    private static let longest = 1024

    /// What is told before launch; nothing where no file of the commit is a pointer.
    func findings(_ commit: ObjectID) throws -> [Preflight.Finding] {
        let files = try repository.filteredFiles(in: repository.commit(commit).tree).filter {
            $0.use.driver == "lfs"
        }
        if files.isEmpty { return [] }
        let home = repository.workingDirectory ?? repository.commonDirectory
        let settings = try UserGit.settings(in: home, environment: WorkerEnvironment.cleaned(environment))
        let isSetUp = FilterSettings.drivers(in: settings)["lfs"] != nil
        let store = storage(settings["lfs.storage"])
        var missing: [RepoPath] = []
        for file in files {
            guard let name = try name(of: file.entry.id) else { continue }
            let place = "\(store)/objects/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
            if !isSetUp || !Files.exists(place) { missing.append(file.path) }
        }
        guard let first = missing.first else { return [] }
        let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
        guard isSetUp else {
            return [
                Self.warning(
                    "\(first)\(more)",
                    "Git LFS is not set up here, so such files are pointers in worktrees, without their content",
                    "git lfs install && git lfs pull")
            ]
        }
        if Self.skips(environment["GIT_LFS_SKIP_SMUDGE"]) {
            return [
                Self.warning(
                    "\(first)\(more)", "the content was not fetched, so it is a pointer in worktrees",
                    "git lfs fetch")
            ]
        }
        return [
            Self.warning(
                "\(first)\(more)",
                "the content was not fetched: git fetches it for each worktree, and where it cannot, none is made",
                "git lfs fetch, or leave such files as pointers: GIT_LFS_SKIP_SMUDGE=1 before the command")
        ]
    }

    /// The name of the content that a blob stands for; nil where it is no pointer, or not here in a partial clone.
    private func name(of id: ObjectID) throws -> String? {
        do throws(GitError) {
            return Self.content(of: try repository.blob(id))
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    private static func warning(_ thing: String, _ reason: String, _ next: String) -> Preflight.Finding {
        .init(warning: "lfs", HybridError(.unsupported, thing, reason, next: next))
    }

    /// As Git LFS reads its variables.
    private static func skips(_ text: String?) -> Bool { ["1", "true", "t"].contains(text?.lowercased()) }

    private func storage(_ setting: String?) -> String {
        guard let setting, !setting.isEmpty else { return repository.commonDirectory + "lfs" }
        return setting.hasPrefix("/") ? setting : repository.commonDirectory + setting
    }

    /// The name of the content that a pointer stands for; nil where it is none.
    static func content(of bytes: [UInt8]) -> String? {
        guard bytes.count <= longest else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first?.hasPrefix("version ") == true else { return nil }
        let oid = lines.first { $0.hasPrefix("oid sha256:") }?.dropFirst(11)
        guard let oid, oid.utf8.count == 64, oid.allSatisfy(\.isHexDigit) else { return nil }
        return String(oid)
    }
}
