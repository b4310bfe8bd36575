package import HybridGit
internal import HybridMerging
internal import HybridSystem

/// Which files past commits touched together with others, and how often.
public struct HotHistory: Codable, Hashable, Sendable {
    /// The commits that were read.
    public var commits: Int
    /// Of the files that many of them touched together with others: by how many.
    public var files: [String: Int]

    /// Makes a history.
    public init(commits: Int = 0, files: [String: Int] = [:]) {
        self.commits = commits
        self.files = files
    }

    /// How many of a branch's first parents are read.
    static let mostCommits = 500
    /// A commit that touches more files, such as a reformatting, says nothing about any of them.
    static let mostFiles = 200
    /// A file is kept from this many commits on, and from one in twenty.
    static let fewest = 10

    /// Whether so many commits make a file one that work meets in.
    static func isHot(_ count: Int, of commits: Int) -> Bool { count >= fewest && count * 20 >= commits }

    /// Whether so many commits touch a file that nearly every task will.
    static func isVeryHot(_ count: Int, of commits: Int) -> Bool { count * 5 >= commits }

    /// Reads a branch's newest first parents.
    ///
    /// Grows with what these commits changed.
    package static func read(from tip: ObjectID, in repository: Repository) throws -> HotHistory {
        let store = try ObjectStore(repository)
        var counts: [RepoPath: Int] = [:]
        var read = 0
        var commit = try repository.commit(tip)
        while read < mostCommits, let first = commit.parents.first {
            let parent = try repository.commit(first)
            let changed = try ChangeSet.betweenTrees(parent.tree, [commit.tree], in: store)[0].changes
            if changed.count > 1, changed.count <= mostFiles {
                for change in changed { counts[change.path, default: 0] += 1 }
            }
            read += 1
            commit = parent
        }
        var files: [String: Int] = [:]
        for (path, count) in counts where isHot(count, of: read) {
            files[path.text] = max(count, files[path.text] ?? 0)
        }
        return HotHistory(commits: read, files: files)
    }
}

/// What was read of one tip, kept for the next check.
private struct KeptHistory: Codable {
    var tip: String
    var history: HotHistory
}

extension HotHistory {
    /// The history of a tip: what was kept, or what is read now.
    ///
    /// It is kept only where the repository has hybrid's own folder: looking makes none. A file that cannot be read is
    /// no history, and is made anew.
    package static func of(_ tip: ObjectID, in repository: Repository) throws -> HotHistory {
        let folder = repository.commonDirectory + "hybrid"
        let path = folder + "/hot-history.json"
        if let kept = try? DurableFile.readJSON(KeptHistory.self, from: path), kept.tip == tip.description {
            return kept.history
        }
        // A shallow clone's history is cut off, and so says little.
        if Files.exists(repository.commonDirectory + "shallow") { return HotHistory() }
        let history: HotHistory
        do {
            history = try read(from: tip, in: repository)
        } catch let error as GitError {
            // Of a partial clone's history folders may not be here, and it is not worth fetching them.
            guard error.code == .notFound, try !repository.promisorRemotes().isEmpty else { throw error }
            return HotHistory()
        }
        if Files.isFolder(folder) {
            let kept = KeptHistory(tip: tip.description, history: history)
            // Where it cannot be kept, the next check reads again.
            _ = try? DurableFile.put(
                DurableFile.encode(kept), to: path, mode: nil, synced: false, replacing: true)
        }
        return history
    }
}
