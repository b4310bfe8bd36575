internal import HybridBase
internal import HybridGit

/// The claims of a plan by place: which could meet a pattern, without comparing it with all.
///
/// Names stand in a tree that a glob walks component by component; globs are found by what stands before their first
/// and behind their last wildcard. Everything is folded, so what meets only under folding is found as well; what is
/// found need not meet, and is to be compared.
final class ClaimIndex {
    private var names = PathIndex()
    /// Whether some claim takes paths away, so that one name of a job does not stand for all of them.
    var takesAway = false
    /// Names that are files at the base, below which nothing can be.
    private var isFile: [Bool] = []
    private var globs: [(claim: Int, shape: GlobShape)] = []
    private lazy var prefixes = AffixIndex(globs.enumerated().map { ($1.shape.prefix, $0) })
    private lazy var suffixes = AffixIndex(globs.enumerated().map { ($1.shape.suffix, $0) })
    /// By how the last component begins; globs whose last component is any stand apart.
    private lazy var lastNames = AffixIndex(
        globs.enumerated().compactMap { glob in glob.element.shape.lastName.map { ($0, glob.offset) } })
    private lazy var withoutLastName = globs.indices.filter { globs[$0].shape.lastName == nil }
    /// The nodes that names stand at, by their last component and by its reverse.
    private lazy var namedNodes = {
        let nodes = (0..<names.count).filter(names.hasValues)
        return (
            forward: AffixIndex(nodes.map { (Array(names.name(of: $0)), $0) }),
            backward: AffixIndex(nodes.map { (names.name(of: $0).reversed(), $0) })
        )
    }()
    /// One name of each job that could be a folder: below every one of them a `**/` finds what it looks for; and one that
    /// could, but looks like a file.
    private var folderOfJob: [Int: Int] = [:]
    private var unlikelyFolderOfJob: [Int: Int] = [:]
    /// The children of large folders in order, by their names and by their reversed names.
    private var sorted: [Int: (forward: AffixIndex, backward: AffixIndex)] = [:]

    /// Folders with fewer children are looked through.
    private static let large = 32

    /// Adds a claim of a job.
    ///
    /// `isFile` says that it is a name that stands at the base as a file.
    func add(_ claim: Int, of job: Int?, _ pattern: PathPattern, isFile: Bool) {
        while self.isFile.count <= claim { self.isFile.append(false) }
        self.isFile[claim] = isFile
        if pattern.isGlob {
            globs.append((claim, GlobShape(pattern.folded())))
        } else {
            names.add(claim, at: PathFolding.folded(pattern.text))
            guard !isFile else { return }
            if FileLook.isFile(pattern) {
                if unlikelyFolderOfJob[job ?? -1] == nil { unlikelyFolderOfJob[job ?? -1] = claim }
            } else if folderOfJob[job ?? -1] == nil {
                folderOfJob[job ?? -1] = claim
            }
        }
    }

    /// Visits the names above a name, then those at its own path.
    func visitAbove(_ text: String, _ body: (_ claim: Int, _ isSame: Bool) -> Void) {
        var node = PathIndex.root
        let parts = RepoPath(PathFolding.folded(text)).components
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
        // Below a name anything may follow.
        if !pattern.isGlob {
            let found = prefixes.compatible(folded.prefix)
            return found.flatMap { $0.map { globs[prefixes.value($0)].claim } }.sorted()
        }
        let shape = GlobShape(folded)
        var choices = [
            (prefixes, prefixes.compatible(shape.prefix), [Int]()),
            (suffixes, suffixes.compatible(shape.suffix), []),
        ]
        if let lastName = shape.lastName {
            choices.append((lastNames, lastNames.compatible(lastName), withoutLastName))
        }
        let best = choices.min {
            $0.1.reduce($0.2.count) { $0 + $1.count } < $1.1.reduce($1.2.count) { $0 + $1.count }
        }
        guard let (index, ranges, others) = best else { return [] }
        var found = others.filter { globs[$0].shape.mayMeet(shape) }
        for range in ranges {
            for place in range where globs[index.value(place)].shape.mayMeet(shape) {
                found.append(index.value(place))
            }
        }
        return found.map { globs[$0].claim }.sorted()
    }

    /// The names that a glob could meet.
    func names(meetingGlob pattern: PathPattern) -> [Int] {
        let parts = GlobPart.parts(pattern.folded())
        if !takesAway, let found = names(endingAs: parts) { return found }
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

    /// The names that a glob could meet which begins with `**/` and says how the last component looks; nil for other
    /// globs, which need a walk.
    ///
    /// Of the names that it meets because they could be folders, one of each job.
    private func names(endingAs parts: [GlobPart]) -> [Int]? {
        guard case .folders? = parts.first, let last = parts.last else { return nil }
        let (prefix, suffix): ([UInt8], [UInt8])
        switch last {
        case .name(let name): (prefix, suffix) = (name, name.reversed())
        case .some(_, let before, let behind): (prefix, suffix) = (before, behind.reversed())
        case .folders, .rest: return nil
        }
        var found = Set(folderOfJob.values).union(unlikelyFolderOfJob.values)
        let forward = namedNodes.forward.extending(prefix)
        let backward = namedNodes.backward.extending(suffix)
        let nodes =
            forward.count < backward.count
            ? forward.map { namedNodes.forward.value($0) } : backward.map { namedNodes.backward.value($0) }
        for node in nodes { names.visit(node) { found.insert($0) } }
        return found.sorted()
    }

    private func children(of node: Int, prefix: [UInt8], suffix: [UInt8]) -> [Int] {
        if prefix.isEmpty, suffix.isEmpty { return names.children(of: node) }
        let index: (forward: AffixIndex, backward: AffixIndex)
        if let known = sorted[node] {
            index = known
        } else {
            let all = names.children(of: node)
            if all.count <= Self.large { return all }
            index = (
                AffixIndex(all.map { (Array(names.name(of: $0)), $0) }),
                AffixIndex(all.map { (names.name(of: $0).reversed(), $0) })
            )
            sorted[node] = index
        }
        let forward = index.forward.extending(prefix)
        let backward = index.backward.extending(suffix.reversed())
        return forward.count < backward.count
            ? forward.map { index.forward.value($0) } : backward.map { index.backward.value($0) }
    }
}
