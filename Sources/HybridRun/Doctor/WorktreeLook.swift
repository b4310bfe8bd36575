internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

extension Doctor {
    /// Worktrees of no run, without their folder, half-made or left by a check; folders that are no worktree any more.
    func findWorktrees() throws {
        // Without a ledger that can be read, no worktree is known to be of no run.
        guard ledger != nil || !Files.exists(paths.ledger) else { return }
        let known = try knownRuns().union(
            repository.refFiles(below: "refs/hybrid").compactMap { RunRecordRef.run(ofRef: $0.name) })
        let all = try repository.worktrees()
        for worktree in all {
            guard let run = runOf(worktree: worktree.name), !isDriven(run) else { continue }
            let isOurs = isHybrids(worktree.name, at: worktree.path)
            // What lies elsewhere may be the worktree of the repository that this one was copied from.
            if try noteOthers(worktree) || isOurs && noteUnlinked(worktree, run) { continue }
            if !isOurs {
                if !known.contains(run) {
                    note(
                        .worktree, worktree.path,
                        "it has the name of a run's worktree (\(worktree.name)), no such run is recorded, and it does not lie where hybrid puts worktrees",
                        remedy:
                            "if you do not need it: git worktree remove \(ShellWord.bare(worktree.path))")
                }
            } else if !Files.exists(worktree.path) {
                noteGone(worktree)
            } else if isCheck(worktree.name, run) {
                note(
                    .worktree, worktree.path, "a check of run \(run) left it, and no hybrid drives the run",
                    remedy: "remove it: it was made for that check only"
                ) { try self.remove(worktree, run) }
            } else if !known.contains(run) {
                noteOrphan(worktree, run)
            } else if isHalfMade(worktree) {
                note(
                    .worktree, worktree.path,
                    "it was being made when hybrid was ended: files are missing in it",
                    remedy: "remove it: hybrid resume \(run) makes it anew"
                ) { try self.remove(worktree, run) }
            }
        }
        try findFolders(Set(all.map(\.path)))
        try findForgottenRemovals()
        findForgottenSpares()
        try findForgottenSubmodules()
    }

    /// Folders that a process which was ended put into the pool, or took out of it.
    private func findForgottenSpares() {
        let pool = PoolFolder(paths.worktrees, host.sealer)
        for place in pool.leftovers() {
            note(
                .worktree, place,
                "a process that has ended was putting it into the pool of worktrees or taking it out",
                remedy: "delete it: nothing in it is anybody's work"
            ) {
                try Repository.moveAway(place, to: Removals.folder(in: self.paths.worktrees))
                try Removals.sweep(self.paths.worktrees)
                pool.removeIfEmpty()
                Files.removeEmptyFolder(self.paths.worktrees)
                return "deleted"
            }
        }
    }

    /// What submodules know of worktrees within a run's worktree that is gone.
    private func findForgottenSubmodules() throws {
        for (directory, registration) in try repository.forgottenSubmodules() {
            guard let holder = Repository.holder(ofSubmodule: registration),
                let run = runOf(worktree: holder),
                !isDriven(run)
            else { continue }
            note(
                .worktree, "\(directory)/worktrees/\(registration)",
                "a submodule's worktree is registered there, and the worktree of run \(run) in which it lay is gone",
                remedy: "remove it: what it had committed is kept below \(Repository.keptInSubmodules) there"
            ) {
                try self.repository.dropForgottenSubmodules(of: holder)
                return "removed"
            }
        }
    }

    /// A worktree of another repository, which this one seems to be a copy of: nothing in it is touched.
    private func noteOthers(_ worktree: Worktree) throws -> Bool {
        guard let owner = try repository.otherOwner(ofWorktreeAt: worktree.path) else { return false }
        note(
            .worktree, worktree.path,
            "it is a worktree of \(owner), and this repository, which knows it for its own, seems to be a copy of that one",
            remedy: "work on its run there: cd \(ShellWord.bare(RunStore.home(of: owner)))")
        return true
    }

    /// A worktree whose file `.git` somebody took away.
    private func noteUnlinked(_ worktree: Worktree, _ run: RunID) throws -> Bool {
        guard try repository.unlinkedWorktree(name: worktree.name) != nil else { return false }
        note(
            .worktree, worktree.path, "its file .git is gone, so git knows no worktree there",
            remedy: "put it back; the files stay as they are"
        ) {
            let lock = try self.lock(run)
            defer { withExtendedLifetime(lock) {} }
            return try self.repository.mendWorktreeLink(name: worktree.name)
                ? "put back" : "it is there again"
        }
        return true
    }

    /// What was removed and not deleted, because the process that did it was ended.
    private func findForgottenRemovals() throws {
        let place = Removals.folder(in: paths.worktrees)
        guard try Repository.hasForgottenRemovals(in: place) else { return }
        note(.worktree, place, "it holds removed worktrees that nobody deletes", remedy: "delete it") {
            try Removals.sweep(self.paths.worktrees)
            return "deleted"
        }
    }

    /// The registration is locked as git does it until the worktree is whole, and nothing was ever started there.
    private func isHalfMade(_ worktree: Worktree) -> Bool {
        worktree.isUnfinished
            && attempts(in: worktree.name).allSatisfy { folder in
                !Files.names(in: folder).contains { Int($0) != nil }
            }
    }

