internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What lies in a worker's worktree although git ignores it: no commit holds it, and it goes with the worktree.
struct IgnoredWork {
    /// A file within the job's claims, and the rule that hides it.
    struct File {
        var path: String
        var rule: String?

        /// How it is named in a message.
        var shown: String { "\(RepoPath(path))\(rule.map { " (\(neutralise($0)))" } ?? "")" }
    }

    /// The worktree.
    let root: String
    /// Files that the job claims and that are no caches.
    private(set) var files: [File] = []
    /// Files that were brought from the user's checkout, and changed here.
    private(set) var changed: [File] = []
    /// How many other files there are.
    private(set) var others = 0
    /// Whether there are more than were looked at.
    private(set) var isCut = false

    /// The most files that are looked at.
    private static let most = 100_000

    /// Looks through a worktree for what a job with these claims made; what is older than `since`, in nanoseconds since 1970,
    /// was there before.
    ///
    /// `known` is what git ignores there, where somebody just looked. What was brought there and is unchanged is nobody's work, and is not counted.
    init(
        in root: String, claims: [Claim], since: Int64? = nil, known: [RepoPath]? = nil,
        brought: BroughtList? = nil,
        environment: [String: String]
    ) throws {
        self.root = root
        let repository = try Repository(at: root)
        let set = ClaimSet(ofBothReadings: claims)
        let rules = IgnoreRules(FolderTree(repository: repository, root: root, environment: environment))
        let listed = listed(try known ?? repository.ignoredEntries())
        for path in listed {
            if let brought, brought.entries[path] != nil {
                if !brought.isUnchanged(path, in: root) { changed.append(File(path: path, rule: nil)) }
                continue
            }
            if let since, let changed = Files.changed(root + "/" + path), changed < since { continue }
            guard let claim = set.covers(path), claim.kind != .read,
                !CacheNames.isCache(path, below: claim)
            else {
                others += 1
                continue
            }
            files.append(File(path: path, rule: try rules.rule(hiding: path)?.shown))
        }
        if let brought { try addUnhidden(brought, besides: Set(listed), in: repository) }
    }

    /// What was brought, was changed, and is hidden no more because the rule went: no commit holds that either.
    private mutating func addUnhidden(
        _ brought: BroughtList, besides listed: Set<String>, in repository: Repository
    ) throws {
        let tree = try repository.headCommit().map { try repository.commit($0).tree }
        for path in brought.entries.keys.sorted() where !listed.contains(path) {
            guard GuardPath.exists(root + "/" + path), !Files.isRealFolder(root + "/" + path),
                !brought.isUnchanged(path, in: root),
                try tree.flatMap({ try repository.treeEntry(RepoPath(path), in: $0) }) == nil
            else { continue }
            changed.append(File(path: path, rule: nil))
        }
    }

    /// The paths of ignored files, those below ignored folders too; links are not followed.
    private mutating func listed(_ entries: [RepoPath]) -> [String] {
        var waiting = entries.map(\.text.withoutFinalSlashes)
        var found: [String] = []
        var looked = 0
        while let path = waiting.popLast() {
            looked += 1
            guard looked < Self.most else {
                isCut = true
                return found
            }
            if Files.isRealFolder(root + "/" + path) {
                waiting += Files.names(in: root + "/" + path).map { path + "/" + $0 }
            } else if GuardPath.exists(root + "/" + path) {
                found.append(path)
            } else {
                // Its name is no text, so no claim covers it and nobody can name it.
                others += 1
            }
        }
        return found
    }

    /// What to say of the ignored files in a worktree that goes, whoever's they were; nothing where there are none.
    static func lost(in root: String) -> String {
        guard Files.isFolder(root) else { return "" }
        do {
            let count = try IgnoredWork(in: root, claims: [], environment: [:]).others
            return count == 0 ? "" : ", with \(count) ignored file\(count == 1 ? "" : "s")"
        } catch {
            return ", with its ignored files, at which nobody could look (\(error))"
        }
    }

    /// Some of the files, for a message.
    var told: String {
        let some = files.sorted { $0.path.precedesInBytes($1.path) }.prefix(3).map(\.shown).joined(
            separator: ", ")
        return files.count > 3 ? "\(some) and \(files.count - 3) more" : some
    }

    /// Moves the claimed files below a folder that nobody else can read.
    ///
    /// What is there already stays, and the folder gets a number then. Gives the folder.
    func keep(below folder: String) throws -> String {
        var place = folder
        var number = 1
        while Files.exists(place) {
            number += 1
            place = "\(folder)-\(number)"
        }
        try Files.makeFolder(place)
        _ = unsafe chmod(place, 0o700)
        // A worker that goes on could put a link in the place of a folder, and have the user's own files moved.
        let below = try FoldersBelow(at: root)
        for file in files + changed {
            let new = place + "/" + file.path
            try Files.makeFolder(new.pathFolder.map(String.init) ?? place)
            do {
                if try !below.move(RepoPath(file.path), to: new) {
                    try below.moveByCopy(RepoPath(file.path), to: new)
                }
            } catch {
                throw HybridError(
                    root + "/" + file.path, "git ignores it, and it could not be kept in \(place): \(error)",
                    next: "move it away, then try again")
            }
            var facts = stat()
            if unsafe lstat(new, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG {
                _ = unsafe chmod(new, 0o600)
            }
        }
        return place
    }
}
