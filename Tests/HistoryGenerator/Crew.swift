extension Generator {
    /// A history of many heads made from one base, some of them standing on others.
    package func crew(_ number: Int) -> History {
        var random = Random(seed: seed ^ 0xc4e3, part: number)
        // Few are many: beyond sixteen heads the work is shared out in another way.
        let count = random.chance(4) ? 17 + random.pick(0...2) : random.pick(6...10)
        let tag = String(number, radix: 36)
        let names = (0..<count).map { "w\($0)-\(tag)" }
        var scene = Scene(random: random, spellings: names)
        for _ in 0..<scene.random.pick(3...7) {
            let pair = Array(names.indices.shuffled(using: &scene.random).prefix(2))
            scene.meet(1, pair[0], pair[1])
        }
        let base = scene.baseSnapshot
        for side in names.indices where scene.sides[side].isEmpty || scene.random.chance(50) {
            scene.wanderAlone(side, from: base)
        }
        // Several do the same thing.
        if scene.random.chance(30) {
            scene.sides[scene.random.pick(names.indices.map { $0 })] +=
                scene.sides[scene.random.pick(names.indices.map { $0 })]
        }
        var history = History()
        history.commits = [.init("base", [], scene.base)]
        for (side, name) in names.enumerated() {
            var parent = "base"
            if side > 0, scene.random.chance(12) { parent = names[scene.random.pick(0...side - 1)] }
            history.commits.append(.init(name, [parent], scene.sides[side]))
        }
        if scene.random.chance(15) {
            history.commits.append(.init("both", [names[0], names[1]], [.take(names[1], since: "base")]))
        }
        history.merges = (1..<count).map { .init(names[0], names[$0], byID: false) }
        history.settings = settings(ofBatch: number / Self.batchSize)
        return history
    }
}
