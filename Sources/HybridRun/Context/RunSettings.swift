package import HybridBase
internal import HybridGuard
internal import HybridMerging
package import HybridPlan
internal import HybridUserGit

/// The settings that runs obey, as git reads them where the user stands.
///
/// Each answer throws where nothing can be made of a value; ``refusals`` tells all of these before anything is launched.
package struct RunSettings {
    /// All settings in effect, by name as git lists them.
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// Whether the user turned hooks off for commits that hybrid makes.
    func hooksAreOff() throws(HybridError) -> Bool {
        switch values["hybrid.hooks"] {
        case nil, "launch": return false
        case "never": return true
        case let text?:
            throw unreadable("hybrid.hooks", text, "neither never nor launch", next: "--unset hybrid.hooks")
        }
    }

    /// Whether commits are signed.
    func isSigned() throws(HybridError) -> Bool {
        guard let answer = CommitRules.truth(values["commit.gpgsign"]) else {
            throw unreadable(
                "commit.gpgsign", values["commit.gpgsign"], "neither true nor false",
                next: "commit.gpgsign true")
        }
        return answer
    }

    /// How long git and its hooks may take for one commit, in seconds.
    func hookTimeout() throws(HybridError) -> Double {
        try seconds("hybrid.hookTimeout", "leaves hooks no time", usual: "10 minutes")
            ?? CommitRules.defaultTimeout
    }

    /// How long a verify command may take, in seconds; nil where nobody says.
    func verifyTimeout() throws(HybridError) -> Double? {
        try seconds("hybrid.verifyTimeout", "leaves a verify command no time", usual: "30 minutes")
    }

    /// What makes fresh worktrees ready where the plan does not say; nil where nobody does.
    func setup() throws(HybridError) -> Command? {
        guard let text = values["hybrid.setup"] else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw HybridError(
                .settingInvalid, "hybrid.setup", "it is empty", next: "git config --unset hybrid.setup")
        }
        return .shell(text)
    }

    /// Whether the user's `post-checkout` hook runs in workers' worktrees, as git runs it in those that it adds.
    func postCheckout() throws(HybridError) -> Bool {
        guard let text = values["hybrid.postcheckout"] else { return true }
        guard let answer = CommitRules.truth(text) else {
            throw unreadable(
                "hybrid.postCheckout", text, "neither true nor false", next: "hybrid.postCheckout false")
        }
        return answer
    }

    /// How many folders of finished worktrees are kept for later ones; none where nobody says: they take room on the
    /// disk, and how much is the user's to say.
    func pool() throws(HybridError) -> Int {
        guard let text = values["hybrid.pool"] else { return 0 }
        guard let most = Int(text), (0...Self.mostPooled).contains(most) else {
            throw unreadable(
                "hybrid.pool", text, "not a number of worktrees from 0 to \(Self.mostPooled)",
                next: "hybrid.pool 8")
        }
        return most
    }

    private static let mostPooled = 1000

    /// Whether worktrees of the pool keep what git ignores.
    func trustsCaches() throws(HybridError) -> Bool {
        guard let text = values["hybrid.pool.trustcaches"] else { return false }
        guard let answer = CommitRules.truth(text) else {
            throw unreadable(
                "hybrid.pool.trustCaches", text, "neither true nor false",
                next: "hybrid.pool.trustCaches false")
        }
        return answer
    }

    /// How long a command that makes a worktree ready may take, in seconds; nil where nobody says.
    func setupTimeout() throws(HybridError) -> Double? {
        try seconds("hybrid.setupTimeout", "leaves a set-up no time", usual: "30 minutes")
    }

    /// The most verifications that tracing one failure may cost; nil where nobody says.
    func traceBudget(usual: Int) throws(HybridError) -> Int? {
        guard let text = values["hybrid.tracebudget"] else { return nil }
        guard let budget = Int(text), budget >= 0 else {
            throw unreadable(
                "hybrid.traceBudget", text, "not a number of verifications",
                next: "hybrid.traceBudget \(usual)")
        }
        return budget
    }

    /// The most verifications that tracing one failure may cost: the plan's, `hybrid.traceBudget`, else `usual`.
    func traceBudget(_ plan: Plan, usual: Int) throws(HybridError) -> Int {
        if let budget = plan.verifyBudget { return budget }
        return try traceBudget(usual: usual) ?? usual
    }

    /// The most workers at once; nil where nobody says.
    package func jobs() throws(HybridError) -> Int? {
        guard let text = values["hybrid.jobs"] else { return nil }
        guard let jobs = Int(text), jobs > 0 else {
            throw unreadable("hybrid.jobs", text, "not a number of workers", next: "hybrid.jobs 8")
        }
        return jobs
    }

    /// Which commits land; nil where nobody says.
    package func commits() throws(HybridError) -> CommitForm? {
        guard let text = values["hybrid.commits"] else { return nil }
        guard let form = CommitForm(rawValue: text) else {
            throw unreadable(
                "hybrid.commits", text, "none of merge, octopus, squash", next: "hybrid.commits merge")
        }
        return form
    }

    /// Every value that a run would stumble over.
    func refusals() -> [HybridError] {
        var found: [HybridError] = []
        func note(_ body: () throws(HybridError) -> Void) {
            do { try body() } catch { found.append(error) }
        }
        note { () throws(HybridError) in _ = try hooksAreOff() }
        note { () throws(HybridError) in _ = try isSigned() }
        note { () throws(HybridError) in _ = try hookTimeout() }
        note { () throws(HybridError) in _ = try verifyTimeout() }
        note { () throws(HybridError) in _ = try traceBudget(usual: TraceBudget.usual(for: 4)) }
        note { () throws(HybridError) in _ = try setup() }
        note { () throws(HybridError) in _ = try postCheckout() }
        note { () throws(HybridError) in _ = try setupTimeout() }
        note { () throws(HybridError) in _ = try pool() }
        note { () throws(HybridError) in _ = try trustsCaches() }
        note { () throws(HybridError) in _ = try jobs() }
        note { () throws(HybridError) in _ = try commits() }
        note { () throws(HybridError) in _ = try GuardPolicy.read(values["hybrid.guard"]) }
        return found
    }

    private func seconds(_ key: String, _ tooShort: String, usual: String) throws(HybridError) -> Double? {
        guard let text = values[key.lowercased()] else { return nil }
        let next = "\(key) \"\(usual)\""
        guard let seconds = try? Estimate.read(text, field: key).seconds else {
            throw unreadable(key, text, "no time", next: next)
        }
        if seconds <= 0 {
            throw HybridError(
                .settingInvalid, key, "\"\(shortened(text))\" \(tooShort)", next: "git config " + next)
        }
        return Double(seconds)
    }

    private func unreadable(
        _ key: String, _ text: String?, _ reason: String, next: String
    ) -> HybridError {
        HybridError(
            .settingInvalid, key, "\"\(shortened(text ?? ""))\" is \(reason)", next: "git config " + next)
    }
}
