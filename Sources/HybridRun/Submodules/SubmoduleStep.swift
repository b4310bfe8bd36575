internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// A worktree that gets submodules.
struct FreshPlace {
    /// Its registration.
    var name: String
    var path: String
    /// The commit that is checked out there.
    var commit: ObjectID
}

/// Submodules in fresh worktrees: detached worktrees of the main checkout's own submodule repositories.
///
/// Nothing is fetched, no configuration is written, and `.gitmodules` is only compared with the base's.
struct SubmoduleStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    // MARK: Fresh worktrees

    /// Puts the submodules of a commit into a worktree of it; what stands there already stays.
    ///
    /// A submodule that cannot be had is told, with what to do about it.
    func fill(_ run: RunRecord, _ plan: Plan, _ at: FreshPlace) throws {
        guard plan.submodules != false else { return }
        let tree = try CommitTree(repository, commit: at.commit)
        let entries = try Gitmodules(tree, environment: host.environment).entries
        if entries.isEmpty { return }
        try putBack()
        let planned = try Gitmodules(
            CommitTree(repository, commit: usersBase(run)), environment: host.environment
        ).entries
        let source = try SubmoduleSource(repository)
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let held = try repository.treeEntry(RepoPath(path), in: tree.tree), held.kind == .gitlink
            else { continue }
            guard entry == planned[path] else {
                try tell(
                    path, "its entry in .gitmodules is not the base's", "set it up in Setup: of the plan", run
                )
                continue
            }
            switch try source.find(path, at: held.id) {
            case .ready(let module): try add(path, module, at: held.id, in: at, run, source)
            case .unusable(let reason, let next): try tell(path, reason, next, run)
            // The user's own checkout works without it.
            case .notInitialised: continue
            }
        }
    }

    /// What the orchestrator prepared is the user's.
    private func usersBase(_ run: RunRecord) throws -> ObjectID {
        try repository.id(of: run.names.ref(.run(.checkpoint))) ?? run.start
    }

    private func add(
        _ path: String, _ module: Repository, at commit: ObjectID, in at: FreshPlace, _ run: RunRecord,
        _ source: SubmoduleSource
    ) throws {
        let name = Repository.submoduleRegistration(in: at.name)
        let place = at.path + "/" + path
        guard try isAsNoted(module, run) else {
            return try tell(
                path, "its configuration was changed while workers ran",
                "see it: git -C \(ShellWord.bare(place)) config --list --local", run)
        }
        guard let real = Files.real(at.path),
            Files.real(place.pathFolder.map(String.init) ?? "/").map({ $0 + "/" + place.pathName })
                == real + "/" + path
        else { return try tell(path, "a link stands in its way", "look at \(place)", run) }
        do throws(GitError) {
            guard try makeRoom(module, name, place) else { return }
            try module.addDetachedWorktree(name: name, path: place, at: commit)
        } catch {
            try Files.makeFolder(place)
            if error.code == .noSpace { throw error }
            try tell(path, neutralise(error.reason), "see git -C \(ShellWord.bare(place)) status", run)
            return
        }
        try tellNested(path, module, commit, run, source)
    }

    /// Ends what a killed process began; false where the worktree stands already.
    private func makeRoom(_ module: Repository, _ name: String, _ place: String) throws(GitError) -> Bool {
        _ = try module.clearUnfinishedWorktrees(prefix: name) { _ in place }
        if let there = try module.worktrees().first(where: { $0.name == name }) {
            if !there.isPrunable { return false }
            try module.removeWorktree(name: name, force: true)
        }
        Files.removeEmptyFolder(place)
        return true
    }

    /// Whether a submodule's settings are those that were there before the workers of this wave began: they say what git
    /// runs.
    private func isAsNoted(_ module: Repository, _ run: RunRecord) throws -> Bool {
        guard let noted = try runs.kept(SharedState.self, as: .shared(wave: run.nextWave), of: run) else {
            return true
        }
        let file = module.commonDirectory + "config"
        var now: [String: [String]] = [:]
        for setting in try repository.settings(inFile: file) {
            now[setting.name, default: []].append(setting.text)
        }
        return noted.settings[file] == now
    }

    /// Submodules within a submodule are not set up.
    private func tellNested(
        _ path: String, _ module: Repository, _ commit: ObjectID, _ run: RunRecord, _ source: SubmoduleSource
    ) throws {
        let inner = try Gitmodules(
            CommitTree(module, commit: commit), environment: host.environment
        ).entries.keys
        for nested in inner.sorted() {
            let whole = path + "/" + nested
            guard let checkout = source.checkout, Files.isThere("\(checkout)/\(whole)/.git") else { continue }
            try tell(
                whole, "it lies within another submodule",
                "set it up in Setup: of the plan: git -C \(ShellWord.bare(path)) submodule update --init", run
            )
        }
    }

    private func tell(_ path: String, _ reason: String, _ next: String, _ run: RunRecord) throws {
        try tellOnce(
            "the submodule \(RepoPath(path)) is an empty folder in worktrees: \(reason); \(next)", run)
    }

    // MARK: Workers' work

    /// Takes in what a worker did in submodules: its commits are kept there, moves are told, and so is what it left
    /// uncommitted.
    func take(_ run: RunRecord, _ worker: WorkerRecord, from base: ObjectID, to tip: ObjectID) throws {
        let name = run.names.registration(.job(worker.job))
        let there = try repository.submoduleWorktrees(in: name)
        if there.isEmpty { return }
        try repository.keepSubmodules(of: name, work: false)
        for change in try ChangeSet.between(base: base, tip: tip, in: repository).changes {
            guard let old = change.old, let new = change.new, old.kind == .gitlink, new.kind == .gitlink
            else { continue }
            try tellOnce(
                "\(neutralise(worker.name)) moved the submodule \(change.path) from \(old.id.short) to \(new.id.short); "
                    + "once it has landed: git submodule update -- \(ShellWord.bare(change.path.text))",
                of: [worker.job], run)
        }
        for (module, registration) in there {
            guard let place = try module.worktrees().first(where: { $0.name == registration }),
                !place.isPrunable, try !Repository(at: place.path).isClean()
            else { continue }
            try tellOnce(
                "\(neutralise(worker.name)): what is not committed in the submodule at \(neutralise(place.path)) is no part of its "
                    + "work; it stays there", of: [worker.job], run)
        }
    }

    /// Keeps what was made in the submodules of a worktree that is to go, and says where.
    func keep(in worktree: Worktree) throws {
        for (directory, ref) in try repository.keepSubmodules(of: worktree.name, work: true) {
            host.narrate(
                .note(
                    "what was made in a submodule in \(neutralise(worktree.path)) is kept: "
                        + "git --git-dir=\(ShellWord.bare(String(directory.dropLast()))) log \(ref)"))
        }
    }

    // MARK: Where the main checkout's own lie

    /// Puts back where the submodules of the main checkout lie.
    ///
    /// `git submodule update` in a worktree writes that worktree's place into the settings that all worktrees of the
    /// submodule share; what leads elsewhere than to hybrid's worktrees is not touched.
    func putBack() throws {
        guard try !repository.submoduleDirectories().isEmpty, let main = try repository.mainWorktree(),
            let head = main.head
        else { return }
        let tree = try CommitTree(repository, commit: head)
        for path in try Gitmodules(tree, environment: host.environment).entries.keys.sorted() {
            let place = main.path + "/" + path
            // Where it leads to nothing any more no repository can be opened there.
            guard let module = GuardPlace(root: place) else { continue }
            let directory = module.common + "/"
            let file = directory + "config"
            let value = try repository.settings(inFile: file).last {
                $0.section == "core" && $0.key == "worktree"
            }?.text
            guard let value else { continue }
            // git writes it as it lies from the git directory of that worktree, two folders further down.
            let bases = [directory, directory + "worktrees/x/"]
            let places = bases.map { Self.withoutDots(value.beginsWithBytes(of: "/") ? value : $0 + value) }
            let own = [paths.worktrees, Files.real(paths.worktrees) ?? paths.worktrees]
            guard places.contains(where: { place in own.contains { place.lies(in: $0) } }) else { continue }
            let right = Self.relative(place, from: directory)
            let answer = try UserGit.ask(
                ["config", "--file", file, "core.worktree", right], in: main.path,
                environment: WorkerEnvironment.cleaned(host.environment))
            guard answer.code == 0 else {
                throw HybridError(
                    .programFailed, file,
                    "core.worktree leads to a worktree of hybrid's: \(answer.lastWords)",
                    next: "git config --file \(ShellWord.bare(file)) core.worktree \(ShellWord.bare(right))")
            }
        }
    }

    private static func withoutDots(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.pathParts where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// A path as git writes it into the settings of a repository.
    private static func relative(_ path: String, from folder: String) -> String {
        let (to, from) = (path.pathParts, folder.pathParts)
        let same = zip(to, from).prefix { $0 == $1 }.count
        let up = Array(repeating: "..", count: from.count - same)
        return (up + to.dropFirst(same).map(String.init)).joined(separator: "/")
    }
}
