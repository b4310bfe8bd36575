internal import HybridBase
internal import HybridGit

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
                !plan.jobs.contains(where: { $0.name == name || $0.id.text == name })
            else { continue }
            let near = nearest(name, in: plan.jobs.map(\.name)).map { "did you mean \"\($0)\"?" }
            throw place.error("there is no job \"\(shortened(name))\"", next: near)
        }
    }
}
