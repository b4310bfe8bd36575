internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// A file that many jobs touch at once, and what is to become of it.
public struct HotFile: Hashable, Sendable {
    /// Whose the file is, or how what several jobs made of it comes together.
    public enum Policy: Hashable, Sendable {
        /// The orchestrator's: no job may claim it.
        case orchestrator
        /// One job's, by name or id: no other may claim it.
        case job(String)
        /// Anybody's; made anew by a command after the merge.
        case regenerate(Command)
        /// Anybody's; merged by taking the lines of both sides, as git's `merge=union` does.
        case union

        /// The word that a plan writes.
        public var word: String {
            switch self {
            case .orchestrator: "orchestrator"
            case .job: "job"
            case .regenerate: "regenerate"
            case .union: "union"
            }
        }

        /// Whether any job may touch the file without claiming it.
        public var isShared: Bool {
            switch self {
            case .regenerate, .union: true
            case .orchestrator, .job: false
            }
        }

        package static let words = ["orchestrator", "job", "regenerate", "union"]
    }

    /// A path or glob, as a claim's.
    public var path: String
    /// What becomes of it.
    public var policy: Policy

    /// Makes a hot file.
    public init(path: String, policy: Policy) {
        self.path = path
        self.policy = policy
    }

    /// What to say where the lines of both sides, one after the other, are likely to be no file of this kind any more.
    var brokenByUnion: String? {
        let structured = ["json", "jsonc", "json5", "toml", "yaml", "yml", "xml", "plist", "lock"]
        guard policy == .union, let dot = path.lastIndex(of: "."),
            structured.contains(path[path.index(after: dot)...].lowercased())
        else { return nil }
        return
            "\(path): union puts the lines of both sides one after the other, which can break the file and brings "
            + "back lines that one side removed; verify that it can be read, or make it anew: regenerate"
    }
}

extension Plan {
    /// The plan whose claims say what its hot files mean: what is the orchestrator's or one job's is claimed there.
    var withHotOwners: Plan {
        var plan = self
        for file in hot {
            let claim = Claim(path: file.path)
            switch file.policy {
            case .orchestrator:
                if !plan.orchestrator.files.contains(claim) { plan.orchestrator.files.append(claim) }
            case .job(let name):
                for index in plan.jobs.indices
                where plan.jobs[index].name == name || plan.jobs[index].id == name {
                    if !plan.jobs[index].files.contains(claim) { plan.jobs[index].files.append(claim) }
                }
            case .regenerate, .union: break
            }
        }
        return plan
    }

    /// The plan as its run sees it: beside the owners' claims, every job may touch what is shared.
    package var withHotClaims: Plan {
        var plan = withHotOwners
        for file in hot where file.policy.isShared {
            let claim = Claim(path: file.path)
            for index in plan.jobs.indices where !plan.jobs[index].files.contains(claim) {
                plan.jobs[index].files.append(claim)
            }
        }
        return plan
    }
}

extension Plan {
    /// What is run on the merged tree: first what makes hot files anew, each command once, then the plan's own.
    package var integrateCommands: [(command: Command, what: String)] {
        var out: [(command: Command, what: String)] = []
        for file in hot {
            guard case .regenerate(let command) = file.policy, !out.contains(where: { $0.command == command })
            else { continue }
            out.append((command, "the command that makes \(file.path) anew"))
        }
        return out + (orchestrator.integrate.map { [($0, "the integrate command")] } ?? [])
    }
}

extension PlanDraft {
    /// A hot file from what a plan says about it.
    func hot(
        _ path: String, policy: String, job: String?, command: Command?, at place: PlanPlace
    ) throws -> HotFile {
        let policy = policy.lowercased()
        guard HotFile.Policy.words.contains(policy) else {
            throw place.error(
                "\"\(shortened(policy))\" is no policy of a hot file",
                next: "the policies are: \(HotFile.Policy.words.joined(separator: ", "))")
        }
        if job != nil, policy != "job" { throw place.error("only the policy job names a job") }
        if command != nil, policy != "regenerate" {
            throw place.error("only the policy regenerate has a command")
        }
        let path = try self.path(path, at: place)
        switch policy {
        case "union": return HotFile(path: path, policy: .union)
        case "job":
            guard let job, !job.isEmpty else {
                throw place.error("the policy job names no job", next: "name the job whose file it is")
            }
            return HotFile(path: path, policy: .job(job))
        case "regenerate":
            guard let command else {
                throw place.error(
                    "the policy regenerate has no command", next: "give the command that makes the file anew")
            }
            return HotFile(path: path, policy: .regenerate(command))
        default: return HotFile(path: path, policy: .orchestrator)
        }
    }

    /// Checks that the jobs that own hot files are there and that no path has two policies.
    func checkHot(_ plan: Plan, _ places: [PlanPlace]) throws {
        var seen: Set<RepoPath> = []
        for (file, place) in zip(plan.hot, places) {
            guard seen.insert(RepoPath(file.path)).inserted else {
                throw place.error("\(shortened(file.path)) has a policy already", next: "keep one of them")
            }
            guard case .job(let name) = file.policy,
                !plan.jobs.contains(where: { $0.name == name || $0.id == name })
            else { continue }
            let near = nearest(name, in: plan.jobs.map(\.name)).map { "did you mean \"\($0)\"?" }
            throw place.error("there is no job \"\(shortened(name))\"", next: near)
        }
    }
}
