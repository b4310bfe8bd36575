internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// Why a commit may not land although the tip that holds it may.
struct HistoryFault: Equatable {
    enum Kind: Equatable {
        /// It touched this path, against the claims; the tip does not.
        case path(String)
        /// It is somebody else's, or begins a history of its own.
        case origin
        /// It, or something that it holds, is not there or is refused by servers that check.
        case object
    }
    var commit: ObjectID
    var subject: String
    var kind: Kind
    var reason: String

    /// In one line, without whose it is.
    var text: String { "commit \(commit.short) (\(shortened(neutralise(subject)))): \(reason)" }
}

/// Looks at every commit that would land with a tip, not only at what the tip differs in from its base.
///
/// What a later commit takes back lands all the same, and stays readable in the history; what no object holds stops the
/// next clone.
struct HistoryLook: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// The faults of what lies between a worker's base and its tip; `others` are tips of what others made.
    ///
    /// Grows with the changes of each commit.
    func faults(
        of worker: WorkerRecord, _ run: RunRecord, _ plan: Plan, beside others: [ObjectID]
    ) throws -> [HistoryFault] {
        try faults(from: worker.started(), to: worker.work(), run, beside: others) { old, tree in
            try auditStep.breaches(of: worker, run, plan, from: old, to: tree)
                .filter { !$0.isAllowed(by: plan.audit) }
        }
    }

    /// Why a tip's own tree may not land on a base, whatever lies between; nil where it may.
    func faultOfTree(of tip: ObjectID, beside base: ObjectID) throws -> String? {
        do {
            return try fault(
                inTree: repository.commit(tip).tree, beside: repository.commit(base).tree, at: "",
                ObjectStore(repository))
        } catch let error as GitError where error.code == .notFound {
            return "an object of it is not there: \(error)"
        }
    }

    /// The same of any commits; `breaches` judges a tree by what it changes in a commit.
    func faults(
        from base: ObjectID, to tip: ObjectID, _ run: RunRecord, beside others: [ObjectID],
        _ breaches: (ObjectID, CommitTree) throws -> [Audit.Breach]
    ) throws -> [HistoryFault] {
        guard tip != base else { return [] }
        // What the target holds lands anyway.
        let known = try [base, repository.id(of: run.target.ref)].compactMap(\.self)
        guard let new = try commits(of: tip, beyond: known) else {
            return [
                HistoryFault(
                    commit: tip, subject: "", kind: .object, reason: "a commit of its history is not there")
            ]
        }
        let own =
            others.isEmpty ? Set(new) : Set(try repository.commits(from: tip, excluding: known + others))
        let store = try ObjectStore(repository)
        let atTip =
            new.count > 1 ? Set(try breaches(base, CommitTree(repository, commit: tip)).map(\.path)) : []
        var found: [HistoryFault] = []
        var broken: Set<ObjectID> = []
        for id in new.reversed() {
            if let reason = try objectFault(of: id, beside: broken, else: base, store) {
                broken.insert(id)
                found.append(
                    HistoryFault(
                        commit: id, subject: (try? repository.commit(id).message.firstLine) ?? "",
                        kind: .object,
                        reason: reason))
                continue
            }
            let commit = try repository.commit(id)
            let subject = commit.message.firstLine
            func note(_ kind: HistoryFault.Kind, _ reason: String) {
                found.append(HistoryFault(commit: id, subject: subject, kind: kind, reason: reason))
            }
            if commit.parents.isEmpty {
                note(.origin, "it begins a history of its own, which has nothing to do with the base")
            }
            guard own.contains(id) else {
                note(.origin, "it was made elsewhere, and stands on another branch that is not on the target")
                continue
            }
            // The tip was audited as a whole.
            if new.count == 1, commit.parents == [base] { continue }
            for breach in try touched(commit, breaches) where !atTip.contains(breach.path) {
                let path = RepoPath(breach.path).description
                note(
                    .path(breach.path), "it touched \(path), which its tip does not: \(breach.reason)"
                )
            }
        }
        return found
    }

    /// The paths that differ between a commit and a tree.
    func changes(from old: ObjectID, to tree: CommitTree) throws -> [String] {
        let before = try repository.commit(old).tree
        let sets = try ChangeSet.betweenTrees(before, [tree.tree], in: tree.store)
        return sets.flatMap(\.changes).map(\.path.text)
    }

    /// The commits that a tip would bring; nil where one is not there.
    private func commits(of tip: ObjectID, beyond known: [ObjectID]) throws(GitError) -> [ObjectID]? {
        do {
            return try repository.commits(from: tip, excluding: known)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// What a commit itself changed against the claims: of a merge, what it holds otherwise than each of its parents.
    private func touched(
        _ commit: Commit, _ breaches: (ObjectID, CommitTree) throws -> [Audit.Breach]
    ) throws -> [Audit.Breach] {
        guard let first = commit.parents.first else { return [] }
        let tree = try CommitTree(repository, commit: commit.id)
        var found = try breaches(first, tree)
        for parent in commit.parents.dropFirst() where !found.isEmpty {
            let changed = Set(
                try ChangeSet.between(base: parent, tip: commit.id, in: repository).changes.map(\.path.text))
            found = found.filter { changed.contains($0.path) }
        }
        return found
    }

    /// What is wrong with a commit, or with what it holds and its first parent does not; nil where nothing is.
    ///
    /// Where its parent is one of `broken`, it is held against `base`.
    private func objectFault(
        of id: ObjectID, beside broken: Set<ObjectID>, else base: ObjectID, _ store: ObjectStore
    ) throws -> String? {
        do {
            if let fault = try store.commitFault(id) {
                return "servers that check what is pushed refuse it: \(fault)"
            }
            let commit = try repository.commit(id)
            let parent = commit.parents.first.map { broken.contains($0) ? base : $0 }
            let before = try parent.map { try repository.commit($0).tree }
            return try fault(inTree: commit.tree, beside: before, at: "", store)
        } catch let error as GitError where error.code == .notFound {
            return "an object of it is not there: \(error)"
        } catch let error as GitError {
            return "an object of it is damaged: \(error)"
        }
    }

    private func fault(
        inTree tree: ObjectID, beside old: ObjectID?, at folder: String, _ store: ObjectStore
    ) throws -> String? {
        if tree == old { return nil }
        if let fault = try store.treeFault(tree) {
            let place = folder.isEmpty ? "its root folder" : RepoPath(folder).description
            return "servers that check what is pushed refuse \(place): \(fault)"
        }
        for change in try store.differences(from: old, to: [tree])[0] {
            guard let new = change.new else { continue }
            let name = String(decoding: change.name, as: UTF8.self)
            let path = folder.isEmpty ? name : folder + "/" + name
            if PathRules.isGitFolder(name[...]) {
                return "servers that check what is pushed refuse \(RepoPath(path).description): hasDotgit"
            }
            switch new.kind {
            case .tree:
                let before = change.old?.isTree == true ? change.old?.id : nil
                if let fault = try fault(inTree: new.id, beside: before, at: path, store) { return fault }
            case .gitlink, .nothing: break
            case .file, .executable, .symlink:
                if try !repository.exists(new.id) {
                    return "what \(RepoPath(path).description) holds is not there (blob \(new.id.short))"
                }
            }
        }
        return nil
    }
}

extension String {
    /// A message's first line.
    fileprivate var firstLine: String { String(prefix { !$0.isNewline }) }
}
