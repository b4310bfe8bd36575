internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Commits that are made without a worktree, such as merges, as the user's rules want them.
struct RuledHistory: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var rulesLook: RulesLook { RulesLook(context) }
    private var commitStep: CommitStep { CommitStep(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }

    init(_ context: RunContext) { self.context = context }

    /// The same history with messages as the user's hooks make them, and signed where that is configured.
    ///
    /// What `known` reach stays as it is. Nothing is made anew where no rule concerns it. `pre-merge-commit` looks at a
    /// merge in a working tree, and there is none.
    func ruled(
        _ tip: ObjectID, beyond known: [ObjectID], _ run: RunRecord, messages: Bool = true
    ) throws -> ObjectID {
        let rules = try rulesLook.rules(of: run)
        guard rules.isSigned || messages && rules.hasMessageHooks else { return tip }
        var made: [ObjectID: ObjectID] = [:]
        for id in try repository.commits(from: tip, excluding: known).reversed() {
            let old = try repository.commit(id)
            let parents = old.parents.map { made[$0] ?? $0 }
            var message = try repository.messageBytes(of: id)
            if messages { message.bytes = try hooked(message.bytes, run, rules) }
            let isSame = try parents == old.parents && message.bytes == repository.messageBytes(of: id).bytes
            if try isSame && (!rules.isSigned || repository.isSigned(id)) { continue }
            if rules.isSigned {
                made[id] = try sign(old, parents, message, run, rules)
            } else {
                made[id] = try repository.createCommit(
                    tree: old.tree, parents: parents, message: String(decoding: message.bytes, as: UTF8.self),
                    author: old.author, committer: old.committer)
            }
        }
        return made[tip] ?? tip
    }

    /// Has the user's own git write a commit and sign it.
    private func sign(
        _ commit: Commit, _ parents: [ObjectID], _ message: (bytes: [UInt8], encoding: String?),
        _ run: RunRecord, _ rules: CommitRules
    ) throws -> ObjectID {
        let file = try messageFile(message.bytes, run)
        var environment = rules.environment
        for (who, person) in [("AUTHOR", commit.author), ("COMMITTER", commit.committer)] {
            environment["GIT_\(who)_NAME"] = person.name
            environment["GIT_\(who)_EMAIL"] = person.email
            environment["GIT_\(who)_DATE"] = "@\(person.time) \(person.zone)"
        }
        let words =
            ["-c", "i18n.commitEncoding=\(message.encoding ?? "UTF-8")", "commit-tree", "-S"]
            + parents.flatMap { ["-p", $0.description] } + ["-F", file, commit.tree.description]
        let answer = try UserGit.ask(
            rules.git.dropFirst() + words, in: world.home, environment: environment, timeout: rules.timeout)
        guard answer.code == 0, let id = ObjectID(hex: answer.text) else {
            throw HybridError(
                .signingFailed, "commit.gpgsign",
                "a commit could not be signed, so nothing lands: \(answer.allWords)",
                next: "when signing works: hybrid resume \(run.id)")
        }
        return id
    }

    /// What the user's hooks make of a merge's message.
    private func hooked(_ message: [UInt8], _ run: RunRecord, _ rules: CommitRules) throws -> [UInt8] {
        guard let hooks = rules.hooks, rules.hasMessageHooks else { return message }
        let file = try messageFile(message, run)
        for (hook, arguments) in [("prepare-commit-msg", [file, "merge"]), ("commit-msg", [file])]
        where hooks.has(hook) {
            let attempt = attempts.nextAttempt(run, .commit)
            let status = try attempts.supervise(
                run, .commit, attempt: attempt,
                command: .argv(rules.git + ["hook", "run", hook, "--"] + arguments), directory: world.home,
                timeout: rules.timeout, environment: rules.environment)
            guard status.outcome == .exited(0) else {
                let subject =
                    message.split(separator: 10).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw HybridError(
                    .hookRefused, "the merge \"\(neutralise(subject))\"",
                    "your \(hook) hook does not let it pass: it \(attempts.words(status.outcome)): "
                        + attempts.lastSaid(run, .commit, attempt: attempt),
                    next: "let it take such merges, then: hybrid resume \(run.id)"
                        + (run.nextWave > 0
                            ? ""
                            : "; or make one ordinary commit of the run: "
                                + "hybrid merge \(run.id) --commits squash, then: hybrid resume \(run.id)"))
            }
        }
        let made = Files.read(file) ?? []
        return made == message ? message : Self.tidied(made)
    }

    private func messageFile(_ bytes: [UInt8], _ run: RunRecord) throws -> String {
        let file = paths.file(run.id, .mergeMessage)
        try DurableFile.put(bytes, to: file, mode: 0o600, synced: false, replacing: true)
        return file
    }

    /// A message as `git merge` stores it after hooks: no space at the end of lines, no empty lines around or doubled.
    static func tidied(_ message: [UInt8]) -> [UInt8] {
        var lines: [ArraySlice<UInt8>] = []
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            let end = line.lastIndex { ![9, 11, 12, 13, 32].contains($0) }.map { $0 + 1 } ?? line.startIndex
            let line = line[..<end]
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.flatMap { $0 + [10] }
    }

    /// The tips of what others than this run made: the user's branches and what was fetched.
    func othersTips() throws -> [ObjectID] {
        let heads = try repository.tips(prefix: "refs/heads/").filter {
            !$0.key.hasPrefix("refs/heads/hybrid/")
        }
        return try Array(heads.values) + Array(repository.tips(prefix: "refs/remotes/").values)
    }

    /// What others made before the run is theirs to sign.
    private func adopted(_ run: RunRecord) throws -> [ObjectID] {
        try runs.workers(of: run).compactMap { $0.adopted == nil ? nil : $0.tip } + (run.adoption?.held ?? [])
    }

    /// Throws where something that would land is not signed, and the user's configuration says that commits are.
    func refuseUnsigned(_ candidate: ObjectID, onto target: ObjectID, _ run: RunRecord) throws {
        guard try rulesLook.rules(of: run).isSigned else { return }
        let landing = try repository.commits(
            from: candidate, excluding: [target] + othersTips() + adopted(run))
        guard let unsigned = try landing.first(where: { try !repository.isSigned($0) }) else { return }
        throw HybridError(
            .signingFailed, "commit \(unsigned.short)",
            "it is not signed, and commit.gpgsign says that commits are",
            next: "begin anew: \(run.anew), or say that this repository does without: "
                + "git config commit.gpgsign false")
    }

    // MARK: Ordinary commits

    /// Makes a commit with one parent again by the user's own git.
    ///
    /// Where hooks look at commits, in a fresh worktree, so that they see files, index and branch as always: what lands is
    /// more than the sum of what each worker's hooks saw. Otherwise from the tree alone, as `git commit` would store it.
    func committed(_ made: ObjectID, _ run: RunRecord) throws -> ObjectID {
        let rules = try rulesLook.rules(of: run)
        let commit = try repository.commit(made)
        guard rules.hooks?.isAny == true else {
            return try ruled(made, beyond: commit.parents, run, messages: false)
        }
        let fresh = try freshWorktrees.freshWorktree(run, at: made)
        let tip: ObjectID
        do {
            tip = try commitAgain(commit, in: fresh, run, rules)
        } catch {
            try freshWorktrees.discard(fresh, of: run)
            throw error
        }
        try freshWorktrees.discard(fresh, of: run)
        return tip
    }

    /// Runs the user's git in a worktree of hybrid's; throws where it fails.
    func runRuledGit(_ rules: CommitRules, _ words: [String], in folder: String) throws {
        let answer = try UserGit.ask(
            rules.git.dropFirst() + words, in: folder, environment: rules.environment)
        guard answer.code == 0 else {
            throw HybridError(
                .programFailed, "git \(words[0])", "it failed in \(folder): \(answer.lastWords)")
        }
    }

    private func commitAgain(
        _ commit: Commit, in fresh: FreshWorktree, _ run: RunRecord, _ rules: CommitRules
    ) throws -> ObjectID {
        let parent = commit.parents[0]
        try runRuledGit(rules, ["reset", "-q", "--soft", parent.description], in: fresh.path)
        let own = Set(
            try ChangeSet.between(base: parent, tip: commit.id, in: repository).changes.map(\.path.text))
        let work = Uncommitted(
            worktree: fresh.path, branch: nil, before: parent, message: commit.message, audited: commit.tree,
            acceptsHooks: true)
        let answer = try commitStep.commitByGit(work, base: parent, run) { paths, _, _ in
            paths.filter { !own.contains($0) }
        }
        switch answer {
        case .done(let id): return id
        case .nothing: return parent
        case .refused(let words):
            let subject = commit.message.split(separator: "\n").first ?? ""
            throw HybridError(
                .hookRefused, "the commit \"\(neutralise(String(subject)))\"", words,
                next: "when that is mended: hybrid resume \(run.id)")
        case .changed, .hooksChanged:
            throw HybridError(.changed, fresh.path, "somebody works in it", next: "hybrid resume \(run.id)")
        }
    }
}
