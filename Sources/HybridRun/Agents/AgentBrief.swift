internal import HybridBase
internal import HybridPlan

/// What an agent is told about its job: the task, where it may write, what it leans on, how to finish.
///
/// Text for a model; what holds is the audit, not what it says.
struct AgentBrief {
    var plan: Plan
    var job: Job
    /// The commit that the job starts from, shortened.
    var base: String
    /// How the agent calls hybrid: by its full path, since an agent's shell may have a PATH of its own.
    var hybrid: String
    /// What went wrong with the attempt before; nil for a first one.
    var feedback: String?

    /// The whole text; it begins with a letter.
    func text() -> String {
        var parts = [
            "You do one job of several that are done at the same time, each in a worktree of its own. Nobody can answer questions.",
            "## The job: \(job.name) (of: \(plan.task.name))\n\n\(job.task ?? "")",
            section(
                "What you may write",
                claims + [
                    "Everything else belongs to others. A write elsewhere is refused, and a job that did one is not merged. If you cannot do without another file: \(hybrid) claim add PATH"
                ]),
        ]
        if !job.dependencies.isEmpty {
            parts.append(
                section(
                    "Interfaces to respect",
                    job.dependencies.map { "- \($0.text)" } + [
                        "Read them and keep to them; do not change them."
                    ]))
        }
        if let conventions = plan.conventions { parts.append(section("Conventions", [conventions])) }
        parts += [section("How to finish", finish), section("What not to do", Self.forbidden)]
        if let feedback { parts.append(section("What went wrong the last time", [feedback])) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func section(_ title: String, _ lines: [String]) -> String {
        "## \(title)\n\n" + lines.joined(separator: "\n")
    }

    private var claims: [String] {
        job.files.map { claim in
            let kind = claim.kind == .write ? "" : " (\(claim.kind.rawValue))"
            return claim.isExcluded ? "- not \(claim.path)" : "- \(claim.text)\(kind)"
        }
    }

    private var finish: [String] {
        let checks =
            job.verify.isEmpty
            ? [] : ["These commands have to pass:"] + job.verify.map { "    \($0.display)" }
        return [
            "You start from commit \(base); what the other jobs make is not here, and comes together later.",
            "Leave your changes in the working tree, or commit them on the branch that is checked out: what is not committed is committed for you.",
        ] + checks + ["End with one line that says what you did, or what kept you from it."]
    }

    private static let forbidden = [
        "- No other worktree or branch, no push, no stash, no rebase, no change of git's configuration or hooks.",
        "- Nothing left running in the background.",
        "- No tests or checks weakened so that they pass.",
    ]
}
