/// The claims of a plan by place: which could meet a pattern, without comparing it with all.
///
/// Names stand in a tree that a glob walks component by component; globs are found by what stands before their first
/// and behind their last wildcard. Everything is folded, so what meets only under folding is found as well; what is
/// found need not meet, and is to be compared.
final class ClaimIndex {
    private var names = PathIndex()
    /// Names that are files at the base, below which nothing can be.
    private var isFile: [Bool] = []
    private var globs: [(claim: Int, prefix: [UInt8], suffix: [UInt8])] = []
    private lazy var prefixes = AffixIndex(globs.enumerated().map { ($1.prefix, $0) })
    private lazy var suffixes = AffixIndex(globs.enumerated().map { ($1.suffix, $0) })
    /// The children of large folders in order, by their names and by their reversed names.
    private var sorted: [Int: (forward: AffixIndex, backward: AffixIndex)] = [:]

    /// Folders with fewer children are looked through.
    private static let large = 32

    /// Adds a claim.
    ///
    /// `isFile` says that it is a name that stands at the base as a file.
    func add(_ claim: Int, _ pattern: PathPattern, isFile: Bool) {
        while self.isFile.count <= claim { self.isFile.append(false) }
        self.isFile[claim] = isFile
        if pattern.isGlob {
            let folded = pattern.folded()
            globs.append((claim, folded.prefix, folded.suffix.reversed()))
        } else {
            names.add(claim, at: PathFolding.folded(pattern.text))
        }
    }

    /// Visits the names above a name, then those at its own path.
    func visitAbove(_ text: String, _ body: (_ claim: Int, _ isSame: Bool) -> Void) {
        var node = PathIndex.root
        let parts = PathFolding.folded(text).utf8.split(separator: 47)
        for (number, part) in parts.enumerated() {
            guard let next = names.child(of: node, part) else { return }
            node = next
            names.visit(node) { body($0, number == parts.count - 1) }
        }
    }

    /// The names that a name could meet: at its path, above and below.
    func names(meetingName text: String) -> [Int] { names.meeting(PathFolding.folded(text)) }

    /// The globs that could meet a pattern.
    func globs(meeting pattern: PathPattern) -> [Int] {
        guard !globs.isEmpty else { return [] }
        let folded = pattern.folded()
        let (prefix, suffix) = (folded.prefix, Array(folded.suffix.reversed()))
        var byPrefix = prefixes.compatible(prefix)
        // Below a name anything may follow.
        if !pattern.isGlob { return byPrefix.flatMap { $0.map { globs[prefixes.value($0)].claim } }.sorted() }
        let bySuffix = suffixes.compatible(suffix)
        func size(_ ranges: [Range<Int>]) -> Int { ranges.reduce(0) { $0 + $1.count } }
        let index = size(bySuffix) < size(byPrefix) ? suffixes : prefixes
        if size(bySuffix) < size(byPrefix) { byPrefix = bySuffix }
        var found: [Int] = []
        for range in byPrefix {
            for place in range {
                let other = globs[index.value(place)]
                if Self.agree(other.prefix, prefix), Self.agree(other.suffix, suffix) {
                    found.append(other.claim)
                }
            }
        }
        return found.sorted()
    }

    private static func agree(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count < b.count ? b.starts(with: a) : a.starts(with: b)
    }

    /// The names that a glob could meet.
    func names(meetingGlob pattern: PathPattern) -> [Int] {
        // Capitals that a negated class takes in are found as well.
        let parts = GlobPart.parts(pattern.folded(), wide: true)
        var found: [Int] = []
        var seen: Set<[Int]> = []
        let deep = parts.count { if case .folders = $0 { true } else { false } }
        func walk(_ node: Int, _ at: Int) {
            // Two `**/` reach a place in many ways.
            if deep > 1, !seen.insert([node, at]).inserted { return }
            guard at < parts.count else {
                names.visit(node) { found.append($0) }
                return
            }
            names.visit(node) { if !isFile[$0] { found.append($0) } }
            switch parts[at] {
            case .name(let name):
                if let child = names.child(of: node, name) { walk(child, at + 1) }
            case .some(let tokens, let prefix, let suffix):
                for child in children(of: node, prefix: prefix, suffix: suffix) {
                    let name = names.name(of: child)
                    // Bytes are not letters: folding may change how many a letter has.
                    if name.contains(where: { $0 > 127 }) || PathPattern.matches(tokens, name) {
                        walk(child, at + 1)
                    }
                }
            case .folders:
                walk(node, at + 1)
                for child in names.children(of: node) { walk(child, at) }
            case .rest:
                for child in names.children(of: node) { names.visitAll(from: child) { found.append($0) } }
            }
        }
        walk(PathIndex.root, 0)
        return Set(found).sorted()
    }

    private func children(of node: Int, prefix: [UInt8], suffix: [UInt8]) -> [Int] {
        let all = names.children(of: node)
        guard all.count > Self.large, !prefix.isEmpty || !suffix.isEmpty else { return all }
        let index: (forward: AffixIndex, backward: AffixIndex)
        if let known = sorted[node] {
            index = known
        } else {
            index = (
                AffixIndex(all.map { (Array(names.name(of: $0)), $0) }),
                AffixIndex(all.map { (names.name(of: $0).reversed(), $0) })
            )
            sorted[node] = index
        }
        let forward = index.forward.extending(prefix)
        let backward = index.backward.extending(suffix)
        return forward.count < backward.count
            ? forward.map { index.forward.value($0) } : backward.map { index.backward.value($0) }
    }
}
