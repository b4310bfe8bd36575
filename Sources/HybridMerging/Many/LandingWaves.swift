internal import HybridGit

/// Which branches can land together, wave after wave: those of a later wave are to be redone on the tip of the earlier.
///
/// Each wave was really merged, in the order in which its branches stand.
public struct LandingWaves: Sendable {
    /// The branches of each wave in the order of merging; numbers count the matrix's branches.
    public var waves: [[Int]] = []
    /// With whom branches do not merge together although they conflict with none of them alone.
    public var together: [Int: [Int]] = [:]

    /// Works the waves out by merging in memory; nothing is kept.
    ///
    /// Grows with the pairs that meet, as the matrix does.
    public init(of matrix: ConflictMatrix, in engine: MergeEngine) throws {
        // What somebody else keeps in the store is not ours to forget.
        let mayForget = engine.store.writtenBytes == 0
        defer { if mayForget { engine.forgetNewObjects() } }
        let neighbours = matrix.neighbours.map(Set.init)
        let tips = try matrix.branches.map { try Self.commit(of: $0, engine) }
        var rest = Array(matrix.branches.indices)
        while !rest.isEmpty {
            let place = Dictionary(uniqueKeysWithValues: rest.enumerated().map { ($1, $0) })
            let order = LandingOrder.order(
                count: rest.count,
                conflicts: matrix.pairs.compactMap { pair in
                    if let a = place[pair.ours], let b = place[pair.theirs] { (a, b) } else { nil }
                }, needs: rest.map { _ in [] })
            var chosen: [Int] = []
            for next in order.map({ rest[$0] }) where neighbours[next].isDisjoint(with: chosen) {
                chosen.append(next)
            }
            let wave = try merged(chosen.sorted(), tips, engine)
            waves.append(wave)
            rest.removeAll(where: wave.contains)
        }
    }

    /// The order in which branches merge, as far as they do.
    private mutating func merged(
        _ branches: [Int], _ tips: [ObjectID], _ engine: MergeEngine
    ) throws -> [Int] {
        guard branches.count > 1 else { return branches }
        let base = try Self.base(of: branches.map { tips[$0] }, engine)
        let folded = base == nil ? Array(branches.dropFirst()) : branches
        let fold = try Fold.make(
            target: base ?? tips[branches[0]],
            inputs: folded.map {
                FoldInput(id: String($0), tip: tips[$0], needs: [], message: "", author: Self.nobody)
            }, committer: Self.nobody, in: engine)
        let order = (base == nil ? [branches[0]] : []) + fold.merged.compactMap { Int($0) }
        for out in fold.leftOut {
            guard let branch = Int(out.id) else { continue }
            let with = out.with.compactMap { Int($0) }
            together[branch] = with.isEmpty ? order : with.sorted()
        }
        return order
    }

    private static let nobody = Signature(name: "hybrid", email: "", time: 0, offsetMinutes: 0)

    /// The one commit from which all tips come; nil where there is none, or more than one for two of them.
    private static func base(of tips: [ObjectID], _ engine: MergeEngine) throws -> ObjectID? {
        var base = tips[0]
        for tip in tips.dropFirst() {
            let bases = try engine.mergeBases(base, tip)
            guard bases.count == 1 else { return nil }
            base = bases[0]
        }
        return base
    }

    /// A branch as a commit, its uncommitted edits included.
    private static func commit(of branch: ConflictMatrix.Branch, _ engine: MergeEngine) throws -> ObjectID {
        guard let tree = branch.tree else { return branch.tip }
        return try engine.store.write(
            commitOf: tree, parents: [branch.tip], message: "uncommitted", author: nobody, committer: nobody)
    }
}
