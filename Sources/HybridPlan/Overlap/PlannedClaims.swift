internal import HybridSystem

/// A claim with what the base says about it, and who holds it.
package struct OwnedClaim {
    /// The job's index; nil for the orchestrator.
    package var job: Int?
    /// Its place among the job's claims: later ones may take its paths away.
    package var order: Int
    package var claim: Claim
    package var pattern: PathPattern
    /// What stands at the base where a name says.
    package var entry: BaseEntry?
    /// Whether the pattern is where links lead, and not what the plan says.
    var isAlias = false

    package init(
        job: Int? = nil, order: Int, claim: Claim, pattern: PathPattern, entry: BaseEntry? = nil,
        isAlias: Bool = false
    ) {
        self.job = job
        self.order = order
        self.claim = claim
        self.pattern = pattern
        self.entry = entry
        self.isAlias = isAlias
    }

    /// Whether nothing can be below: a name that is a file at the base.
    var isFile: Bool { entry == .file || entry == .symlink }
}

/// All claims of a plan, read against a base.
package struct PlannedClaims {
    package private(set) var all: [OwnedClaim] = []
    /// What later claims take away, by job; -1 is the orchestrator.
    package private(set) var taken: [Int: [(order: Int, pattern: PathPattern, prefix: [UInt8])]] = [:]
    /// Claims whose links lead nowhere, with the reason.
    private(set) var astray: [(job: Int?, claim: Claim, reason: String)] = []

    package init(_ plan: Plan, _ facts: BaseFacts) throws {
        for (index, job) in plan.jobs.enumerated() { try add(job.files, of: index, facts) }
        try add(plan.orchestrator.files, of: nil, facts)
        let byRule = Set(plan.exports.map(\.file) + [plan.buildState].compactMap { $0 }).sorted()
        for (number, path) in byRule.enumerated() {
            all.append(
                OwnedClaim(
                    job: nil, order: plan.orchestrator.files.count + number, claim: Claim(path: path),
                    pattern: PathPattern(path, isLiteral: true), entry: try facts.base.entry(path)))
        }
    }

    /// A claim's pattern, and what stands at the base under its text.
    package static func read(_ path: String, _ base: any BaseTree) throws -> (PathPattern, BaseEntry?) {
        let entry = try base.entry(path)
        return (PathPattern(path, isLiteral: entry != nil), entry)
    }

    private mutating func add(_ claims: [Claim], of job: Int?, _ facts: BaseFacts) throws {
        for (order, claim) in claims.enumerated() {
            let (pattern, entry) = try Self.read(claim.path, facts.base)
            if claim.isExcluded {
                taken[job ?? -1, default: []].append((order, pattern, pattern.prefix))
                continue
            }
            let owned = OwnedClaim(job: job, order: order, claim: claim, pattern: pattern, entry: entry)
            all.append(owned)
            try addAlias(of: owned, facts)
        }
    }

    /// A second claim where a link makes two paths one.
    private mutating func addAlias(of owned: OwnedClaim, _ facts: BaseFacts) throws {
        let fixed = owned.pattern.fixedFolder
        if fixed.isEmpty || owned.entry == .file || owned.entry == .directory { return }
        let below = owned.pattern.isGlob ? fixed + "/x" : fixed
        let above = try facts.obstacle(above: below)
        guard owned.entry == .symlink || above?.entry == .symlink else { return }
        switch try facts.resolved(fixed) {
        case .itself: return
        case .nowhere(let reason): astray.append((owned.job, owned.claim, reason))
        case .elsewhere(let path):
            let text = path + owned.claim.path.dropFirst(fixed.count)
            var alias = owned
            (alias.pattern, alias.entry) = (
                PathPattern(text, isLiteral: !owned.pattern.isGlob), try facts.base.entry(text)
            )
            alias.isAlias = true
            all.append(alias)
        }
    }

    /// What the jobs of two claims take away from both after claiming them.
    package func taken(from one: OwnedClaim, _ two: OwnedClaim?) -> [PathPattern] {
        if taken.isEmpty { return [] }
        let both = [one, two].compactMap { $0 }
        let prefixes = both.map(\.pattern.prefix)
        return both.flatMap { owned in
            (taken[owned.job ?? -1] ?? []).filter { later in
                // What begins otherwise takes nothing away here.
                later.order > owned.order && prefixes.allSatisfy { GlobShape.agree($0, later.prefix) }
            }.map(\.pattern)
        }
    }
}
