public import HybridBase

/// Which jobs wait for which.
public struct JobGraph: Sendable {
    private let names: [String]
    private let waveHints: [Int?]
    private let direct: [Set<Int>]

    /// Reads what each job needs: by name, and where a dependency is a path that another job claims to make.
    public init(_ plan: Plan) {
        names = plan.jobs.map(\.name)
        waveHints = plan.jobs.map(\.wave)
        var makers = PathIndex()
        // Many plans hold no dependency, and then nobody asks.
        let asked = plan.jobs.contains { !$0.dependencies.isEmpty }
        var numbers: [String: Int] = [:]
        for (index, job) in plan.jobs.enumerated().reversed() {
            numbers[job.id.text] = index
            numbers[job.name] = index
            guard asked else { continue }
            for claim in job.files where !claim.isExcluded && !PathPattern.hasWildcard(claim.path) {
                makers.add(index, at: claim.path)
            }
        }
        direct = plan.jobs.enumerated().map { index, job in
            let named = job.needs.compactMap { numbers[$0] }
            let made = job.dependencies.filter { !$0.isExcluded }.flatMap { makers.meeting($0.path) }
            return Set(named + made.filter { $0 != index })
        }
    }

    /// The jobs that must be integrated before this one; indices into the plan's jobs.
    public func needs(of job: Int) -> Set<Int> { direct[job] }

    /// A circle among the jobs, as a path that ends where it began; nil when there is none.
    public func cycle() -> [Int]? {
        var state = [Int](repeating: 0, count: direct.count)
        var path: [Int] = []
        func visit(_ job: Int) -> [Int]? {
            if state[job] == 2 { return nil }
            if state[job] == 1 { return Array(path[path.firstIndex(of: job)!...]) + [job] }
            state[job] = 1
            path.append(job)
            for need in direct[job].sorted() {
                if let found = visit(need) { return found }
            }
            path.removeLast()
            state[job] = 2
            return nil
        }
        for job in direct.indices {
            if let found = visit(job) { return found }
        }
        return nil
    }

    /// The circle as jobs' names with arrows between; nil when there is none.
    func cycleText() -> String? { cycle()?.map { names[$0] }.joined(separator: " → ") }

    /// The earliest wave for each job; a plan's own wave numbers can only delay one.
    ///
    /// Throws for a circle, which is printed as a path.
    public func waves() throws(HybridError) -> [[Int]] {
        if let cycle = cycleText() {
            throw HybridError(
                .planInvalid, "jobs", "they wait for each other in a circle: \(cycle)",
                next: "take one of these needs or dependencies away")
        }
        var wave = [Int](repeating: -1, count: direct.count)
        func place(_ job: Int) -> Int {
            if wave[job] >= 0 { return wave[job] }
            let after = direct[job].map { place($0) + 1 }.max() ?? 0
            wave[job] = max(after, (waveHints[job] ?? 1) - 1)
            return wave[job]
        }
        for job in direct.indices { _ = place(job) }
        // A hint may leave numbers unused: waves follow each other without gaps.
        return Set(wave).sorted().map { number in wave.indices.filter { wave[$0] == number } }
    }

    /// How many jobs wait for no other: the decision framework's components.
    public var independentCount: Int { direct.filter(\.isEmpty).count }
}
