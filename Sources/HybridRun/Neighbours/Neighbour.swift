internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// A worktree that is no worker's of a live run: the main checkout, or one that the user made.
struct Neighbour: Codable, Hashable {
    /// The registration's name; empty for the main worktree.
    var name: String
    /// Its root.
    var path: String
    /// What it held when it was last looked at; nil where that is to be done anew, or could not be done.
    var snapshot: WorktreeSnapshot?
    /// The name of the run's ref that keeps its uncommitted work; nil where there was none.
    var kept: String?
    /// The commit there (hex).
    var saved: String?
    /// Why it could not be looked at.
    var unseen: String?
}

/// What a run knows of its neighbours, between two looks at them.
struct NeighbourRecord: Codable {
    /// A change that a worker made, until it is undone or accepted.
    struct Held: Codable, Hashable {
        /// The worktree as it was before.
        var neighbour: Neighbour
        /// What was changed there.
        var changes: [NeighbourChange.Key]
        /// What to say of it.
        var text: String
    }

    /// While what goes on is compared: which wave or step; nil in between.
    var phase: String?
    /// When the phase began, in seconds since 1970.
    var since: Double = 0
    /// When the neighbours were last looked at, by the clock that counts on in sleep.
    var lookedAt: UInt64 = 0
    /// The worktrees.
    var neighbours: [Neighbour] = []
    /// Refs that stay, because what they keep was changed.
    var changedRefs: [String] = []
    /// What stops the landing.
    var held: [Held] = []
}

/// One way in which a worktree is not as it was.
struct NeighbourChange: Hashable {
    /// What is not as it was.
    enum Kind: String, Codable, Hashable {
        /// The worktree is not there any more.
        case gone
        /// It cannot be looked at any more.
        case unreadable
        /// Another branch or commit is checked out.
        case head
        /// The branch that is checked out names another commit.
        case moved
        /// A file came, went, or holds something else.
        case file
        /// The index holds something else.
        case index
        /// An ignored file came, went, or was written.
        case ignored
        /// Another worker's git worked in a worker's worktree; known from what hooks noted alone.
        case sibling
    }

    /// What a change is recognised by when it is looked for again.
    struct Key: Codable, Hashable {
        var kind: Kind
        /// The path's description; empty for the worktree as a whole.
        var path: String
    }

    var kind: Kind
    /// The path concerned; nil for the worktree as a whole.
    var path: RepoPath?
    /// What lay there before; nil where nothing did or it is not known.
    var before: TreeEntry?
    /// What lies there now; nil where nothing does or it is not known.
    var after: TreeEntry?
    /// Whether anything lay there before, and does now.
    var wasThere = true
    var isThere = true
    /// Why what lay there before was not saved; nil where it was, or where there is nothing to save.
    var unsaved: String?
    /// Whether HEAD had it before, so that the commit of that time still does.
    var wasCommitted = false
    /// Whether it is now exactly as HEAD has it, or gone where HEAD has nothing.
    var isClean = false
    /// Whether git tracked it before.
    var wasTracked = true
    /// When it came, in seconds since 1970.
    var time: Double?
    /// Where the branch is now, and whether it came to hold just what lay there, so that no file changed.
    var head: ObjectID?
    var keepsFiles = false
    /// Which files of the index, or why it is unreadable.
    var detail = ""

    var key: Key { Key(kind: kind, path: path?.description ?? "") }

    init(_ kind: Kind, path: RepoPath? = nil, detail: String = "") {
        self.kind = kind
        self.path = path
        self.detail = detail
    }
}

/// Compares two looks at one worktree.
///
/// What a moved HEAD explains is no change of files: a commit of what lay there, or a clean checkout of something else.
struct NeighbourComparison {
    let repository: Repository
    let old: WorktreeSnapshot
    let new: WorktreeSnapshot
    /// The worktree's root.
    let root: String

