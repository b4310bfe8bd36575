/// Meetings of two sides at files: contents, kinds, modes, renames.
extension Scene {
    static let fileRecipes: [(weight: Int, value: @Sendable (inout Scene, Int, Int) -> Void)] = [
        (6, { $0.bothEdit($1, $2) }),
        (7, { $0.tangled($1, $2) }),
        (4, { $0.modifyDelete($1, $2) }),
        (4, { $0.renameEdit($1, $2) }),
        (4, { $0.renameDelete($1, $2) }),
        (6, { $0.renameToTwo($1, $2) }),
        (6, { $0.renameTwoToOne($1, $2) }),
        (5, { $0.renameAdd($1, $2) }),
        (3, { $0.renameAlike($1, $2) }),
        (5, { $0.addAdd($1, $2) }),
        (5, { $0.distinctKinds($1, $2) }),
        (5, { $0.fileAndFolder($1, $2) }),
        (3, { $0.renameOverKind($1, $2) }),
        (4, { $0.submodules($1, $2) }),
        (3, { $0.modes($1, $2) }),
        (3, { $0.similarSources($1, $2) }),
        (2, { $0.swapped($1, $2) }),
        (2, { $0.chain($1, $2) }),
        (2, { $0.renameIntoFolder($1, $2) }),
        (2, { $0.links($1, $2) }),
        (2, { $0.basenames($1, $2) }),
        (2, { $0.binaries($1, $2) }),
    ]

    mutating func bothEdit(_ one: Int, _ other: Int) {
        let path = path()
        let content = anyContent()
        base.append(.write(path, content))
        sides[one].append(.write(path, edited(content)))
        sides[other].append(.write(path, random.chance(15) ? anyContent() : edited(content)))
    }

    /// Lines that occur many times, so that what belongs to what is a matter of the diff's rules.
    mutating func tangled(_ one: Int, _ other: Int) {
        let path = path()
        let words = random.chance(10) ? ["a\n"] : ["a\n", "b\n", "{\n", "}\n", "\n", "c\n", "d\n"]
        let alphabet = Array(words.prefix(random.pick(1...words.count)))
        let lines = (0..<random.pick(weighted: [(8, 12), (4, 30), (1, 150)])).map { _ in random.pick(alphabet)
        }
        base.append(.write(path, Array(lines.joined().utf8)))
        for side in [one, other] {
            var changed = lines
            for _ in 0..<random.pick(1...4) {
                let at = random.pick(0...changed.count)
                let length = min(random.pick(0...4), changed.count - at)
                let block = (0..<random.pick(0...4)).map { _ in
                    random.chance(80) ? random.pick(alphabet) : "\(random.pick(["new", "other"]))\n"
                }
                switch random.pick(0...9) {
                case 0: changed.insert(contentsOf: changed[at..<at + length], at: random.pick(0...at))
                case 1: changed.removeSubrange(at..<at + length)
                default: changed.replaceSubrange(at..<at + length, with: block)
                }
            }
            sides[side].append(.write(path, Array(changed.joined().utf8)))
        }
    }

    mutating func modifyDelete(_ one: Int, _ other: Int) {
        let path = path()
        let content = baseFile(path)
        sides[one].append(.write(path, edited(content)))
        sides[other].append(.delete(path))
        if random.chance(30) { sides[other].append(.write(name().inside(path), edited(content))) }
    }

    mutating func renameEdit(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        move(one, two[0], two[1], content)
        sides[other].append(.write(two[0], edited(content)))
        if random.chance(25) { sides[other].append(.mode(two[0], isExecutable: true)) }
    }

    mutating func renameDelete(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        move(one, two[0], two[1], content)
        sides[other].append(.delete(two[0]))
        if random.chance(40) { sides[other].append(.write(two[1], edited(content, places: 6))) }
    }

    mutating func renameToTwo(_ one: Int, _ other: Int) {
        let three = paths(3)
        let content = random.chance(10) ? [0, 1] + self.content() : self.content()
        base.append(.write(three[0], content))
        move(one, three[0], three[1], content)
        move(other, three[0], three[2], content)
        if random.chance(25) { sides[one].append(.write(three[2], self.content())) }
        if random.chance(25) { sides[other].append(.write(three[1], self.content())) }
        if random.chance(15) { sides[other].append(.write(three[0], self.content())) }
        if random.chance(15) { sides[one].append(.write(name().inside(three[2]), self.content())) }
    }

