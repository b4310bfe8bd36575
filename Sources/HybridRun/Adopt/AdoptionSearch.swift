internal import HybridGit
internal import HybridMerging
internal import HybridReport

/// Works out which branches land on a target, in which order, and why the others do not.
///
/// Everything happens in an engine's memory. The same question has the same answer: a run of these branches merges them
/// as its dry run said.
struct AdoptionSearch {
    let engine: MergeEngine

    private static let nobody = Signature(name: "hybrid", email: "", time: 0, offsetMinutes: 0)

    /// What stands before branches are folded into each other.
    struct Start {
        var adoption: Adoption
        /// Those that are to be folded.
        var members: [Int]
        /// The commits whose work the target holds.
        var held: [ObjectID] { adoption.held.map(\.commit) }
    }

    /// Tells what needs no merging of branches with each other: what is in the target, what stands on what.
    func start(_ branches: [AdoptedBranch], _ target: BranchName, _ tip: ObjectID) throws -> Start {
        let below = try stacks(branches)
        var adoption = Adoption(
            target: target, tip: tip, branches: branches, below: below, tree: try engine.tree(of: tip))
        var first: [ObjectID: Int] = [:]
        var open: [Int] = []
        for (index, branch) in branches.enumerated() {
            if let other = first[branch.tip] {
                adoption.out[index] = .same(other)
            } else {
                first[branch.tip] = index
                open.append(index)
            }
        }
        let standings = try engine.standings(of: open.map { branches[$0].tip }, on: tip)
        var conflicting: [Int] = []
        var members: [Int] = []
        for (index, standing) in zip(open, standings) {
            switch standing {
            case .inHistory: adoption.out[index] = .inHistory
            case .hasNothing: adoption.out[index] = .hasNothing
            case .unrelated: adoption.out[index] = .unrelated
            case .clean: members.append(index)
            case .conflicts:
                members.append(index)
                conflicting.append(index)
            }
        }
        try findHeld(conflicting, &adoption)
        return Start(adoption: adoption, members: members)
    }

    /// The whole answer: who lands, in order.
    func search(_ branches: [AdoptedBranch], _ target: BranchName, _ tip: ObjectID) throws -> Adoption {
        let start = try start(branches, target, tip)
        var adoption = start.adoption
        let members = Set(start.members)
        let fold = try Fold.make(
            target: try noted(start.held, on: tip, by: Self.nobody),
            inputs: start.members.map { index in
                FoldInput(
                    id: String(index), tip: branches[index].tip,
                    needs: adoption.below[index].filter(members.contains).map(String.init), message: "",
                    author: Self.nobody)
            }, committer: Self.nobody, in: engine)
        adoption.order = fold.merged.compactMap { Int($0) }
        for out in fold.leftOut {
            guard let index = Int(out.id) else { continue }
            adoption.out[index] =
                switch out.reason {
                case .conflict(let with, let conflicts):
                    .conflict(with: with.compactMap { Int($0) }, conflicts)
                case .blocked(let by): .blocked(by: by.compactMap { Int($0) })
                }
        }
        adoption.isSmallest = fold.isSmallest
        adoption.tree = try engine.tree(of: fold.tip)
        return adoption
    }

    /// A commit on the target that changes nothing and says that it holds the work of others; the target for none.
    ///
    /// What stands on those is then compared with them, and not with where they began.
    func noted(
        _ held: [ObjectID], on tip: ObjectID, by person: Signature, message: String = ""
    ) throws -> ObjectID {
        if held.isEmpty { return tip }
        return try engine.store.write(
            commitOf: engine.tree(of: tip), parents: [tip] + held, message: message, author: person,
            committer: person)
    }

    /// The branches that each stands on directly: whose tips are in its history, and in no other such branch's.
    private func stacks(_ branches: [AdoptedBranch]) throws -> [[Int]] {
        var first: [ObjectID: Int] = [:]
        let own = branches.indices.filter { first.updateValue($0, forKey: branches[$0].tip) == nil }
        var pairs: [(Int, Int)] = []
        for (place, one) in own.enumerated() { pairs += own[(place + 1)...].map { (one, $0) } }
        try engine.announce(pairs.map { (branches[$0.0].tip, branches[$0.1].tip) })
        var all = branches.map { _ in Set<Int>() }
        for (one, two) in pairs {
            let bases = try engine.mergeBases(branches[one].tip, branches[two].tip)
            if bases == [branches[one].tip] { all[two].insert(one) }
            if bases == [branches[two].tip] { all[one].insert(two) }
        }
        return all.map { under in
            under.filter { one in !under.contains { all[$0].contains(one) } }.sorted()
        }
    }

    /// Looks for work that conflicts only because the target holds it under other commits.
    private func findHeld(_ conflicting: [Int], _ adoption: inout Adoption) throws {
        var patches = PatchSearch(on: adoption.tip, in: engine)
        for index in conflicting {
            let tip = adoption.branches[index].tip
            guard let held = try patches.lastHeld(of: tip), held != tip,
                case .clean? = try engine.standings(
                    of: [tip], on: noted([held], on: adoption.tip, by: Self.nobody)
                ).first
            else { continue }
            if let known = adoption.held.firstIndex(where: { $0.commit == held }) {
                adoption.held[known].branches.append(index)
            } else {
                adoption.held.append((held, [index]))
            }
        }
    }
}
