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
                where plan.jobs[index].name == name || plan.jobs[index].id.text == name {
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
