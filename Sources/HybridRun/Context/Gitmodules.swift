internal import HybridBase
internal import HybridGit
internal import HybridSystem

/// What a `.gitmodules` says, by the submodules' paths.
struct Gitmodules {
    /// One submodule: its name, and all that is said of it.
    struct Entry: Hashable {
        var name: String
        var settings: [String: [String]]
    }

    private(set) var entries: [String: Entry] = [:]

    /// Reads it from a tree; without one there are no entries.
    init(_ tree: CommitTree, environment: [String: String]) throws {
        guard let text = try tree.content(of: ".gitmodules") else { return }
        // libgit2 reads settings from files only.
        let folder = try TemporaryFolder.make("hybrid-gitmodules", in: environment)
        defer { Files.removeEmptyFolder(folder) }
        let copy = folder + "/gitmodules"
        try DurableFile.put(text, to: copy, mode: 0o600, synced: false, replacing: true)
        let settings: [UserConfiguration.Setting]
        do {
            settings = try tree.repository.settings(inFile: copy)
            try Files.remove(copy)
        } catch {
            try Files.remove(copy)
            throw error
        }
        var named: [String: [String: [String]]] = [:]
        for setting in settings where setting.section == "submodule" && !setting.isIncluded {
            guard let name = setting.subsection else { continue }
            named[name, default: [:]][setting.key, default: []].append(setting.text)
        }
        for (name, settings) in named {
            guard let path = settings["path"]?.last, Self.isPath(path) else { continue }
            entries[path] = Entry(name: name, settings: settings)
        }
    }

    private static func isPath(_ path: String) -> Bool {
        let parts = path.pathParts
        return !parts.isEmpty && !path.beginsWithBytes(of: "/") && !parts.contains { $0 == ".." || $0 == "." }
    }
}

/// Where the worktrees of submodules can come from: what the user has in the main checkout, and nothing else.
struct SubmoduleSource {
    /// What there is of a submodule.
    enum Found {
        case ready(Repository)
        /// The user's own checkout does not have it.
        case notInitialised
        case unusable(reason: String, next: String)
    }

    private let repository: Repository
    /// The main checkout; nil for a bare repository.
    let checkout: String?

    init(_ repository: Repository) throws {
        self.repository = repository
        checkout = try repository.mainWorktree()?.path
    }

    /// The submodule's own repository, which must hold the commit.
    func find(_ path: String, at commit: ObjectID) throws -> Found {
        guard let checkout, Files.isThere(checkout + "/" + path + "/.git") else { return .notInitialised }
        let place = checkout + "/" + path
        let module: Repository
        do throws(GitError) {
            module = try Repository(at: place)
        } catch {
            return .unusable(
                reason: "its repository cannot be read: \(neutralise(error.reason))",
                next: "see it fail: git -C \(ShellWord.bare(place)) status")
        }
        guard module.commonDirectory.beginsWithBytes(of: repository.commonDirectory + "modules/") else {
            return .unusable(
                reason:
                    "its repository lies in your checkout and not below \(repository.commonDirectory)modules",
                next: "git -C \(ShellWord.bare(checkout)) submodule absorbgitdirs -- \(ShellWord.bare(path))")
        }
        guard try module.hasCommit(commit) else {
            return .unusable(
                reason: "commit \(commit.short) is not in its repository",
                next: "bring it there: git -C \(ShellWord.bare(place)) fetch")
        }
        return .ready(module)
    }

    /// Why a submodule that was moved to a commit cannot land; nil where it can.
    func lost(_ path: String, at commit: ObjectID) throws -> String? {
        switch try find(path, at: commit) {
        case .ready: nil
        case .notInitialised:
            "the submodule is not initialised in the main checkout, so nobody else could have commit \(commit.short)"
        case .unusable(let reason, _): reason
        }
    }
}
