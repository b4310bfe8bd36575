internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridPlan
internal import HybridSystem

/// A worktree's files as they lie there, for rules that look at them.
struct FolderTree: BaseTree {
    let repository: Repository
    let root: String
    let environment: [String: String]

    func entry(_ path: String) throws -> BaseEntry? {
        let whole = root + "/" + path
        guard GuardPath.exists(whole) else { return nil }
        if Files.isRealFolder(whole) { return .directory }
        return Files.isLink(whole) ? .symlink : .file
    }

    func content(of path: String) throws -> [UInt8]? { Files.read(root + "/" + path) }

    func sharedIgnoreFiles() throws -> [(name: String, content: [UInt8])] {
        var files: [(name: String, content: [UInt8])] = []
        let own = try repository.excludesFile(environment: environment)
        for (name, path) in [
            own.map { ($0, GuardPath.joined($0, to: root)) },
            ("info/exclude", repository.commonDirectory + "info/exclude"),
        ].compactMap({ $0 }) {
            if let content = Files.read(path) { files.append((name, content)) }
        }
        return files
    }
}
