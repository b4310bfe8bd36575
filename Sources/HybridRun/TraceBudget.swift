internal import HybridPlan

extension Conductor {
    /// The most verifications that tracing one failure among so many workers may cost, where nobody says.
    ///
    /// Enough for two sets of up to three workers each, as tried on all kinds of them among one to eight workers (about
    /// 85 among eight, 70 among four); one culprit among eight takes 17, three together 41.
    package static func traceBudget(for workers: Int) -> Int { 40 + 8 * workers }

    /// The most verifications that tracing one failure may cost: the plan's, `hybrid.traceBudget`, or what the number
    /// of workers asks for.
    func traceBudget(_ plan: Plan, workers: Int) throws -> Int {
        let usual = host.traceBudget ?? Self.traceBudget(for: workers)
        if let budget = plan.verifyBudget { return budget }
        return try runSettings().traceBudget(usual: usual) ?? usual
    }
}
