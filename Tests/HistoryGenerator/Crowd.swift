/// Several branches of one base that meet each other, to be merged one after the other.
package struct Crowd: Sendable {
    /// The base and the branches; a branch can stand on another.
    package var history: History
    /// The branches' names.
    package var branches: [String]

    /// A crowd of branches of a history, whose base is the commit `base`.
    package init(history: History, branches: [String]) {
        self.history = history
        self.branches = branches
    }
}

extension Generator {
    /// The crowd with a number: five to eight branches.
    package func crowd(_ number: Int) -> Crowd {
        var random = Random(seed: seed ^ 0xc0de, part: number)
        let count = random.pick(weighted: [(5, 5), (3, 6), (2, 7), (2, 8)])
        let names = (0..<count).map { "w\(number)-\($0)" }
        var scene = Scene(random: random, spellings: names)
        // Pairs that meet by a recipe mostly conflict: few of them, so that long merges are common.
        for _ in 0..<scene.random.pick(1...3) {
            let one = scene.random.pick(0...count - 1)
            let other = (one + scene.random.pick(1...count - 1)) % count
            scene.meet(1, one, other)
        }
        scene.shareText(count)
        let base = scene.baseSnapshot
        for side in 0..<count where scene.random.chance(25) { scene.wanderAlone(side, from: base) }
        var history = History()
        history.commits = [.init("base", [], scene.base)]
        for side in 0..<count {
            let stacked = side > 0 && scene.random.chance(8)
            history.commits.append(
                .init(names[side], [stacked ? names[side - 1] : "base"], scene.sides[side]))
        }
        return Crowd(history: history, branches: names)
    }
}

extension Scene {
    /// A text in which most sides change lines of their own and some change the same lines alike.
    mutating func shareText(_ count: Int) {
        let path: Path = "shared.txt"
        let width = 6
        var numbered = (0..<count * width).map { Array("line \($0)\n".utf8) }
        base.append(.write(path, Array(numbered.joined())))
        let isMoved = random.chance(30) ? random.pick(0...count - 1) : -1
        numbered[0] = Array("same\n".utf8)
        for side in 0..<count where random.chance(75) {
            var lines = (0..<count * width).map { Array("line \($0)\n".utf8) }
            if random.chance(30) { lines[0] = numbered[0] }
            for _ in 0..<random.pick(1...2) {
                lines[side * width + random.pick(1...width - 1)] = Array("side \(side)\n".utf8)
            }
            let content = Array(lines.joined())
            if side == isMoved {
                sides[side].append(.move(path, Path(bytes: Array("moved.txt".utf8))))
                sides[side].append(.write("moved.txt", content))
            } else {
                sides[side].append(.write(path, content))
            }
        }
    }
}
