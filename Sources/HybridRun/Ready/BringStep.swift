internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Brings ignored files of the user's checkout into fresh worktrees.
struct BringStep: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }

    init(_ context: RunContext) { self.context = context }

    /// Brings a plan's files into a fresh worktree, where git ignores them and nothing is in their place.
    func bring(_ run: RunRecord, _ plan: Plan, _ at: ReadyPlace) throws {
        guard let source = try broughtLook.source(plan), !source.roots.isEmpty else { return }
        let there = try Repository(at: at.path)
        let rules = IgnoreRules(FolderTree(repository: there, root: at.path, environment: host.environment))
        var list = BroughtList(folder: source.folder)
        for root in source.roots {
            guard !Files.isThere(at.path + "/" + root.path) else { continue }
            guard try makeFolders(above: root.path, in: at.path, from: source.folder) else {
                tell("\(RepoPath(root.path)) is not brought: a link stands above it", once: root.path)
                continue
            }
            if root.way == .link {
                try link(root, source, at, rules, &list)
            } else {
                try copy(root, source, at, rules, &list)
            }
        }
        try broughtLook.keep(list, run, at.place)
    }

    /// Makes the folders above what is brought; false where one is a link, through which nothing is written.
    private func makeFolders(above path: String, in worktree: String, from source: String) throws -> Bool {
        var here = ""
        for part in path.pathParts.dropLast() {
            here += (here.isEmpty ? "" : "/") + part
            if Files.isRealFolder(worktree + "/" + here) { continue }
            if Files.isThere(worktree + "/" + here) { return false }
            let mode = PathFacts.of(source + "/" + here)?.mode ?? 0o755
            try making(worktree + "/" + here) { (path) throws(SystemError) in
                try FileCopies.folder(path, mode: mode)
            }
        }
        return true
    }

    private func link(
        _ root: BroughtSource.Root, _ source: BroughtSource, _ at: ReadyPlace, _ rules: IgnoreRules,
        _ list: inout BroughtList
    ) throws {
        // A rule that ends with a slash hides folders, and no links.
        guard try rules.rule(hiding: root.path) != nil else {
            tell(
                "\(RepoPath(root.path)) is not linked: git ignores it as a folder only and would commit the link; take "
                    + "the last slash off the rule, or copy it", once: root.path)
            return
        }
        let mine = source.folder + "/" + root.path
        try making(at.path + "/" + root.path) { (path) throws(SystemError) in
            try FileCopies.link(path, to: mine)
        }
        list.note(root.path, source: root.items[0].facts, worktree: at.path)
        list.roots.append(root.path)
    }

    private func copy(
        _ root: BroughtSource.Root, _ source: BroughtSource, _ at: ReadyPlace, _ rules: IgnoreRules,
        _ list: inout BroughtList
    ) throws {
        let isFolder = root.items[0].facts.kind == .folder
        let isHidden = try isFolder && rules.rule(hidingFolder: root.path) != nil
        var folders: [BroughtSource.Item] = []
        let below = try FoldersBelow(at: source.folder)
        for item in root.items {
            let new = at.path + "/" + item.path
            if item.facts.kind == .folder {
                folders.append(item)
                try making(new) { (path) throws(SystemError) in
                    try FileCopies.folder(path, mode: item.facts.mode)
                }
                continue
            }
            guard try isHidden || rules.rule(hiding: item.path) != nil else {
                tell("\(RepoPath(item.path)) is not brought: git does not ignore it there", once: item.path)
                continue
            }
            guard try bring(item, below, source, to: new) else { continue }
            list.note(item.path, source: item.facts, worktree: at.path)
        }
        // Last, for what is made in a folder changes its time.
        for item in folders.reversed() { FileCopies.setModified(at.path + "/" + item.path, item.facts) }
        list.roots.append(root.path)
    }

    /// Copies a file or link of the user's; false where it has gone: the user's own tools work on there.
    private func bring(
        _ item: BroughtSource.Item, _ below: FoldersBelow, _ source: BroughtSource, to new: String
    ) throws -> Bool {
        do {
            if item.facts.kind == .link {
                let target = String(decoding: try below.target(of: RepoPath(item.path)), as: UTF8.self)
                try making(new) { (path) throws(SystemError) in try FileCopies.link(path, to: target) }
            } else {
                let file = Descriptor(owning: try below.open(RepoPath(item.path)))
                try copy(file, to: new, item.facts)
            }
            return true
        } catch let error as GitError {
            if error.code == .notFound { return false }
            throw BroughtSource.unreadable(source.folder + "/" + item.path, error.reason)
        }
    }

    private func copy(_ file: borrowing Descriptor, to new: String, _ facts: PathFacts) throws {
        do throws(SystemError) { try FileCopies.copy(file, to: new, facts) } catch {
            throw failure(new, error)
        }
    }

    private func making(_ path: String, _ body: (String) throws(SystemError) -> Void) throws {
        do throws(SystemError) { try body(path) } catch { throw failure(path, error) }
    }

    private func failure(_ path: String, _ error: SystemError) -> HybridError {
        HybridError(
            error.code == ENOSPC ? .noSpace : .notWritable, path,
            "what worktrees get from your checkout cannot be put there: \(error)",
            next: "mend that, or take it out of Copy: and .worktreeinclude")
    }

    private func tell(_ message: String, once path: String) {
        guard world.toldBrought.insert(path).inserted else { return }
        host.narrate(.note(message))
    }

    // MARK: Links

    /// Takes note of what links lead to, before workers may write through them; what was noted stays.
    func noteLinks(_ run: RunRecord, _ plan: Plan) throws {
        guard try !runs.hasKept(.linked, of: run), let links = try links(plan) else { return }
        try runs.keep(links, as: .linked, of: run)
    }

    /// Tells what was changed through links since that was noted.
    func compareLinks(_ run: RunRecord, _ plan: Plan, _ moment: String) throws {
        guard let old = try runs.broughtList(.linked, of: run), let new = try links(plan) else { return }
        let changed = Set(old.entries.keys).union(new.entries.keys).filter { name in
            guard let before = old.entries[name]?.source, let now = new.entries[name]?.source else {
                return true
            }
            return before.kind != .folder && !before.hasContent(of: now) || before.kind != now.kind
        }.sorted()
        try runs.drop(.linked, of: run)
        guard let first = changed.first else { return }
        let more = changed.count > 1 ? " and \(changed.count - 1) more" : ""
        let message =
            "\(RepoPath(first))\(more) in \(neutralise(old.folder)) was changed \(moment), where worktrees have a link to "
            + "it; by whom is not known; copy it instead of linking it"
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [], message: message))
        host.narrate(.note(message))
    }

    /// What lies now where links lead; nil where the plan has none.
    private func links(_ plan: Plan) throws -> BroughtList? {
        guard let source = try broughtLook.source(plan) else { return nil }
        let roots = source.roots.filter { $0.way == .link }
        guard !roots.isEmpty else { return nil }
        var list = BroughtList(folder: source.folder)
        list.roots = roots.map(\.path)
        for item in try roots.flatMap({ try source.items(below: $0.path) }) {
            list.entries[item.path] = BroughtList.Entry(source: item.facts, copy: item.facts)
        }
        return list
    }
}
