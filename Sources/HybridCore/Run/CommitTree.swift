internal import HybridGit

/// What stands in a commit's tree, asked path by path.
struct CommitTree: BaseTree {
    let repository: Repository
    let tree: ObjectID

    init(_ repository: Repository, commit: ObjectID) throws {
        self.repository = repository
        tree = try repository.commit(commit).tree
    }

    func entry(_ path: String) throws -> BaseEntry? {
        guard let entry = try repository.treeEntry(RepoPath(path), in: tree) else { return nil }
        switch entry.mode & 0o170000 {
        case 0o40000: return .directory
        case 0o120000: return .symlink
        case 0o160000: return .submodule
        default: return .file
        }
    }

    func firstFilteredPath() throws -> String? { try repository.filteredPath(in: tree)?.description }
}
