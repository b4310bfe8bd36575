internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
package import HybridReport

/// What the user chose for a run of branches that exist already.
package struct AdoptOptions {
    /// Lands what is clean and verified without what is left out.
    package var landsTheRest: Bool
    /// Commands may run on what others may have written.
    package var trusts: Bool
    /// What begins the same again.
    package var command: String

    package init(landsTheRest: Bool, trusts: Bool, command: String) {
        (self.landsTheRest, self.trusts, self.command) = (landsTheRest, trusts, command)
    }
}

extension CheckedPlan {
    /// The plan that an adoption stands for; it needs no check, for nobody said what the branches may touch.
    init(_ adoption: Adoption, members: [Int], _ options: AdoptOptions) throws {
        let ids = Self.ids(members.map(adoption.name))
        let place = Dictionary(uniqueKeysWithValues: zip(members, ids))
        let names = members.map(adoption.name)
        let shown =
            names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        var plan = Plan(task: PlannedTask(name: "Adopt \(shown)"))
        plan.jobs = zip(members, ids).map { member, id in
            Job(
                name: adoption.name(member), id: id,
                needs: adoption.below[member].compactMap { place[$0]?.text })
        }
        plan.verify = adoption.verify.map { .shell($0) }
        plan.target = adoption.target.text
        plan.landTheRest = options.landsTheRest
        self.init(
            plan: plan, target: adoption.target, base: adoption.tip, waves: [Array(plan.jobs.indices)],
            warnings: adoption.warnings)
    }

    /// Ids for branches, made of their names; each once.
    private static func ids(_ names: [String]) -> [JobID] {
        var taken: Set<String> = []
        return names.enumerated().map { index, name in
            let slug = JobID(ofTitle: name, index).text
            var (id, number) = (slug, 2)
            while !taken.insert(id).inserted {
                id = "\(slug)-\(number)"
                number += 1
            }
            return JobID(unchecked: id)
        }
    }
}

/// Begins a run whose workers are branches that exist already.
package struct AdoptBegin: RunPart {
    let context: RunContext
    private var beginStep: BeginStep { BeginStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Records the run, as its dry run said it; nothing is merged yet.
    ///
    /// Nil where every branch is in the target already. Throws, before anything is made, what ``BeginStep`` throws, and
    /// where commands would run on what others may have written and nobody said that they may.
    package func begin(
        _ adoption: Adoption, options: AdoptOptions, run: RunOptions, createdAt: Double
    ) throws -> RunRecord? {
        let members = adoption.branches.indices.filter { adoption.out[$0]?.isNothing != true }
        if members.isEmpty { return nil }
        let commands = try adoption.verify + [world.runSettings().setup()].compactMap { $0?.display }
        let others = members.filter { adoption.branches[$0].origin != .local }
        if let first = others.first, !options.trusts, !commands.isEmpty {
            throw HybridError(
                .notTrusted, neutralise(adoption.name(first)),
                "others may have written it, and \(commands[0]) would run what it holds; nothing was made",
                next: "look at it, then say so: \(options.command) --trust")
        }
        let checked = try CheckedPlan(adoption, members: members, options)
        let record = AdoptionRecord(held: adoption.held.map(\.commit), isOfOthers: !others.isEmpty)
        let begun = try beginStep.begin(
            checked, planPath: options.command, options: run, createdAt: createdAt,
            adopting: record, members.map { Self.work(adoption.branches[$0]) })
        for message in Self.notes(adoption) {
            try runs.note(FindingRecord(run: begun.id, kind: .warning, jobs: [], message: message))
            host.narrate(.note(message))
        }
        return begun
    }

    private static func work(_ branch: AdoptedBranch) -> AdoptedWork {
        let ref: String? =
            switch branch.origin {
            case .local: "refs/heads/" + branch.name
            case .fetched: branch.name.hasPrefix("refs/") ? branch.name : "refs/remotes/" + branch.name
            case .commit: nil
            }
        return AdoptedWork(name: branch.name, ref: ref, tip: branch.tip)
    }

    /// What a report should keep of what is no worker's.
    private static func notes(_ adoption: Adoption) -> [String] {
        adoption.out.keys.sorted().compactMap { index in
            adoption.out[index].flatMap { $0.isNothing ? adoption.line(index, $0) : nil }
        } + adoption.held.indices.map(adoption.heldLine)
            + adoption.dirty.indices.map(adoption.dirtyLine)
    }
}
