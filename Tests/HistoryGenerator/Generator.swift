/// Makes small histories whose merges meet git's rules often, above all the rare ones.
///
/// A history is named by a seed and a number: each is made for itself.
package struct Generator: Sendable {
    /// The seed of all histories.
    package var seed: UInt64
    /// Whether repositories get settings: conflict styles, limits, attributes.
    package var variesSettings: Bool

    /// A generator.
    package init(seed: UInt64, variesSettings: Bool = false) {
        self.seed = seed
        self.variesSettings = variesSettings
    }

    /// The history with a number; branches of different numbers have different names.
    package func history(_ number: Int) -> History {
        var random = Random(seed: seed, part: number)
        let shape = random.pick(weighted: [(74, 0), (16, 2), (4, 3), (3, 4), (3, 5)])
        let prefix = random.pick(weighted: [(6, ""), (1, "topic/"), (1, "a/b/")])
        let tag = String(number, radix: 36)
        let names = ["\(prefix)ours\(tag)", "\(prefix)theirs\(tag)", "\(prefix)third\(tag)"]
        let byID = random.chance(30)
        var history =
            switch shape {
            case 0: simple(&random, names, byID: byID)
            case 5: linear(&random, names, byID: byID)
            default: crissCross(&random, names, bases: shape == 3 ? 3 : 2, twice: shape == 4, byID: byID)
            }
        history.settings = settings(ofBatch: number / Self.batchSize)
        return history
    }

    /// So many histories, counted from number 0, have the same settings and can share a repository.
    package static let batchSize = 250

    func settings(ofBatch number: Int) -> [History.Setting] {
        guard variesSettings else { return [] }
        var random = Random(seed: seed ^ 0x5e77, part: number)
        return random.pick(weighted: [
            (4, []),
            (3, [.config("merge.conflictStyle", "diff3")]),
            (3, [.config("merge.conflictStyle", "zdiff3")]),
            (3, [.config("merge.directoryRenames", "true")]),
            (2, [.config("merge.directoryRenames", "false")]),
            (1, [.config("merge.renames", "false")]),
            (2, [.config("merge.renameLimit", String(random.pick(1...3)))]),
            (2, [.attribute("* conflict-marker-size=\(random.pick(5...12))")]),
            (2, [.attribute("* merge=union")]),
            (2, [.attribute("[a-c]* -merge")]),
        ])
    }

    // MARK: Shapes

    private func simple(_ random: inout Random, _ names: [String], byID: Bool) -> History {
        var scene = Scene(random: random, spellings: Array(names.prefix(2)))
        scene.meet(scene.random.pick(weighted: [(5, 1), (4, 2), (2, 3), (1, 5)]))
        let base = scene.baseSnapshot
        for side in 0..<2 where scene.random.chance(45) { scene.wanderAlone(side, from: base) }
        var history = History()
        history.commits = [
            .init("base", [], scene.base), .init(names[0], ["base"], scene.sides[0]),
            .init(names[1], ["base"], scene.sides[1]),
        ]
        history.merges = [.init(names[0], names[1], byID: byID)]
        return history
    }

    /// One side is the other's ancestor, or the same commit.
    private func linear(_ random: inout Random, _ names: [String], byID: Bool) -> History {
        var history = simple(&random, names, byID: byID)
        history.commits[2].parents = [names[0]]
        if random.chance(30) { history.merges.append(.init(names[1], names[1], byID: byID)) }
        if random.chance(30) { history.merges.append(.init("base", names[1], byID: true)) }
        return history
    }

    /// Two commits that each merged the same others, so that there are several merge bases.
    private func crissCross(
        _ random: inout Random, _ names: [String], bases: Int, twice: Bool, byID: Bool
    ) -> History {
        var scene = Scene(random: random, spellings: names)
        let sides = ["one", "two", "three"].prefix(bases).map { $0 }
        scene.meet(scene.random.pick(1...2))
        if bases == 3 { scene.meet(1, 0, 2) }
        let base = scene.baseSnapshot
        for side in sides.indices where scene.random.chance(35) { scene.wanderAlone(side, from: base) }
        var history = History()
        history.commits = [.init("base", [], scene.base)]
        for (index, name) in sides.enumerated() {
            let date = scene.random.chance(50) ? scene.random.pick(1...4) : nil
            history.commits.append(.init(name, ["base"], date: date, scene.sides[index]))
        }
        let heads = twice ? ["x", "y"] : Array(names.prefix(2))
        cross(&scene, &history, sides, since: "base", into: heads)
        if twice { cross(&scene, &history, heads, since: "base", into: Array(names.prefix(2))) }
        history.merges = [.init(names[0], names[1], byID: byID)]
        if scene.random.chance(25) { history.merges.append(.init(sides[0], sides[1], byID: true)) }
        if scene.random.chance(15) { history.merges.append(.init(sides[1], names[0], byID: true)) }
        return history
    }

    /// Two commits that each merge all tips, resolved in their own way and then changed.
    private func cross(
        _ scene: inout Scene, _ history: inout History, _ tips: [String], since base: String,
        into heads: [String]
    ) {
        let first = history.commits.count
        for head in heads {
            var order = tips
            if scene.random.chance(60) { order.shuffle(using: &scene.random) }
            let steps = order.dropFirst().map { Step.take($0, since: base) }
            history.commits.append(.init(head, order, date: 10 + first, steps))
        }
        let snapshots = history.snapshots()
        let shared = Set(snapshots[heads[0]]?.paths ?? []).intersection(snapshots[heads[1]]?.paths ?? [])
            .sorted()
        for index in heads.indices {
            let at = first + index
            var snapshot = snapshots[heads[index]] ?? Snapshot()
            if !shared.isEmpty, scene.random.chance(60) {
                let path = scene.random.pick(shared)
                if case .file(let content, _)? = snapshot[path] {
                    history.commits[at].steps.append(.write(path, scene.edited(content)))
                }
            }
            guard scene.random.chance(60) else { continue }
            for _ in 0..<scene.random.pick(1...2) {
                for step in scene.wander(index, in: snapshot) {
                    snapshot.apply(step)
                    history.commits[at].steps.append(step)
                }
            }
        }
    }
}

extension Scene {
    /// Lets two sides meet at some recipes.
    mutating func meet(_ times: Int, _ one: Int = 0, _ other: Int = 1) {
        for _ in 0..<times {
            let flipped = random.chance(50)
            let recipe = random.pick(weighted: random.chance(55) ? Self.fileRecipes : Self.folderRecipes)
            recipe(&self, flipped ? other : one, flipped ? one : other)
        }
    }

    /// Lets a side do some steps of its own.
    mutating func wanderAlone(_ side: Int, from base: Snapshot) {
        var snapshot = sides[side].reduce(into: base) { $0.apply($1) }
        for _ in 0..<random.pick(1...3) {
            for step in wander(side, in: snapshot) {
                snapshot.apply(step)
                sides[side].append(step)
            }
        }
    }
}
