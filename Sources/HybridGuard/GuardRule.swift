internal import HybridMerging
internal import HybridPlan
internal import HybridSystem

/// The audit's own rule, asked before the fact.
///
/// Everything that the guard says about claims comes through here, so that it says what the audit will say.
enum GuardRule {
    /// Why the claims do not allow a change; nil where they do.
    ///
    /// Several readings of one change are given where it cannot be known which one it will be; one that is allowed is
    /// enough.
    /// A section counts as its file: where in it a write will go is not known yet.
    static func breach(_ claims: GuardClaims, anyOf readings: [Audit.Touched]) -> Audit.Breach? {
        func job(_ holder: GuardClaims.Holder) -> Job {
            let files = holder.claims.map {
                Claim(path: $0.path, kind: $0.kind, isExcluded: $0.isExcluded)
            }
            return Job(name: holder.name, id: holder.job, files: files)
        }
        let texts = Audit.Texts<Never>(edits: { _ in nil }, lines: { _ in .success(1...Int.max) })
        let own = job(claims.own)
        var found: Audit.Breach?
        for reading in readings {
            // Whose it is costs a look at every claim of the run: first whether it is the worker's own.
            let alone = Plan(task: PlannedTask(name: ""), jobs: [own])
            if Audit.breaches(of: own, index: 0, plan: alone, touched: [reading], texts: texts).isEmpty {
                return nil
            }
            if found == nil {
                let all = Plan(task: PlannedTask(name: ""), jobs: [own] + claims.others.map(job))
                found = Audit.breaches(of: own, index: 0, plan: all, touched: [reading], texts: texts).first
            }
        }
        return found
    }
}
