internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What stands in a commit's tree, asked path by path; a folder is read once.
struct CommitTree: BaseTree {
    let repository: Repository
    let tree: ObjectID
    let store: ObjectStore
    /// Says where the user's own list of ignored files lies; empty where nobody asks for ignore rules.
    private let environment: [String: String]

    init(_ repository: Repository, commit: ObjectID, environment: [String: String] = [:]) throws {
        self.repository = repository
        self.environment = environment
        tree = try repository.commit(commit).tree
        store = try ObjectStore(repository)
    }

    /// A tree that no commit may have yet, read from a store that others use as well.
    init(_ repository: Repository, tree: ObjectID, _ store: ObjectStore) {
        self.repository = repository
        environment = [:]
        self.tree = tree
        self.store = store
    }

    func entry(_ path: String) throws -> BaseEntry? { try find(path).map { BaseEntry($0.kind) } }

    func names(in folder: String) throws -> [(name: [UInt8], entry: BaseEntry)] {
        guard let found = try find(folder), found.isTree
        else { return [] }
        return try store.tree(found.id).entries.map { (Array($0.name), BaseEntry($0.entry.kind)) }
    }

    func content(of path: String) throws -> [UInt8]? {
        guard let found = try find(path), found.isRegularFile || found.kind == .symlink else {
            return nil
        }
        return try store.blob(found.id)
    }

    /// The commit that a submodule is at; nil where none is.
    func submodule(_ path: String) throws -> ObjectID? {
        try find(path).flatMap { $0.kind == .gitlink ? $0.id : nil }
    }

    func sharedIgnoreFiles() throws -> [(name: String, content: [UInt8])] {
        var files: [(name: String, content: [UInt8])] = []
        if let own = try repository.excludesFile(environment: environment) {
            // A relative name counts from the root of a worker's worktree, which begins as this tree.
            if own.beginsWithBytes(of: "/") {
                if let content = try content(ofFile: own) { files.append((own, content)) }
            } else if try entry(own) == .file, let content = try content(of: own) {
                files.append((own, content))
            }
        }
        if let content = try content(ofFile: repository.commonDirectory + "info/exclude") {
            files.append(("info/exclude", content))
        }
        return files
    }

    private func content(ofFile path: String) throws -> [UInt8]? {
        do {
            return try Descriptor(opening: path, O_RDONLY | O_NONBLOCK).readAll()
        } catch  where error.code == ENOENT || error.code == ENOTDIR {
            return nil
        } catch {
            throw HybridError(.unreadable, path, "it cannot be read: \(error)", next: "check its permissions")
        }
    }

    private func find(_ path: String) throws -> TreeEntry? {
        let names = RepoPath(path).components.filter { !$0.elementsEqual(".".utf8) }
        return try store.treeEntry(along: names, in: tree)
    }

}

extension BaseEntry {
    fileprivate init(_ kind: EntryKind) {
        switch kind {
        case .tree: self = .directory
        case .symlink: self = .symlink
        case .gitlink, .nothing: self = .submodule
        case .file, .executable: self = .file
        }
    }
}