    /// Whether a worktree was made for one check of a run.
    private func isCheck(_ name: String, _ run: RunID) -> Bool {
        guard let folder = RunNames.parse(registration: name)?.folder, case .check? = names(run).place(folder)
        else { return false }
        return true
    }

    private func noteGone(_ worktree: Worktree) {
        guard !worktree.isLocked || worktree.isUnfinished else {
            note(
                .worktree, worktree.path, "its folder is gone, and it is locked",
                remedy:
                    "if it does not come back: git worktree unlock \(ShellWord.bare(worktree.path)) && git worktree prune"
            )
            return
        }
        note(
            .worktree, worktree.path, "its folder is gone, its registration is not",
            remedy: "drop the registration; branches stay"
        ) {
            var kept = try self.rescueLogged(worktree)
            if worktree.branch == nil, let head = worktree.head,
                let ref = try self.rescue(head, as: worktree.name, without: [])
            {
                kept.append(ref)
            }
            try self.repository.unlockWorktree(name: worktree.name)
            try self.repository.pruneWorktree(name: worktree.name)
            return "dropped"
                + (kept.isEmpty ? "" : "; its commits are kept at \(kept.joined(separator: ", "))")
        }
    }

    private func noteOrphan(_ worktree: Worktree, _ run: RunID) {
        if worktree.isLocked {
            note(
                .worktree, worktree.path, "no run \(run) is recorded, and it is locked",
                remedy: "git worktree unlock \(ShellWord.bare(worktree.path)), then: hybrid doctor --fix")
            return
        }
        if hasSupervisor(worktree.name) {
            note(
                .worktree, worktree.path, "no run \(run) is recorded, and a worker is at work in it",
                remedy: "wait for it or end it, then: hybrid doctor --fix")
            return
        }
        note(
            .worktree, worktree.path,
            "no run \(run) is recorded: it was never finished being made, or its record is gone",
            remedy: "remove it; all that lies in it is kept below refs/hybrid/rescued/ first"
        ) { try self.rescueAndRemove(worktree) }
    }

    /// Keeps the commits that a worktree's HEAD named by the way; its log goes with its registration.
    private func rescueLogged(_ worktree: Worktree) throws -> [String] {
        let log = repository.commonDirectory + "worktrees/\(worktree.name)/logs/HEAD"
        return try Repository.loggedIDs(inFile: log).filter { (try? repository.commit($0)) != nil }
            .compactMap { try rescue($0, as: worktree.name, without: []) }
    }

    private func rescueAndRemove(_ worktree: Worktree) throws -> String {
        let there = try Repository(at: worktree.path)
        var kept = try rescueLogged(worktree)
        var left: [UncheckedPath] = []
        if let head = try there.headCommit() {
            var commit = head
            let tree: ObjectID
            (tree, left) = try there.keptTree()
            if try there.commit(head).tree != tree {
                let identity = try UserIdentity(
                    in: repository.workingDirectory ?? repository.commonDirectory,
                    environment: WorkerEnvironment.cleaned(host.environment))
                commit = try there.createCommit(
                    tree: tree, parents: [head], message: "Rescued from \(worktree.path)",
                    author: identity.author, committer: identity.committer)
            }
            if let ref = try rescue(commit, as: worktree.name, without: []) { kept.append(ref) }
        }
        if let first = left.first {
            return "kept at \(kept.joined(separator: ", ")) but for \(first.path?.description ?? "") "
                + "(\(neutralise(first.reason))): the worktree stays"
        }
        let lost = IgnoredWork.lost(in: worktree.path)
        try repository.removeWorktree(name: worktree.name, force: true)
        tidy(worktree.path)
        return "removed"
            + lost
            + (kept.isEmpty
                ? "; nothing in it was uncommitted" : "; its work is kept at \(kept.joined(separator: ", "))")
    }

    private func remove(_ worktree: Worktree, _ run: RunID) throws -> String {
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        let lost = IgnoredWork.lost(in: worktree.path)
        try repository.removeWorktree(name: worktree.name, force: true)
        tidy(worktree.path)
        return "removed" + lost
    }

    private func tidy(_ path: String) {
        if let slash = path.lastIndex(of: "/") { Files.removeEmptyFolder(String(path[..<slash])) }
        Files.removeEmptyFolder(paths.worktrees)
    }

    /// Folders where hybrid puts worktrees that git knows nothing of: only their files tell what they were.
    private func findFolders(_ registered: Set<String>) throws {
        for run in Files.names(in: paths.worktrees).compactMap({ RunID($0) }).sorted() where !isDriven(run) {
            let folder = "\(paths.worktrees)/\(run)"
            let names = Files.names(in: folder).sorted()
            if names.isEmpty {
                note(.worktree, folder, "an empty folder for worktrees", remedy: "remove it") {
                    Files.removeEmptyFolder(folder)
                    Files.removeEmptyFolder(self.paths.worktrees)
                    return "removed"
                }
            }
            for name in names {
                let path = folder + "/" + name
                guard !registered.contains(path), !registered.contains(Files.real(path) ?? path) else {
                    continue
                }
                if SetAside.isLeft(name) {
                    note(
                        .worktree, path,
                        "work that no commit can hold, or that a process went on with, was left here when its worktree went",
                        remedy: "take what you need out of the folder, then remove it")
                    continue
                }
                note(
                    .worktree, path, "git knows no worktree here any more: its registration is gone",
                    remedy:
                        "what is committed is on branch \(try RunNames.branch(run, folder: name)); take what else you need out of the folder, then remove it"
                )
            }
        }
    }
}