    /// All changes: HEAD, files by path, the index, ignored files.
    func changes() throws -> [NeighbourChange] {
        var all: [NeighbourChange] = []
        if old.branch != new.branch || old.branch == nil && old.head != new.head {
            var change = NeighbourChange(.head, detail: "was on \(name(old)), is on \(name(new))")
            change.time = written("HEAD")
            all.append(change)
        } else if old.head != new.head {
            all.append(try moved())
        }
        let before = Dictionary(old.files.map { ($0.path, $0) }) { one, _ in one }
        let after = Dictionary(new.files.map { ($0.path, $0) }) { one, _ in one }
        let (oldTree, newTree) = (try tree(old), try tree(new))
        var staged: [RepoPath] = []
        for path in Set(before.keys).union(after.keys).sorted() {
            let (was, now) = (before[path], after[path])
            let oldHead = try oldTree.flatMap { try entry(path, $0) }
            let newHead = try newTree.flatMap { try entry(path, $0) }
            if let change = self.change(path, was, now, oldHead, newHead) { all.append(change) }
            let (oldIndex, newIndex) = (was.map(\.staged) ?? oldHead, now.map(\.staged) ?? newHead)
            // What is committed by now is in HEAD.
            let isCommitted = old.head != new.head && newIndex == newHead
            if oldIndex != newIndex, was?.isConflicted != true, !isCommitted {
                staged.append(path)
            }
        }
        // What is new is taken away before what it stands in the place of comes back.
        all =
            all.filter { $0.kind != .file } + all.filter { $0.kind == .file && !$0.wasThere }
            + all.filter { $0.kind == .file && $0.wasThere }
        if !staged.isEmpty {
            let names = staged.prefix(3).map(\.description).joined(separator: ", ")
            var change = NeighbourChange(
                .index, detail: names + (staged.count > 3 ? " and \(staged.count - 3) more" : ""))
            change.time = written("index")
            all.append(change)
        }
        return all
            + old.ignoredChanges(to: new).map { path in
                var change = NeighbourChange(.ignored, path: path)
                change.time = time(path)
                return change
            }
    }

    /// The branch went on, or back, where it is checked out.
    private func moved() throws -> NeighbourChange {
        func short(_ head: String?) -> String { head.map { String($0.prefix(10)) } ?? "without a commit" }
        var change = NeighbourChange(.moved, detail: "was \(short(old.head)), is \(short(new.head))")
        change.head = new.headCommit
        change.time = written("logs/HEAD")
        guard let from = old.headCommit, let to = new.headCommit else { return change }
        let lay = Dictionary(old.files.map { ($0.path, $0) }) { one, _ in one }
        let lies = Dictionary(new.files.map { ($0.path, $0) }) { one, _ in one }
        change.keepsFiles = try ChangeSet.between(base: from, tip: to, in: repository).changes.allSatisfy {
            (lay[$0.path].map(\.work) ?? $0.old) == (lies[$0.path].map(\.work) ?? $0.new)
        }
        return change
    }

    private func change(
        _ path: RepoPath, _ was: UncommittedFile?, _ now: UncommittedFile?, _ oldHead: TreeEntry?,
        _ newHead: TreeEntry?
    ) -> NeighbourChange? {
        let (before, after) = (was.map(\.work) ?? oldHead, now.map(\.work) ?? newHead)
        if let was, let now {
            if was.holdsSame(as: now) { return nil }
        } else if was?.unread == nil, now?.unread == nil, before == after {
            return nil
        }
        // Ignored by now, so the status is silent about it: it is there, and as it was or not.
        var isHidden = false
        if let was, now == nil, newHead == nil, path.bytes.last != 47,
            GuardPath.exists(root + "/" + path.text)
        {
            let (then, now) = (was.changed(entry: false), Files.modified(root + "/" + path.text))
            // Both count nanoseconds, in numbers that hold a little less.
            if let then, let now, abs(then - now) < 1e-5 { return nil }
            isHidden = true
        }
        var change = NeighbourChange(.file, path: path)
        (change.before, change.after) = (before, after)
        change.wasThere = was.map(\.isThere) ?? (oldHead != nil)
        change.isThere = isHidden || (now.map(\.isThere) ?? (newHead != nil))
        change.unsaved = was?.unread
        change.wasCommitted = was == nil
        change.wasTracked = was.map { $0.staged != nil } ?? true || oldHead != nil
        change.isClean = now == nil && !isHidden
        change.time = time(path)
        return change
    }

    private func name(_ snapshot: WorktreeSnapshot) -> String {
        snapshot.branch.map { "branch \($0)" } ?? "no branch, at \(snapshot.head?.prefix(10) ?? "nothing")"
    }

    private func tree(_ snapshot: WorktreeSnapshot) throws -> ObjectID? {
        try snapshot.headCommit.map { try repository.commit($0).tree }
    }

    private func entry(_ path: RepoPath, _ tree: ObjectID) throws -> TreeEntry? {
        path.isRepository ? nil : try repository.treeEntry(path, in: tree)
    }

    /// When what lies at a path was written; of what is gone, when its folder was.
    private func time(_ path: RepoPath) -> Double? {
        var place = root + "/" + path.text
        while !GuardPath.exists(place), let slash = place.lastIndex(of: "/"), place.count > root.count {
            place = String(place[..<slash])
        }
        return Files.modified(place)
    }

    private func written(_ name: String) -> Double? {
        guard let there = try? Repository(at: root) else { return nil }
        return Files.modified(there.gitDirectory + name)
    }
}
