/// A history in the making: a base, and what two or more sides do to it.
///
/// Recipes write into the base and onto the sides without looking at each other, so their parts meet by chance.
struct Scene {
    var random: Random
    var flavour: Flavour
    /// The base's steps.
    var base: [Step] = []
    /// What each side does.
    var sides: [[Step]]
    /// How the programs will spell the sides in names of conflicting paths.
    var spellings: [[UInt8]]
    private var families = 0

    init(random: Random, spellings: [String]) {
        self.random = random
        self.spellings = spellings.map { $0.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 } }
        sides = spellings.map { _ in [] }
        flavour = .plain
        flavour = .any(&self.random)
    }

    /// The base's tree so far.
    var baseSnapshot: Snapshot { base.reduce(into: Snapshot()) { $0.apply($1) } }

    // MARK: Names

    /// A folder; seldom the root.
    mutating func folder() -> Path { random.pick(flavour.folders) }
    /// A number of different folders.
    mutating func folders(_ count: Int) -> [Path] {
        Array(flavour.folders.shuffled(using: &random).prefix(count))
    }
    /// A file's name, without a folder.
    mutating func name() -> Path { random.pick(flavour.names) }
    /// A number of different names.
    mutating func names(_ count: Int) -> [Path] {
        Array(flavour.names.shuffled(using: &random).prefix(count))
    }
    /// A path, at the root or in a folder.
    mutating func path() -> Path { random.chance(30) ? name() : name().inside(folder()) }
    /// A number of different paths.
    mutating func paths(_ count: Int) -> [Path] {
        var found: [Path] = []
        while found.count < count {
            let next = path()
            if !found.contains(next) { found.append(next) }
        }
        return found
    }

    // MARK: Contents

    /// Letters that begin the lines of one file and of no other.
    mutating func family() -> String {
        families += 1
        let letter = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(families % 26)))
        return String(repeating: letter, count: 1 + families / 26)
    }

    /// Lines of a new family.
    mutating func content(_ range: ClosedRange<Int> = 4...12) -> [UInt8] {
        let family = family()
        return lines(family, 1...random.pick(range))
    }

    /// Any content, seldom an odd one.
    mutating func anyContent() -> [UInt8] {
        switch random.pick(0...99) {
        case 0..<80: return content()
        case 80..<84: return []
        case 84..<87: return Array("x\n".utf8)
        case 87..<90: return [0, 1, 2, UInt8(random.pick(3...4))] + content(2...6)
        case 90..<93: return crlf(content())
        case 93..<96: return Array(content().dropLast())
        case 96..<98: return content(60...200)
        default:
            let long = Array(repeating: UInt8(ascii: "l"), count: random.pick(60...300))
            return content(1...4) + long + content(1...4)
        }
    }

    /// A content changed in a few places, with lines that the other side may come to write too.
    mutating func edited(_ content: [UInt8], places: Int? = nil) -> [UInt8] {
        var lines = Lines(content).lines
        for _ in 0..<(places ?? random.pick(1...3)) {
            let at = random.pick(weighted: [
                (2, 0), (4, lines.isEmpty ? 0 : random.pick(0...lines.count - 1)),
                (2, max(0, lines.count - 1)),
            ])
            let new = Array("\(random.pick(["new", "other", "y"]))\(random.pick(1...3))\n".utf8)
            switch random.pick(0...9) {
            case 0..<4 where !lines.isEmpty: lines[at] = new
            case 4..<7: lines.insert(new, at: random.chance(20) ? lines.count : at)
            case 7 where !lines.isEmpty && lines[at].last == UInt8(ascii: "\n"):
                lines[at] = Array(lines[at].dropLast()) + Array("!\n".utf8)
            case 8 where lines.count > 2: lines.swapAt(at, random.pick(0...lines.count - 1))
            default: if !lines.isEmpty { lines.remove(at: at) }
            }
        }
        var result = Array(lines.joined())
        if random.chance(3), result.last == UInt8(ascii: "\n") { result.removeLast() }
        if random.chance(2) { result = crlf(result) }
        return result
    }

    /// A content of which about this part of the lines stays.
    mutating func resembling(_ content: [UInt8], percent: Int) -> [UInt8] {
        var lines = Lines(content).lines
        let family = family()
        let changes = lines.count - lines.count * percent / 100
        for (number, index) in lines.indices.shuffled(using: &random).prefix(changes).enumerated() {
            lines[index] = Array("\(family)\(number + 1)\n".utf8)
        }
        return Array(lines.joined())
    }

    /// How alike a moved file stays: equal, nearly equal, or near one of git's thresholds.
    mutating func likeness() -> Int {
        random.pick(weighted: [(5, 100), (3, 90), (2, 76), (2, 72), (3, 55), (3, 50), (2, 45), (1, 20)])
    }

    // MARK: Steps

    /// Puts a new file into the base and gives its content.
    mutating func baseFile(_ path: Path, _ range: ClosedRange<Int> = 4...12) -> [UInt8] {
        let content = random.chance(92) ? content(range) : anyContent()
        base.append(.write(path, content))
        return content
    }

    /// Puts new files into a folder of the base.
    mutating func baseFolder(_ folder: Path, _ count: Int) -> [Path] {
        let inside = names(count).map { $0.inside(folder) }
        for path in inside { _ = baseFile(path) }
        return inside
    }

    /// Moves a file on a side and changes it to this likeness.
    mutating func move(_ side: Int, _ from: Path, _ to: Path, _ content: [UInt8], likeness: Int? = nil) {
        sides[side].append(.move(from, to))
        let percent = likeness ?? self.likeness()
        if percent < 100 { sides[side].append(.write(to, resembling(content, percent: percent))) }
        if random.chance(3) { sides[side].append(.write(to, crlf(content))) }
    }

    /// A submodule's commit; no repository has it.
    mutating func commitID() -> String {
        String(repeating: String(random.pick(1...9)), count: 39) + String(random.pick(0...3))
    }
}

/// Numbered lines.
func lines(_ family: String, _ range: ClosedRange<Int>) -> [UInt8] {
    range.flatMap { Array("\(family)\($0)\n".utf8) }
}

/// The content with CR before each LF.
func crlf(_ content: [UInt8]) -> [UInt8] {
    content.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
}
