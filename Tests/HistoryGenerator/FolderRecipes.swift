/// Meetings of two sides at folders: renames of folders, and what the other side puts there.
extension Scene {
    static let folderRecipes: [(weight: Int, value: @Sendable (inout Scene, Int, Int) -> Void)] = [
        (6, { $0.addIntoRenamed($1, $2) }),
        (4, { $0.renameIntoRenamed($1, $2) }),
        (3, { $0.transitive($1, $2) }),
        (4, { $0.renamedTwice($1, $2) }),
        (4, { $0.split($1, $2) }),
        (4, { $0.wayTaken($1, $2) }),
        (7, { $0.merged($1, $2) }),
        (3, { $0.toRoot($1, $2) }),
        (3, { $0.fromRoot($1, $2) }),
        (3, { $0.nested($1, $2) }),
        (3, { $0.partly($1, $2) }),
        (2, { $0.becomesFile($1, $2) }),
        (2, { $0.intoItself($1, $2) }),
    ]

    /// Adds something to a folder, perhaps deeper in it.
    mutating func add(_ side: Int, into folder: Path) {
        let deeper = random.chance(25) ? name().inside(folder) : folder
        sides[side].append(
            random.chance(85) ? .write(name().inside(deeper), content()) : anything(at: name().inside(deeper))
        )
    }

    mutating func addIntoRenamed(_ one: Int, _ other: Int) {
        let two = folders(2)
        let inside = baseFolder(two[0], random.pick(1...3))
        sides[one].append(.move(two[0], two[1]))
        for _ in 0..<random.pick(1...2) { add(other, into: two[0]) }
        if random.chance(30) { sides[one].append(.write(random.pick(inside), content())) }
        if random.chance(20) { add(one, into: two[0]) }
    }

    mutating func renameIntoRenamed(_ one: Int, _ other: Int) {
        let three = folders(3)
        _ = baseFolder(three[0], random.pick(1...3))
        let outside = name().inside(three[2])
        let content = baseFile(outside)
        sides[one].append(.move(three[0], three[1]))
        move(other, outside, name().inside(three[0]), content)
        if random.chance(40) { sides[one].append(.write(outside, edited(content))) }
        if random.chance(20) { sides[one].append(.delete(outside)) }
        if random.chance(20) { move(one, outside, path(), content) }
    }

    mutating func transitive(_ one: Int, _ other: Int) {
        let three = folders(3)
        _ = baseFolder(three[0], random.pick(1...3))
        _ = baseFolder(three[1], random.pick(1...3))
        sides[one].append(.move(three[0], three[1]))
        sides[other].append(.move(three[1], three[2]))
        if random.chance(60) { add(other, into: three[0]) }
        if random.chance(40) { add(one, into: three[1]) }
    }

    mutating func renamedTwice(_ one: Int, _ other: Int) {
        let three = folders(3)
        let inside = baseFolder(three[0], random.pick(1...4))
        sides[one].append(.move(three[0], three[1]))
        if random.chance(50) {
            sides[other].append(.move(three[0], random.chance(70) ? three[2] : three[1]))
        } else {
            for path in inside.prefix(random.pick(1...inside.count)) {
                sides[other].append(.move(path, path.moved(from: three[0], to: three[2])))
            }
        }
        if random.chance(50) { add(other, into: three[0]) }
        if random.chance(50) { add(one, into: three[0]) }
    }

    mutating func split(_ one: Int, _ other: Int) {
        let three = folders(3)
        let inside = baseFolder(three[0], random.pick(2...4))
        let first = random.chance(60) ? inside.count / 2 : random.pick(0...inside.count)
        for (index, path) in inside.enumerated() {
            sides[one].append(
                .move(path, path.moved(from: three[0], to: index < first ? three[1] : three[2])))
        }
        add(other, into: three[0])
        if random.chance(30) { add(one, into: three[0]) }
    }