    mutating func renameTwoToOne(_ one: Int, _ other: Int) {
        let three = paths(3)
        let first = baseFile(three[0])
        let second = baseFile(three[1])
        move(one, three[0], three[2], first)
        move(other, three[1], three[2], second)
        if random.chance(40) { sides[other].append(.write(three[0], edited(first))) }
        if random.chance(40) { sides[one].append(.write(three[1], edited(second))) }
        if random.chance(20) { sides[other].append(.delete(three[0])) }
        if random.chance(15) { sides[one].append(.mode(three[2], isExecutable: true)) }
    }

    mutating func renameAdd(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        move(one, two[0], two[1], content)
        switch random.pick(0...9) {
        case 0..<6: sides[other].append(.write(two[1], self.content()))
        case 6: sides[other].append(.link(two[1], two[0].bytes))
        case 7: sides[other].append(.gitlink(two[1], commitID()))
        default: sides[other].append(.copy(two[0], two[1]))
        }
        if random.chance(50) { sides[other].append(.write(two[0], edited(content))) }
        if random.chance(25) { sides[one].append(.write(two[0], self.content())) }
    }

    mutating func renameAlike(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        move(one, two[0], two[1], content)
        move(other, two[0], two[1], content)
        if random.chance(20) { sides[one].append(.link(two[0], [UInt8(ascii: "z")])) }
    }

    mutating func addAdd(_ one: Int, _ other: Int) {
        let path = path()
        let content = anyContent()
        sides[one].append(.write(path, content))
        sides[other].append(.write(path, random.chance(30) ? content : edited(content)))
        if random.chance(30) { sides[one].append(.mode(path, isExecutable: true)) }
        if random.chance(20) { sides[other].append(.mode(path, isExecutable: true)) }
    }

    /// Something at a path: file, link or submodule.
    mutating func anything(at path: Path) -> Step {
        switch random.pick(0...9) {
        case 0..<4: .write(path, content())
        case 4..<7: .link(path, name().bytes)
        default: .gitlink(path, commitID())
        }
    }

    mutating func distinctKinds(_ one: Int, _ other: Int) {
        let path = path()
        if random.chance(50) { base.append(anything(at: path)) }
        sides[one].append(anything(at: path))
        sides[other].append(anything(at: path))
        if random.chance(30) {
            let way = Path(bytes: path.bytes + [UInt8(ascii: "~")] + spellings[random.pick([one, other])])
            sides[random.pick([one, other])].append(.write(way, content()))
            if random.chance(30) {
                sides[random.pick([one, other])].append(
                    .write(Path(bytes: way.bytes + Array("_0".utf8)), content()))
            }
        }
    }

    mutating func fileAndFolder(_ one: Int, _ other: Int) {
        let path = path()
        let inner = name().inside(path)
        let content = content()
        switch random.pick(0...4) {
        case 0: base.append(.write(path, content))
        case 1: base.append(.write(inner, content))
        default: break
        }
        sides[one].append(random.chance(75) ? .write(path, edited(content)) : anything(at: path))
        sides[other].append(random.chance(75) ? .write(inner, edited(content)) : anything(at: inner))
        if random.chance(30) {
            let way = Path(bytes: path.bytes + [UInt8(ascii: "~")] + spellings[one])
            sides[random.pick([one, other])].append(
                random.chance(70) ? .write(way, self.content()) : .write(inner.inside(way), content))
        }
    }

    mutating func renameOverKind(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        move(one, two[0], two[1], content)
        switch random.pick(0...3) {
        case 0: sides[other].append(.link(two[0], name().bytes))
        case 1: sides[other].append(.gitlink(two[0], commitID()))
        case 2: sides[other].append(.write(name().inside(two[0]), edited(content)))
        default:
            sides[other] += [.write(two[0], edited(content)), .write(name().inside(two[1]), self.content())]
        }
        if random.chance(20) { move(other, two[0], two[1], content) }
    }

    mutating func submodules(_ one: Int, _ other: Int) {
        let two = paths(2)
        if random.chance(80) { base.append(.gitlink(two[0], commitID())) }
        for side in [one, other] {
            switch random.pick(0...9) {
            case 0..<6: sides[side].append(.gitlink(two[0], commitID()))
            case 6: sides[side].append(.delete(two[0]))
            case 7: sides[side].append(.move(two[0], two[1]))
            case 8: sides[side].append(.write(name().inside(two[0]), content()))
            default: sides[side].append(anything(at: two[0]))
            }
        }
    }

