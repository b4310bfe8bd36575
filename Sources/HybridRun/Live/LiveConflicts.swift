public import HybridGit
public import HybridMerging
public import HybridPlan
public import HybridReport

/// Answers again and again which branches conflict, with what lies in their worktrees now.
///
/// Each answer works out only what differs from the one before. Nothing is written to the repository.
public final class LiveConflicts {
    let repository: Repository
    private let ask: () throws -> [LiveMember]
    private let hint: ObjectID?
    private let judge: Judge?
    private let hot: [HotFile]
    private let threads: Int
    private let makeEngine: @Sendable (ObjectID) throws -> MergeEngine
    private var crew: (attributes: ObjectID, crew: MergeCrew)?
    private var memory: MatrixMemory?
    private var worktrees: [String: LiveWorktree] = [:]
    private var trees: [String: Result<LiveTree, GitError>] = [:]
    /// Says what branches that conflict were allowed, as they count in this answer; `lent` is what only memory holds.
    public typealias Judge = (
        _ branches: [ConflictMatrix.Branch], _ lent: LentObjects
    ) throws -> ConflictClaims

    /// Whether answers say what can land together.
    public var suggests = false
    /// The worktrees that took part in the last answer.
    private(set) var places: [String] = []

    /// Takes its members from `members`, which is asked anew for each answer.
    ///
    /// `base` is a hint where they started, `judge` tells what the plan allowed those that conflict, `hot` the policies that
    /// the engines follow. `engine` makes an engine with a handle of its own, which takes its attributes from a tree.
    /// `remembers` says whether there will be a second answer.
    public init(
        in repository: Repository, base hint: ObjectID?, judge: Judge? = nil, hot: [HotFile] = [],
        threads: Int,
        remembers: Bool = true,
        members ask: @escaping () throws -> [LiveMember],
        engine: @escaping @Sendable (ObjectID) throws -> MergeEngine
    ) {
        self.repository = repository
        self.hint = hint
        self.judge = judge
        self.hot = hot
        self.threads = threads
        self.ask = ask
        makeEngine = engine
        memory = remembers ? MatrixMemory() : nil
    }

    /// How many pairs were merged for the last answer.
    public var merged: Int { memory?.merged ?? 0 }

    /// Which worktrees are looked at, and where in them.
    enum Look {
        /// All that is there.
        case all
        /// Only these files and folders of these worktrees may have changed.
        case at([String: [RepoPath]])
    }

    /// The answer as of now.
    public func answer() throws -> ConflictReport { try answer(.all) { _ in } }

    /// The answer, when only some paths may have changed; `prepare` gets all worktrees before they are looked at.
    func answer(_ look: Look, prepare: ([String]) throws -> Void) throws -> ConflictReport {
        var members = try ask()
        places = Array(Set(members.compactMap { $0.worktree?.path })).sorted()
        try prepare(places)
        lookAgain(members, look)
        var edits: [LiveEdits?] = []
        var lent = LentObjects()
        for index in members.indices {
            guard let place = members[index].worktree, let seen = trees[place.path] else {
                edits.append(nil)
                continue
            }
            edits.append(members[index].take(seen, of: place, lending: &lent))
        }
        let branches = members.map(\.branch)
        guard let first = branches.first else { return ConflictReport(ConflictMatrix.none) }
        let hint = hint ?? first.base
        let crew = try crew(attributes: try repository.tree(ofCommit: hint ?? first.tip))
        crew.lend(lent)
        let matrix = try ConflictMatrix.make(branches, base: hint, with: crew, memory: memory)
        let meeting = Set(matrix.pairs.flatMap { [$0.ours, $0.theirs] }).sorted().map { branches[$0] }
        var report = ConflictReport(matrix, claims: try meeting.isEmpty ? nil : judge?(meeting, lent))
        report.edits = edits
        report.hot = hot
        if suggests { report.landing = try LandingWaves(of: report.matrix, in: crew.first) }
        return report
    }

    /// Starts afresh: settings may have changed, or packs may be gone.
    func forget() {
        crew = nil
        if memory != nil { memory = MatrixMemory() }
    }

    private func crew(attributes: ObjectID) throws -> MergeCrew {
        if let crew, crew.attributes == attributes { return crew.crew }
        forget()
        let make = makeEngine
        let made = try MergeCrew(threads) { try make(attributes) }
        crew = (attributes, made)
        return made
    }

    /// Looks at the worktrees that may have changed, all at once.
    private func lookAgain(_ members: [LiveMember], _ look: Look) {
        for path in worktrees.keys where !places.contains(path) {
            (worktrees[path], trees[path]) = (nil, nil)
        }
        var heads: [String: ObjectID] = [:]
        for member in members { if let place = member.worktree { heads[place.path] = member.branch.tip } }
        var names: [String] = []
        var asked: [[RepoPath]?] = []
        for path in places {
            guard case .at(let changed) = look, case .success(let tree) = trees[path],
                tree.head == heads[path]
            else {
                names.append(path)
                asked.append(nil)
                continue
            }
            guard let paths = changed[path] else { continue }
            names.append(path)
            asked.append(paths.contains { $0.bytes.isEmpty } ? nil : paths)
        }
        var looking = names.map { worktrees[$0] ?? LiveWorktree(path: $0) }
        let found = LiveWorktree.look(&looking, at: asked, threads: threads)
        for (index, name) in names.enumerated() {
            worktrees[name] = looking[index]
            trees[name] = found[index]
        }
    }

    /// Counts how often what is ignored changed in a worktree.
    func rulesVersion(_ path: String) -> Int { worktrees[path]?.rulesVersion ?? 0 }
}

extension LiveMember {
    /// Lets the branch count as its worktree was found; what cannot be taken in is named.
    fileprivate mutating func take(
        _ seen: Result<LiveTree, GitError>, of place: Place, lending lent: inout LentObjects
    ) -> LiveEdits {
        let live: LiveTree
        switch seen {
        case .failure(let error):
            return LiveEdits(
                uncommitted: 0, unchecked: [UncheckedPath(path: nil, reason: error.reason)])
        case .success(let found): live = found
        }
        // A rebase has HEAD detached: that it is under way says more.
        if live.branch != place.branch, live.unchecked.first?.path != nil || live.unchecked.isEmpty {
            let other = live.branch.map { "branch \($0)" } ?? "no branch"
            return LiveEdits(
                uncommitted: live.uncommitted,
                unchecked: [UncheckedPath(path: nil, reason: "its worktree has \(other) checked out")])
        }
        if live.branch == place.branch {
            branch.tip = live.head
            branch.tree = live.uncommitted == 0 ? nil : live.tree
            lent.add(live.objects)
        }
        return LiveEdits(uncommitted: live.uncommitted, unchecked: live.unchecked)
    }
}
