internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem
internal import HybridUserGit

/// Whether what git is about to record or send is a worker's to write.
extension Guard {
    /// What `git commit` is about to record: HEAD's tree against the index that git names in `GIT_INDEX_FILE`.
    ///
    /// A rename counts as both its ends. What a commit puts back as it was at the worker's base is allowed. Throws
    /// where the repository cannot be read; callers stop the commit then.
    package func commitAnswer() throws -> GuardAnswer {
        if environment[WorkerEnvironment.audited] != nil { return .silent }
        let (place, subject) = acting()
        guard let place else { return .silent }
        switch subject {
        case .nobody: return .silent
        case .unknown(let root, let error): return GuardAnswer(refusing: [root], error)
        case .worker(let own, let claims):
            guard own.root.hasBytes(of: place.root) else { return elsewhere(place, own, claims) }
            let repository = try Repository.holding(place.root)
            let index = environment["GIT_INDEX_FILE"].map { GuardPath.joined($0, to: folder) }
            let base = try baseTree(claims, repository)
            var touched: [Audit.Touched] = []
            for change in try repository.stagedChanges(index: index) {
                let old = try repository.treeEntry(change.path, in: base)
                guard old != change.new else { continue }
                touched.append(try Self.touched(change.path, old: old, new: change.new, repository))
            }
            return Self.answer(touched, claims)
        }
    }

    /// What `git push` is about to send, from the lines that git gives its pre-push hook.
    ///
    /// A worker may send its own branch, under its own name, when all between its base and the tip is its to write.
    /// Throws where the repository cannot be read. Source: githooks(5), "pre-push".
    package func pushAnswer(_ input: [UInt8]) throws -> GuardAnswer {
        let (place, subject) = acting()
        guard let place else { return .silent }
        switch subject {
        case .nobody: return .silent
        case .unknown(let root, let error): return GuardAnswer(refusing: [root], error)
        case .worker(let own, let claims):
            let repository = try Repository.holding(place.root)
            var paths: [GuardAnswer.Path] = []
            for line in String(decoding: input, as: UTF8.self).parts(at: "\n") {
                let fields = line.parts(at: " ", omittingEmpty: false).map(String.init)
                guard fields.count == 4 else {
                    throw HybridError(
                        .invalidArgument, "pre-push", "git's line cannot be read: \(neutralise(String(line)))"
                    )
                }
                paths += try pushed(fields, own, claims, repository)
            }
            return GuardAnswer(claims, paths)
        }
    }

    private func pushed(
        _ fields: [String], _ own: GuardPlace, _ claims: GuardClaims, _ repository: Repository
    ) throws -> [GuardAnswer.Path] {
        func refused(_ reason: String) -> [GuardAnswer.Path] {
            [
                GuardAnswer.Path(
                    path: RepoPath(fields[2]).description, reason: reason, holder: nil, nearestClaim: nil,
                    next: "push only \(claims.branch)")
            ]
        }
        guard fields[2].hasBytes(of: claims.branch) else {
            return refused("it is not the worker's own branch")
        }
        guard let tip = ObjectID(hex: fields[1]), tip != .zero else {
            return refused("a worker's branch is not deleted by the worker")
        }
        let base = try baseCommit(claims)
        guard try repository.isAncestor(base, of: tip) else {
            return refused("what is pushed does not stand on \(base.short), where the worker began")
        }
        let touched = try ChangeSet.between(base: base, tip: tip, in: repository).changes.map {
            try Self.touched($0.path, old: $0.old, new: $0.new, repository)
        }
        return Self.answer(touched, claims).paths
    }

    // MARK: Parts

    /// The worktree that git acts in, and whose it is.
    private func acting() -> (GuardPlace?, GuardSubject) {
        let place =
            environment["GIT_DIR"].map { GuardPlace(gitDirectory: GuardPath.joined($0, to: folder)) }
            ?? GuardPlace.around(GuardPath.real(folder) ?? folder).first
        guard let place else { return (nil, .nobody) }
        let here = GuardSubject(of: place, environment)
        if !here.isNobody { return (place, here) }
        // A worker that went into another worktree of its repository is still this worker.
        let named = GuardSubject(named: environment)
        switch named {
        case .worker(let own, _) where own.common.hasBytes(of: place.common): return (place, named)
        case .unknown(let root, _) where root.hasBytes(of: place.root): return (place, named)
        default: return (place, .nobody)
        }
    }

    private func elsewhere(_ place: GuardPlace, _ own: GuardPlace, _ claims: GuardClaims) -> GuardAnswer {
        GuardAnswer(
            claims,
            [
                GuardAnswer.Path(
                    path: RepoPath(place.root).description,
                    reason: "a worker commits in its own worktree only",
                    holder: nil, nearestClaim: nil, next: "work below \(RepoPath(own.root))")
            ])
    }

    private func baseCommit(_ claims: GuardClaims) throws(HybridError) -> ObjectID {
        if let id = ObjectID(hex: claims.base) { return id }
        throw HybridError(
            .recordDamaged, GuardClaims.fileName, "it names no base commit",
            next: "the person who leads the run can write it anew: hybrid retry \(claims.own.job)")
    }

    private func baseTree(_ claims: GuardClaims, _ repository: Repository) throws -> ObjectID {
        try repository.commit(baseCommit(claims)).tree
    }

    private static func answer(_ touched: [Audit.Touched], _ claims: GuardClaims) -> GuardAnswer {
        GuardAnswer(
            claims,
            touched.map { path(RepoPath($0.path), claims, GuardRule.breach(claims, anyOf: [$0])) })
    }

    private static func touched(
        _ path: RepoPath, old: TreeEntry?, new: TreeEntry?, _ repository: Repository
    ) throws -> Audit.Touched {
        let link = new.flatMap { $0.kind == .symlink ? $0.id : nil }
        return Audit.Touched(
            path: path.text, isDelete: new == nil, isCreate: old == nil, isSymlink: link != nil,
            linkTarget: try link.map { String(decoding: try repository.blob($0), as: UTF8.self) },
            isSubmodule: new?.kind == .gitlink || old?.kind == .gitlink,
            // Otherwise only what was committed tells a changed mode.
            changesMode: (new?.kind == .gitlink) != (old?.kind == .gitlink))
    }
}
