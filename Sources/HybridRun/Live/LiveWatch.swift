public import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridReport
internal import HybridUserGit

/// Keeps the answer of ``LiveConflicts`` current, and knows which folders that takes.
///
/// A worktree has two roots, its files and its own git directory; root 0 is the git directory that all share.
public final class LiveWatch {
    private let live: LiveConflicts
    private let watcher: any ChangeWatcher
    private var roots: [String: Root] = [:]
    private var pathOfRoot: [Int: String] = [:]
    private var nextRoot = 1

    private struct Root {
        var files: Int
        var git: Int
        var rules: Int
    }

    /// What makes a git directory's own files worth a look.
    private static let plain = ["HEAD", "packed-refs", "config", "shallow", "worktrees"]

    /// Watches for the answers of `live` with `watcher`.
    public init(_ live: LiveConflicts, _ watcher: any ChangeWatcher) {
        self.live = live
        self.watcher = watcher
        let common = live.repository.commonDirectory
        for path in [RepoPath.root, RepoPath("worktrees")] {
            watcher.add(WatchedFolder(root: 0, at: common, path: path))
        }
        for path in Repository.gitFolders(common, below: RepoPath("refs")) {
            watcher.add(WatchedFolder(root: 0, at: common, path: path))
        }
    }

    /// How many folders are looked at from time to time only, because the system's limit is reached.
    public var polled: Int { watcher.polled }

    /// The first answer; everything is watched before it is looked at.
    public func first() throws -> ConflictReport { try answer(.all) }

    /// Waits until something changed, and gives the new answer; nil when `stop` can be read.
    public func next(stop: Int32) throws -> ConflictReport? {
        while true {
            var news = try watcher.wait(milliseconds: nil, stop: stop)
            if news.stopped { return nil }
            // A save is several changes: what comes within a few milliseconds belongs together.
            for _ in 0..<8 where !news.stopped {
                let more = try watcher.wait(milliseconds: 25, stop: stop)
                if more.isEmpty { break }
                news.add(more)
            }
            if let look = look(for: news) { return try answer(look) }
            if news.stopped { return nil }
        }
    }

    private func answer(_ look: LiveConflicts.Look) throws -> ConflictReport {
        do {
            return try settled(look)
        } catch is GitError {
            // A repack may have taken packs away that were open: once more with nothing kept.
            live.forget()
            return try settled(.all)
        }
    }

    private func settled(_ look: LiveConflicts.Look) throws -> ConflictReport {
        let report = try live.answer(look, prepare: follow)
        let changed = roots.filter { live.rulesVersion($0.key) != $0.value.rules }.map(\.key)
        guard !changed.isEmpty else { return report }
        // Other folders are ignored now: those that came were not watched when they were looked at.
        for path in changed { watchFiles(path, again: true) }
        return try live.answer(
            .at(Dictionary(uniqueKeysWithValues: changed.map { ($0, [.root]) })),
            prepare: follow)
    }

    // MARK: Folders

    /// Watches the worktrees that take part, and no others.
    private func follow(_ paths: [String]) throws {
        for (path, root) in roots where !paths.contains(path) {
            for number in [root.files, root.git] {
                watcher.remove(root: number, below: .root)
                pathOfRoot[number] = nil
            }
            roots[path] = nil
        }
        for path in paths where roots[path] == nil {
            // One that cannot be opened says so in the answer.
            guard let repository = try? Repository(at: path) else { continue }
            let root = Root(files: nextRoot, git: nextRoot + 1, rules: live.rulesVersion(path))
            nextRoot += 2
            roots[path] = root
            (pathOfRoot[root.files], pathOfRoot[root.git]) = (path, path)
            watcher.add(
                WatchedFolder(root: root.git, at: repository.gitDirectory, path: .root))
            watchFiles(path, again: false)
        }
    }

    private func watchFiles(_ path: String, below folder: RepoPath = .root, again: Bool) {
        guard let root = roots[path]?.files else { return }
        roots[path]?.rules = live.rulesVersion(path)
        if again { watcher.remove(root: root, below: folder) }
        let found = (try? Repository(at: path).foldersToWatch(below: folder)) ?? []
        for folder in found { watcher.add(WatchedFolder(root: root, at: path, path: folder)) }
    }

    // MARK: What changed

    /// What has to be looked at again; nil for nothing.
    private func look(for news: WatchNews) -> LiveConflicts.Look? {
        if news.lost {
            for path in roots.keys { watchFiles(path, again: false) }
            return .all
        }
        var changed: [String: [RepoPath]] = [:]
        var matters = false
        for change in news.changes {
            if change.root == 0 {
                matters = noteShared(change) || matters
            } else if let path = pathOfRoot[change.root], let root = roots[path] {
                if change.root == root.git {
                    guard Self.isStateFile(change.path) else { continue }
                    changed[path, default: []] += []
                } else {
                    noteFile(change, in: path, &changed)
                }
            }
        }
        return matters || !changed.isEmpty ? .at(changed) : nil
    }

    /// Takes note of a change in the git directory that all share; false when it tells nothing.
    private func noteShared(_ change: WatchNews.Change) -> Bool {
        let common = live.repository.commonDirectory
        let path = change.path
        if path.text.hasSuffix(".lock") { return false }
        if change.isNewFolder || path == RepoPath("worktrees") {
            let isRefs = path.bytes.starts(with: "refs".utf8)
            for folder in isRefs ? Repository.gitFolders(common, below: path) : [RepoPath("worktrees")] {
                watcher.add(WatchedFolder(root: 0, at: common, path: folder))
            }
        }
        if path == RepoPath("config") { live.forget() }
        return path.isRoot || path.depth > 0 || Self.plain.contains(path.text)
    }

    /// Whether a file of a worktree's git directory tells what is checked out or under way.
    private static func isStateFile(_ path: RepoPath) -> Bool {
        let name = path.text
        return name.isEmpty || name == "HEAD" || name == "index" || name.hasPrefix("rebase-")
            || name.hasSuffix("_HEAD") && name != "FETCH_HEAD" && name != "ORIG_HEAD"
    }

    private func noteFile(_ change: WatchNews.Change, in path: String, _ changed: inout [String: [RepoPath]])
    {
        let name = change.path.components.last ?? []
        // A repository that comes or goes changes what the folder around it is.
        if name.elementsEqual(".git".utf8) {
            watchFiles(path, again: true)
            changed[path] = [.root]
            return
        }
        if change.isNewFolder { watchFiles(path, below: change.path, again: false) }
        changed[path, default: []].append(change.path)
    }
}
