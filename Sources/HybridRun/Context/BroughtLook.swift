internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What of the user's checkout worktrees get beside what is committed, and what of it lies in one unchanged: that is
/// nobody's work.
struct BroughtLook: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    // MARK: What there is

    /// What a plan brings, looked for once a process and told with its size before the first of it is copied; nil for
    /// nothing.
    func source(_ plan: Plan) throws -> BroughtSource? {
        guard !plan.copy.isEmpty else { return nil }
        if let known = world.brought { return known }
        guard let folder = try BroughtSource.checkout(of: repository) else {
            host.narrate(.note("nothing is brought into worktrees: no checkout has it"))
            return nil
        }
        try Files.makeFolder(paths.worktrees)
        let besides = [paths.worktrees] + (try repository.worktrees().map(\.path))
        let found = try BroughtSource(
            Repository(at: folder), folder: folder, plan.copy, besides: besides
        ).usable(in: paths.worktrees)
        for reason in found.reasons { host.narrate(.note(reason)) }
        world.brought = found.source
        return found.source
    }

    // MARK: What came

    /// Keeps what was brought into a worktree.
    func keep(_ list: BroughtList, _ run: RunRecord, _ place: RunPlace) throws {
        // Durable before anything runs there: what is not known to be the user's would be taken for work.
        try runs.keep(list, as: .brought(place), of: run)
    }

    /// What was brought into a worktree of a run; nil for nothing.
    func list(_ run: RunRecord, _ place: RunPlace) throws -> BroughtList? {
        try runs.broughtList(.brought(place), of: run)
    }

    /// What was brought into a worktree of a run, by where it lies; nil for nothing.
    func list(_ run: RunRecord, in worktree: String) throws -> BroughtList? {
        // The worktree of an attempt after a lost one has a number behind a dot, and no job has one in its name.
        let name = worktree.withoutFinalSlashes.pathParts.last?.prefix { $0 != "." }
        let place = name.flatMap { run.names.place(String($0)) }
        return try place.flatMap { try list(run, $0) }
    }

    /// Says of a path in a worktree whether it was brought there: changed or not, no commit and no ref gets it.
    func isBrought(_ run: RunRecord, in worktree: String) throws -> (RepoPath) -> Bool {
        guard let list = try list(run, in: worktree) else { return { _ in false } }
        return { list.entries[$0.text] != nil }
    }

    /// The paths of a tree that were brought into a worktree, also those that were changed there.
    func present(in tree: ObjectID, _ run: RunRecord, of worktree: String) throws -> [RepoPath] {
        guard let list = try list(run, in: worktree) else { return [] }
        // Almost always there is none, which the roots tell.
        let present = try list.roots.filter { try repository.treeEntry(RepoPath($0), in: tree) != nil }
        guard !present.isEmpty else { return [] }
        return try list.entries.keys.filter { path in
            guard present.contains(where: { path == $0 || path.beginsWithBytes(of: $0 + "/") }) else {
                return false
            }
            return try repository.treeEntry(RepoPath(path), in: tree) != nil
        }.map { RepoPath($0) }.sorted()
    }
}

extension BroughtSource {
    /// The checkout from which files are brought, without a final slash: the main worktree, or in a bare repository the one
    /// where the user stands; nil where there is none.
    static func checkout(of repository: Repository) throws -> String? {
        (try repository.mainWorktree()?.path ?? repository.workingDirectory)?.withoutFinalSlashes
    }

    /// What of it can come to worktrees in a folder, and what is said of it before anything is copied.
    func usable(in place: String) -> (source: BroughtSource, reasons: [String]) {
        let sample = roots.flatMap(\.items).first { $0.facts.kind == .file && $0.facts.size > 0 }
        let clones = sample.map { FileCopies.canClone(folder + "/" + $0.path, into: place) } ?? false
        var source = self
        source.keep { _ in true }
        var reasons: [String] = []
        source.keep { root in
            guard root.way == .clone, !clones else { return true }
            reasons.append(
                "\(RepoPath(root.path)) (\(Self.words(bytes: root.size))) is not brought: this disk cannot clone files, "
                    + "and the plan does not want copies")
            return false
        }
        if !clones, let room = FileCopies.room(in: place) {
            source.keep { root in
                guard root.way == .copy, UInt64(root.size) > room / 2 else { return true }
                reasons.append(
                    "\(RepoPath(root.path)) (\(Self.words(bytes: root.size))) is not brought: the disk of \(place) has "
                        + "\(Self.words(bytes: Int(room))) free")
                return false
            }
        }
        if !source.roots.isEmpty {
            let links = source.roots.allSatisfy { $0.way == .link }
            let how = links ? "linked" : clones ? "cloned" : "copied"
            reasons.insert("each worktree gets from \(folder): \(source.words), \(how)", at: 0)
        }
        if let first = unread.first {
            let more = unread.count > 1 ? " and \(unread.count - 1) more" : ""
            reasons.append(
                "\(RepoPath(folder + "/" + first))\(more) cannot be looked into for what worktrees are to get: check "
                    + "its permissions")
        }
        if passedOver > 0 {
            reasons.append(
                "\(passedOver) of what lies there is neither a file nor a link, or has a name that is no text"
            )
        }
        return (source, reasons)
    }
}