    mutating func wayTaken(_ one: Int, _ other: Int) {
        let two = folders(2)
        _ = baseFolder(two[0], random.pick(1...2))
        let name = name()
        sides[one].append(.move(two[0], two[1]))
        sides[other].append(.write(name.inside(two[0]), content()))
        let way = name.inside(two[1])
        let side = random.chance(60) ? other : one
        switch random.pick(0...5) {
        case 0: base.append(.write(way, content()))
        case 1: sides[side].append(.write(self.name().inside(way), content()))
        case 2: sides[side].append(anything(at: way))
        default: sides[side].append(.write(way, content()))
        }
    }

    mutating func merged(_ one: Int, _ other: Int) {
        let three = folders(3)
        let names = names(random.pick(3...5))
        for (index, name) in names.dropFirst().enumerated() { _ = baseFile(name.inside(three[index % 2])) }
        let target = random.chance(25) ? three[1] : three[2]
        sides[one] += [.move(three[0], target), .move(three[1], target)]
        sides[other].append(.write(names[0].inside(three[0]), content()))
        if random.chance(75) { sides[other].append(.write(names[0].inside(three[1]), content())) }
        if random.chance(25) {
            sides[random.pick([one, other])].append(.write(names[0].inside(target), content()))
        }
    }

    mutating func toRoot(_ one: Int, _ other: Int) {
        let folder = folder()
        _ = baseFolder(folder, random.pick(1...3))
        sides[one].append(.move(folder, .root))
        add(other, into: folder)
        if random.chance(30) { sides[other].append(.write(name(), content())) }
    }

    mutating func fromRoot(_ one: Int, _ other: Int) {
        let folder = folder()
        let files = names(random.pick(1...3))
        for path in files { _ = baseFile(path) }
        if random.chance(50) {
            for path in files { sides[one].append(.move(path, path.inside(folder))) }
        } else {
            sides[one].append(.move(.root, folder))
        }
        sides[other].append(.write(name(), content()))
        if random.chance(30) { add(other, into: folder) }
    }

    mutating func nested(_ one: Int, _ other: Int) {
        let outer = folder()
        let inner = name().inside(outer)
        _ = baseFolder(outer, random.pick(1...2))
        _ = baseFolder(inner, random.pick(1...2))
        let targets = folders(2)
        if random.chance(70) { sides[one].append(.move(inner, targets[0])) }
        if random.chance(70) { sides[one].append(.move(outer, targets[1])) }
        add(other, into: inner)
        add(other, into: outer)
        if random.chance(30) { sides[other].append(.move(inner, random.pick(targets))) }
    }

    mutating func partly(_ one: Int, _ other: Int) {
        let two = folders(2)
        let inside = baseFolder(two[0], random.pick(2...4))
        for path in inside.dropLast(random.chance(50) ? 1 : 0) {
            sides[one].append(.move(path, path.moved(from: two[0], to: two[1])))
        }
        if random.chance(50), let last = inside.last {
            sides[random.pick([one, other])].append(.delete(last))
        }
        add(other, into: two[0])
        if random.chance(40) { sides[other].append(.move(random.pick(inside), path())) }
        if random.chance(40) { sides[other].append(.write(random.pick(inside), content())) }
    }

    mutating func becomesFile(_ one: Int, _ other: Int) {
        let two = folders(2)
        _ = baseFolder(two[0], random.pick(1...2))
        sides[one].append(.delete(two[0]))
        sides[one].append(anything(at: two[0]))
        if random.chance(60) { add(other, into: two[0]) }
        if random.chance(40) { sides[other].append(.move(two[0], two[1])) }
        if random.chance(40) { sides[other].append(.write(name().inside(two[0]), content())) }
    }

    mutating func intoItself(_ one: Int, _ other: Int) {
        let outer = folder()
        _ = baseFolder(outer, random.pick(1...3))
        let inner = name().inside(outer)
        if random.chance(50) { base.append(.move(outer, inner)) }
        sides[one].append(random.chance(50) ? .move(outer, inner) : .move(inner, outer))
        add(other, into: outer)
        add(other, into: inner)
    }
}