    mutating func modes(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        let bit = random.chance(50)
        base.append(.mode(two[0], isExecutable: bit))
        sides[one].append(.mode(two[0], isExecutable: !bit))
        switch random.pick(0...3) {
        case 0: sides[other].append(.delete(two[0]))
        case 1: sides[other].append(.move(two[0], two[1]))
        case 2: sides[other] += [.write(two[0], edited(content)), .mode(two[0], isExecutable: !bit)]
        default: sides[other].append(.write(two[0], edited(content)))
        }
        if random.chance(50) { sides[one].append(.write(two[0], edited(content))) }
    }

    mutating func similarSources(_ one: Int, _ other: Int) {
        let sources = paths(random.pick(weighted: [(6, 2), (4, 3), (2, 4), (1, 7)]))
        let content = content(8...16)
        for path in sources {
            base.append(.write(path, resembling(content, percent: random.pick([100, 90, 75, 60]))))
        }
        for path in sources {
            let target = self.path()
            sides[one] += [
                .delete(path), .write(target, resembling(content, percent: random.pick([100, 90, 75, 60]))),
            ]
            if random.chance(60) { sides[other].append(.write(path, edited(content))) }
        }
    }

    mutating func swapped(_ one: Int, _ other: Int) {
        let two = paths(2)
        let first = baseFile(two[0])
        let second = baseFile(two[1])
        sides[one] += [.write(two[0], edited(second)), .write(two[1], edited(first))]
        if random.chance(50) { sides[other].append(.move(two[0], path())) }
        sides[other].append(.write(two[0], edited(first)))
    }

    mutating func chain(_ one: Int, _ other: Int) {
        let three = paths(3)
        let first = baseFile(three[0])
        let second = baseFile(three[1])
        sides[one] += [.move(three[1], three[2]), .move(three[0], three[1])]
        sides[other] += [.write(three[0], edited(first)), .write(three[1], edited(second))]
        if random.chance(30) { sides[other].append(.move(three[0], three[2])) }
    }

    mutating func renameIntoFolder(_ one: Int, _ other: Int) {
        let two = paths(2)
        let content = baseFile(two[0])
        let inner = name().inside(two[1])
        move(one, two[0], inner, content)
        sides[other] += [.write(two[1], self.content()), .write(two[0], edited(content))]
        if random.chance(40) { move(other, two[0], two[1], content) }
    }

    /// Contents that cannot be merged, perhaps renamed or added on both sides.
    mutating func binaries(_ one: Int, _ other: Int) {
        let three = paths(3)
        let content = [0, UInt8(ascii: "\n")] + self.content()
        if random.chance(75) { base.append(.write(three[0], content)) }
        for side in [one, other] {
            let path = random.chance(25) ? three[side % 2 + 1] : three[0]
            if path != three[0] { sides[side].append(.move(three[0], path)) }
            sides[side].append(.write(path, random.chance(80) ? edited(content) : self.content()))
        }
    }

    mutating func links(_ one: Int, _ other: Int) {
        let two = paths(2)
        base.append(.link(two[0], name().bytes))
        for side in [one, other] {
            switch random.pick(0...3) {
            case 0: sides[side].append(.delete(two[0]))
            case 1: sides[side].append(.move(two[0], two[1]))
            default: sides[side].append(.link(two[0], name().bytes))
            }
        }
    }

    /// Files that keep their names while they move between folders, amid files that resemble them more.
    mutating func basenames(_ one: Int, _ other: Int) {
        let places = folders(3)
        for name in names(2) {
            let content = baseFile(name.inside(places[0]), 8...16)
            sides[one].append(.delete(name.inside(places[0])))
            sides[one].append(
                .write(
                    name.inside(places[1]), resembling(content, percent: random.pick([90, 80, 76, 72, 60]))))
            if random.chance(60) {
                sides[one].append(
                    .write(
                        self.name().inside(places[2]),
                        resembling(content, percent: random.pick([100, 95, 80]))))
            }
            sides[other].append(.write(name.inside(places[0]), edited(content)))
        }
    }
}
