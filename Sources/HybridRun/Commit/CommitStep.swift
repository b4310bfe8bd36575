internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Work in a worktree that the user's own git is to commit.
struct Uncommitted {
    var worktree: String
    /// The branch that stands there; nil for a detached HEAD.
    var branch: BranchName?
    /// The commit that HEAD stands on.
    var before: ObjectID
    /// What is merged by this commit; nil for an ordinary one.
    var merged: ObjectID?
    /// What the commit says.
    var message: String
    /// The tree that the audit saw; nil where nothing was audited.
    var audited: ObjectID?
    /// Whether the work may be committed although it changes what hooks do.
    var acceptsHooks: Bool

    /// The parents that the commit gets.
    var parents: [ObjectID] { [before] + [merged].compactMap { $0 } }
}

/// What came of it.
enum Committed {
    case done(ObjectID)
    /// Nothing differs from what is committed already.
    case nothing
    /// What lies there is not what was audited, but this tree.
    case changed(ObjectID)
    /// The user's hooks said no, in these words.
    case refused(String)
    /// These files decide what hooks do, and were changed.
    case hooksChanged([String])
}

/// Commits by the user's own git, where hooks, filters or signatures act.
struct CommitStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var rulesLook: RulesLook { RulesLook(context) }

    init(_ context: RunContext) { self.context = context }

    /// Commits what lies in a worktree by the user's own git, with the hooks in effect at launch.
    ///
    /// `base` is where the work began: what changed since may decide what hooks do. `mayChange` gives, of the paths that
    /// hooks changed, those that they may not: it is told the trees before and after. Where hooks
    /// fail and changed only what they may, as formatters do, that is staged and committed once more. Whatever is refused,
    /// HEAD is where it was. Throws where git itself fails, be it for want of a signature.
    func commitByGit(
        _ work: Uncommitted, base: ObjectID, _ run: RunRecord,
        mayChange: (_ paths: [String], _ before: ObjectID, _ after: ObjectID) throws -> [String]
    ) throws -> Committed {
        let rules = try rulesLook.rules(of: run)
        let there = try Repository(at: work.worktree)
        for lock in ["index.lock", "HEAD.lock"] { try runs.clearLock(there.gitDirectory + lock) }
        // A hybrid that was killed may have come to its end; what anybody else committed is not what was audited.
        if let made = try commitMade(work, there) {
            let tree = try repository.commit(made).tree
            if try misdeed(work, from: work.audited ?? tree, to: tree, mayChange) == nil {
                return .done(made)
            }
            throw moved(work, to: made)
        }
        try rulesSaid(run, rules)
        if let reason = try newFilter(from: base, to: work.audited, there) { return .refused(reason) }
        var tree = try stageAll(work, run, rules)
        if work.merged == nil, try tree == repository.commit(work.before).tree { return .nothing }
        if let audited = work.audited, audited != tree { return .changed(tree) }
        if !work.acceptsHooks, let hooks = rules.hooks {
            let deciding = try hooks.deciding(changes(from: base, to: tree, hooks))
            if !deciding.isEmpty { return .hooksChanged(deciding) }
        }
        for isLast in [false, true] {
            let said = try runCommit(work, run, rules)
            if let made = try commitMade(work, there, byHooksToo: true) {
                let reason = try misdeed(work, from: tree, to: repository.commit(made).tree, mayChange)
                guard let reason else { return .done(made) }
                try takeBack(made, work, there)
                return .refused("\(reason), and committed it")
            }
            let now = try stageAll(work, run, rules)
            if now == tree || isLast { return .refused(said) }
            if let reason = try misdeed(work, from: tree, to: now, mayChange) {
                return .refused("\(said); \(reason)")
            }
            tree = now
        }
        return .nothing
    }

    /// Why a file may not go through a filter that attributes which came since `base` name; nil where none does.
    ///
    /// git would run it as soon as it stages: never because a worker says so.
    private func newFilter(
        from base: ObjectID, to tree: ObjectID?, _ there: Repository
    ) throws -> String? {
        guard let tree else { return nil }
        let (old, store) = (try repository.commit(base).tree, try ObjectStore(repository))
        let changes = try ChangeSet.betweenTrees(old, [tree], in: store)[0].changes
        guard changes.contains(where: { $0.path.text.hasSuffix(".gitattributes") }) else { return nil }
        return try there.refusedFilter(in: tree)
    }

    /// What a hook did to the work that it may not do; nil where all is well.
    private func misdeed(
        _ work: Uncommitted, from old: ObjectID, to new: ObjectID,
        _ mayChange: ([String], ObjectID, ObjectID) throws -> [String]
    ) throws -> String? {
        guard old != new else { return nil }
        let changed = try ChangeSet.betweenTrees(old, [new], in: ObjectStore(repository))[0].changes
        if let gone = changed.first(where: { $0.new == nil }) {
            return "a hook of yours deleted \(gone.path)"
        }
        let wrong = try mayChange(changed.map(\.path.text), old, new)
        guard let first = wrong.first else { return nil }
        return "a hook of yours changed \(RepoPath(first)), which is not this job's"
    }

    /// The commit that stands on `before` as it was to be made; nil: none does.
    ///
    /// With `byHooksToo` there may be more on top of it: a `post-commit` of the user's makes commits of its own.
    private func commitMade(
        _ work: Uncommitted, _ there: Repository, byHooksToo: Bool = false
    ) throws -> ObjectID? {
        guard let head = try there.headCommit(), head != work.before else { return nil }
        var first = head
        while try byHooksToo && repository.commit(first).parents != work.parents {
            guard let parent = try repository.commit(first).parents.first, parent != work.before else {
                break
            }
            first = parent
        }
        guard try repository.commit(first).parents == work.parents else { throw moved(work, to: head) }
        return head
    }

    private func moved(_ work: Uncommitted, to head: ObjectID) -> HybridError {
        HybridError(
            .changed, work.worktree,
            "HEAD is at \(head.short), which is not what was to be committed on \(work.before.short)",
            next: "git -C \(ShellWord.bare(work.worktree)) reset --soft \(work.before)")
    }

    /// A worktree without a branch is hybrid's own, and goes.
    private func takeBack(_ made: ObjectID, _ work: Uncommitted, _ there: Repository) throws {
        guard let branch = work.branch else { return }
        try there.updateReference(
            branch.ref, to: work.before, expecting: made, message: "hybrid: taken back")
    }

    /// Stages all that is there, as git does, and gives the tree.
    ///
    /// What was brought into the worktree is not staged, also where the worker changed the rules that hide it.
    private func stageAll(_ work: Uncommitted, _ run: RunRecord, _ rules: CommitRules) throws -> ObjectID {
        // Nothing of the worktree's own may hide a file from git.
        let words = rules.git.dropFirst() + Self.seeingAll.flatMap { ["-c", $0] }
        func ask(_ command: [String]) throws -> UserGit.Answer {
            try UserGit.askPatiently(words + command, in: work.worktree, environment: rules.environment)
        }
        let there = try Repository(at: work.worktree)
        try unmark(there.hiddenChanges(), work.worktree, rules)
        if let audited = work.audited {
            let changes = try ChangeSet.betweenTrees(
                repository.commit(work.before).tree, [audited], in: ObjectStore(repository))[0].changes
            try there.showEdits(changes.compactMap { change in change.new.map { (change.path, $0) } })
        }
        let added = try ask(["add", "-A"])
        guard added.code == 0 else { throw gitFailed("git add -A", work.worktree, added.lastWords) }
        func written() throws -> ObjectID {
            let tree = try ask(["write-tree"])
            guard tree.code == 0, let id = ObjectID(hex: tree.text) else {
                throw gitFailed("git write-tree", work.worktree, tree.lastWords)
            }
            return id
        }
        let id = try written()
        let before = try repository.commit(work.before).tree
        let brought = try broughtLook.present(in: id, run, of: work.worktree).filter {
            try repository.treeEntry($0, in: before) == nil
        }
        if brought.isEmpty { return id }
        try update(["--force-remove"], brought, work.worktree, rules)
        return try written()
    }

    /// Gives files of the index to `git update-index`.
    private func update(
        _ words: [String], _ files: [RepoPath], _ worktree: String, _ rules: CommitRules
    ) throws {
        for start in stride(from: 0, to: files.count, by: 500) {
            let answer = try UserGit.ask(
                rules.git.dropFirst() + ["update-index"] + words + ["--"],
                paths: files[start..<min(start + 500, files.count)], in: worktree,
                environment: rules.environment)
            guard answer.code == 0 else {
                throw gitFailed(
                    "git update-index \(words.joined(separator: " "))", worktree, answer.lastWords)
            }
        }
    }

    /// Settings without which git sees less than what the files hold.
    private static let seeingAll = [
        "core.trustctime=true", "core.checkStat=default", "core.ignoreStat=false",
        "core.untrackedCache=false",
        "core.sparseCheckout=false",
    ]

    /// Takes away the marks that keep git from seeing what these files hold.
    private func unmark(_ files: [RepoPath], _ worktree: String, _ rules: CommitRules) throws {
        for mark in ["--no-skip-worktree", "--no-assume-unchanged"] {
            try update([mark], files, worktree, rules)
        }
    }

    private func gitFailed(_ command: String, _ worktree: String, _ words: String) -> HybridError {
        HybridError(
            .programFailed, command, "it failed in \(worktree): \(words)",
            next: "see git -C \(ShellWord.bare(worktree)) status")
    }

    /// Runs `git commit` and gives what its hooks said last.
    ///
    /// Throws where no hook is the reason that there is no commit.
    private func runCommit(_ work: Uncommitted, _ run: RunRecord, _ rules: CommitRules) throws -> String {
        typealias End = (status: SupervisedStatus, said: String)
        let (status, said) = try UserGit.again(whileIt: { (end: End) in
            if case .exited(let code) = end.status.outcome { UserGit.passes(code, end.said) } else { false }
        }) {
            let attempt = attempts.nextAttempt(run, .commit)
            let status = try tryCommit(work, run, rules, attempt)
            return (status, attempts.lastSaid(run, .commit, attempt: attempt))
        }
        switch status.outcome {
        // git says 1 where a hook does not let it, and 128 where it cannot itself.
        case .exited(0), .exited(1):
            let hooks = rules.hooks?.ofCommit.joined(separator: ", ") ?? ""
            return "your hooks\(hooks.isEmpty ? "" : " (\(hooks))") refused the commit: \(said)"
        case .timedOut:
            return "your hooks took longer than \(Int(rules.timeout)) s (hybrid.hookTimeout): \(said)"
        default:
            throw HybridError(
                .programFailed, "git commit",
                "it \(attempts.words(status.outcome)) in \(work.worktree): \(said)",
                next: "when that is mended: hybrid resume \(run.id)")
        }
    }

    private func tryCommit(
        _ work: Uncommitted, _ run: RunRecord, _ rules: CommitRules, _ attempt: Int
    ) throws -> SupervisedStatus {
        let folder = paths.attempt(run.names, .commit, attempt)
        try Files.makeFolder(folder)
        let file = folder + "/COMMIT_EDITMSG"
        // Nothing of it is a comment, whatever a line begins with.
        try DurableFile.put(Array(work.message.utf8), to: file, mode: 0o600, synced: false, replacing: true)
        return try attempts.supervise(
            run, .commit, attempt: attempt,
            command: .argv(
                rules.git + CommitRules.encoding(of: work.message)
                    + ["commit", "-q", "--cleanup=whitespace", "-F", file]
                    + (rules.hooks == nil ? ["--no-verify"] : [])),
            directory: work.worktree, timeout: rules.timeout, environment: rules.environment)
    }

    /// The files that changed from a commit to a tree, with their contents, where they matter.
    func changes(from base: ObjectID, to tree: ObjectID, _ hooks: HookFiles) throws -> [HookFiles.Change] {
        func content(_ entry: TreeEntry?) throws -> [UInt8]? {
            guard let entry, entry.isRegularFile else { return nil }
            return try repository.blob(entry.id)
        }
        let old = try repository.commit(base).tree
        return try ChangeSet.betweenTrees(old, [tree], in: ObjectStore(repository))[0].changes
            .filter { hooks.mayDecide($0.path.text) }.map {
                HookFiles.Change(path: $0.path.text, old: try content($0.old), new: try content($0.new))
            }
    }

    /// Hooks that do not run are told, once in a run.
    private func rulesSaid(_ run: RunRecord, _ rules: CommitRules) throws {
        guard rules.hooks == nil else { return }
        try tellOnce("your hooks do not run on the commits of this run: hybrid.hooks is never", run)
    }
}
