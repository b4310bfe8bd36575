internal import HybridBase
internal import HybridGuard
internal import HybridPlan

/// Whether the agents that a plan names can be called here, and what is not guarded with them.
struct AgentLook {
    let plan: Plan
    /// All settings in effect, by name as git lists them.
    let settings: [String: String]

    func findings() -> [Preflight.Finding] {
        var names: [AgentName] = []
        for job in plan.jobs {
            if let name = plan.agent(of: job), !names.contains(name) { names.append(name) }
        }
        return names.compactMap(finding)
    }

    private func finding(_ name: AgentName) -> Preflight.Finding? {
        do throws(HybridError) {
            let form = AgentForm(name)
            let guarded = form == nil ? try AgentDescription(name, settings).hook : form?.guarded
            guard guarded == nil else { return nil }
            return .init(
                warning: "agent",
                HybridError(
                    .unsupported, "agent \(name)",
                    "it has no hook before a write: what it writes beyond its claims is found by the audit only"
                ))
        } catch {
            return .init("agent", error, refusedBy: [.run])
        }
    }
}

extension Inspection {
    /// What is to be said about the agents of a plan.
    func agentFindings(_ plan: Plan) throws -> [Preflight.Finding] {
        plan.jobs.allSatisfy { plan.agent(of: $0) == nil }
            ? [] : try AgentLook(plan: plan, settings: allSettings()).findings()
    }
}
