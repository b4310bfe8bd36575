internal import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridRecords
internal import HybridUserGit

/// A repository that is only looked at: opening it makes no ledger and no folder.
public struct Inspection {
    let repository: Repository
    let environment: [String: String]
    private let trees = Trees()

    /// The trees that were asked, by branch: a plan asks once for each claim that could be a name.
    private final class Trees {
        var known: [String: CommitTree] = [:]
    }

    /// Opens the repository that holds a folder; `environment` says where programs such as ctags are found.
    public init(at directory: String = ".", environment: [String: String]) throws {
        self.init(of: try Repository.holding(directory), environment: environment)
    }

    init(of repository: Repository, environment: [String: String]) {
        self.repository = repository
        self.environment = environment
        UserFilters.install(environment)
    }

    /// Whether a path stands literally in the target's tree.
    public func exists(_ path: String, target: String?) throws -> Bool {
        guard let branch = try target.map({ try BranchName($0) }) ?? repository.currentBranch(),
            let tip = try repository.id(of: branch.ref)
        else { return false }
        return try tree(of: tip).entry(path) != nil
    }

    /// The tree of a commit, which is read once.
    func tree(of tip: ObjectID) throws -> CommitTree {
        if let known = trees.known[tip.description] { return known }
        try PromisedObjects(of: repository, environment: environment).bringRules(of: tip)
        let tree = try CommitTree(repository, commit: tip, environment: environment)
        trees.known[tip.description] = tree
        return tree
    }

    /// The pre-launch conflict analysis of a plan on its target's tip.
    public func check(_ plan: Plan) throws -> CheckReport { try check(plan, on: target(of: plan).tip) }

    /// The same on a commit that may be the target's tip no more.
    func check(_ plan: Plan, on tip: ObjectID) throws -> CheckReport {
        let tree = try tree(of: tip)
        let read = plan.jobs.flatMap { $0.files + $0.dependencies }.map { RepoPath($0.path) }
        try PromisedObjects(of: repository, environment: environment).bringRules(of: tip, and: Set(read))
        let sections = SectionMap(symbols: Ctags(environment: environment)) { try tree.content(of: $0) }
        var report = try CheckReport.make(
            plan: plan, base: tree, targetExists: true, sections: sections,
            history: HotHistory.of(tip, in: repository))
        report.wrongTrees = try wrongTrees(plan)
        report.warnings += report.wrongTrees.map(\.warning)
        return report
    }

    /// The branch that a plan integrates into, and its tip.
    ///
    /// Throws when HEAD is detached and the plan names none, or the branch has no commit.
    func target(of plan: Plan) throws -> (branch: BranchName, tip: ObjectID) {
        try target(named: plan.target)
    }

    /// The branch of a name, or the current one, and its tip; throws as ``target(of:)`` does.
    func target(named name: String?) throws -> (branch: BranchName, tip: ObjectID) {
        let branch: BranchName
        if let name {
            branch = try Self.branch(named: name)
        } else if let current = try repository.currentBranch() {
            branch = current
        } else {
            throw HybridError(
                .noSuchRevision, "target", "HEAD is detached, so there is no current branch",
                next: "name the branch in the plan (Target: BRANCH) or with --target")
        }
        guard let tip = try repository.id(of: branch.ref) else {
            throw HybridError(
                .noSuchRevision, "branch \(branch)", "it does not exist or has no commit yet",
                next: "commit something there first, or correct the plan's target")
        }
        return (branch, tip)
    }

    /// The branch that a plan's target names; throws where it is no branch's name.
    private static func branch(named name: String) throws -> BranchName {
        let next = "name a branch of this repository, as in Target: main"
        if let short = name.rest(behind: "refs/heads/") {
            throw HybridError(
                .invalidArgument, "target \(shortened(name))", "it is a ref's name",
                next: "Target: \(neutralise(String(short)))")
        }
        do {
            return try BranchName(name)
        } catch {
            throw HybridError(.invalidArgument, "target \(shortened(name))", "\(error.reason)", next: next)
        }
    }
}
