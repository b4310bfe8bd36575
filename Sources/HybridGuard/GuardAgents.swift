internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridUserGit

extension Guard {
    /// The answer to an agent's call, as the JSON that the agent reads; empty where it is to hear nothing.
    ///
    /// A write that is allowed is passed on to the agent's own rules; only Cline and Cursor want to hear that.
    public func answer(_ agent: GuardedAgent, call bytes: [UInt8]) -> String {
        let answer: GuardAnswer
        do throws(HybridError) {
            let call = try AgentCall(bytes)
            var there = self
            if let own = call.folder, own.beginsWithBytes(of: "/") { there.folder = own }
            answer = there.answer(call)
        } catch {
            // Whose call it was can still be told.
            switch subject([]) {
            case .nobody: answer = .silent
            case .worker, .unknown: answer = GuardAnswer(refusing: ["anything"], error)
            }
        }
        let said = agent.says(answer.decision, answer.refusals())
        return said.isEmpty && agent.hearsNothing ? "" : JSONValue.object(said).line()
    }
}
