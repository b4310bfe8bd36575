import HybridGit

/// One three-way merge of trees while it is worked out.
///
/// The steps are git's (`merge-ort`), each in a file of its own: collect what differs (`TreeMerge+Collect`), find renames
/// (`TreeMerge+Renames`), move what was added to renamed folders (`TreeMerge+FolderRenames`), carry changes along renames
/// (`TreeMerge+ApplyRenames`), then settle path by path, children before their folder (`TreeMerge+Entries`).
final class TreeMerge {
    let context: MergeContext
    let labels: Labels
    /// How deep in merging merge bases this is; 0 for the merge that was asked for.
    let depth: Int
    /// Whether merged contents are wanted, and not only the verdict.
    let keepsContents: Bool

    /// What messages and markers call the three versions.
    struct Labels {
        var ours: [UInt8]
        var theirs: [UInt8]
        /// Asked for only where the conflict style shows the base.
        var base: () throws(GitError) -> [UInt8]

        subscript(side: Side) -> [UInt8] { side == .ours ? ours : theirs }
    }

    /// A path that is not settled by comparing ids.
    struct Entry {
        var path: RepoPath
        /// The folder that it lies in, an index into `folders`, and its place among that folder's records.
        var folder: Int
        var record: Int
        var stages: ThreeWay<TreeEntry?>
        /// What each version is called; differs from `path` after renames.
        var names: ThreeWay<RepoPath>
        /// The stages in which it is a file, link or submodule, and those in which it is a folder.
        var files: StageSet
        var folders: StageSet
        /// Stages that are the same; empty or at least two.
        var matching: StageSet = []
        var isFileAgainstFolder = false
        /// Whose file it is, where a folder kept its path.
        var fileSide: Side?
        var isPathConflict = false
        var isSettled = false
        /// Whether the path is no longer part of the merge.
        var isGone = false
        /// What the merged tree holds; nil for nothing.
        var result: TreeEntry?
        /// The folder below this path, where it was entered or made.
        var subfolder: Int?

        init(
            path: RepoPath, folder: Int,
            stages: ThreeWay<TreeEntry?> = ThreeWay(repeating: nil),
            files: StageSet = [], folders: StageSet = [], matching: StageSet = []
        ) {
            self.path = path
            self.folder = folder
            record = 0
            self.stages = stages
            names = ThreeWay(repeating: path)
            self.files = files
            self.folders = folders
            self.matching = matching
            isFileAgainstFolder = !files.isEmpty && !folders.isEmpty
        }
    }

    /// A folder that was entered, and what will differ in it from our version.
    struct Folder {
        var path: RepoPath
        var trees: ThreeWay<TreeObject>
        /// Our version's id; nil where we have no folder.
        var ours: ObjectID?
        var records: [TreeRecord] = []
    }

    var entries: [Entry] = []
    var entryAt: [RepoPath: Int] = [:]
    var folders: [Folder] = []
    var folderAt: [RepoPath: Int] = [:]
    /// How many paths the walk looked at, settled ones included.
    var pathsSeen = 0
    var renames = RenameState()
    private(set) var messages: [RepoPath: [MergeMessage]] = [:]
    private(set) var texts: [RepoPath: TextConflict] = [:]
    var conflictedSubmodules: [SubmoduleConflict] = []
    var conflicted: [Int] = []
    /// What git's answer leaves out of the merged tree although nobody took it away.
    var lost: [LostContent] = []
    /// Whether a file may have gone elsewhere than to its own path.
    var mayLose = false
    var contents = MergedContents()
    /// The rename limit that would have been needed; 0 where nothing was left out.
    var neededRenameLimit = 0

    init(_ context: MergeContext, labels: Labels, depth: Int, keepsContents: Bool = true) {
        self.keepsContents = keepsContents
        self.context = context
        self.labels = labels
        self.depth = depth
    }

    /// Merges; returns the merged tree and whether nothing is in the way.
    func run(_ trees: ThreeWay<ObjectID>) throws(GitError) -> (tree: ObjectID, isClean: Bool) {
        var isClean: Bool
        repeat {
            try collect(trees)
            isClean = try findRenames()
        } while startAgain()
        let tree = try settleEntries()
        try findLost(trees, in: tree)
        return (tree, isClean && conflicted.isEmpty)
    }

    /// After renames were found in a far larger tree than needed, they are kept and the walk is done again.
    private func startAgain() -> Bool {
        guard renames.pass == .again else { return false }
        (entries, entryAt, folders, folderAt) = ([], [:], [], [:])
        (contents, mayLose) = (MergedContents(), false)
        pathsSeen = 0
        renames.prepareSecondPass()
        return true
    }

    /// Records something to say; inner merges are silent.
    func say(
        _ type: MergeMessageType, _ path: RepoPath, _ others: [RepoPath] = [],
        _ text: @autoclosure () -> MessageText
    ) {
        guard depth == 0 else { return }
        messages[path, default: []].append(
            MergeMessage(type: type, paths: [path] + others, text: text().bytes))
    }

    /// Keeps the places where a text conflicts, for reports.
    func note(_ conflict: TextConflict, at path: RepoPath) {
        if depth == 0 { texts[path] = conflict }
    }

    // MARK: Paths

    /// What is known of a path.
    enum Standing {
        case absent
        /// Settled by comparing ids: the same, or changed by one side only.
        case settled
        case entry(Int)
    }

    /// Looks a path up among all that the walk has seen.
    func standing(_ path: RepoPath) -> Standing {
        if let index = entryAt[path] { return entries[index].isGone ? .absent : .entry(index) }
        guard let folder = folderAt[path.parent], !path.isRoot else { return .absent }
        let trees = folders[folder].trees
        let isThere = MergeStage.allCases.contains { trees[$0].entry(named: path.lastComponent) != nil }
        return isThere ? .settled : .absent
    }

    func exists(_ path: RepoPath) -> Bool {
        if case .absent = standing(path) { return false }
        return true
    }

    /// The entry at a path; nil for none.
    func entry(_ path: RepoPath) -> Int? {
        entryAt[path].flatMap { entries[$0].isGone ? nil : $0 }
    }

    /// A free path for a version that cannot stay at `path`: the branch's name is added, then a number.
    func freePath(_ path: RepoPath, _ side: Side) -> RepoPath {
        let stem =
            path.bytes + [UInt8(ascii: "~")]
            + labels[side].map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        var candidate = RepoPath(bytes: stem)
        var suffix = 0
        while exists(candidate) {
            candidate = RepoPath(bytes: stem + "_\(suffix)".utf8)
            suffix += 1
        }
        return candidate
    }

    /// Adds an entry, with a record in its folder that takes what stood there out until something is put in.
    @discardableResult
    func add(_ entry: Entry) -> Int {
        var entry = entry
        entry.record = folders[entry.folder].records.count
        folders[entry.folder].records.append(TreeRecord(name: entry.path.lastComponent, entry: nil))
        entries.append(entry)
        entryAt[entry.path] = entries.count - 1
        return entries.count - 1
    }

    /// Puts an entry's result into its folder.
    func record(_ index: Int) {
        guard let result = entries[index].result else { return }
        folders[entries[index].folder].records[entries[index].record].entry = result
    }
}
