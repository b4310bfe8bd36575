internal import HybridGit

/// A job's claims in order, to ask which of them decides about a path.
///
/// The last claim that covers a path decides: one that takes it away leaves it uncovered. A section counts as its
/// file. Asking costs a look-up for each folder of the path and a match for each glob that begins in one of them.
public struct ClaimSet: Sendable {
    private let claims: [Claim]
    /// The claims that are names, by path, in order.
    private var names = PathIndex()
    /// The claims that are globs, by the folder that they begin in, in order.
    private var globs = PathIndex()
    private var patterns: [Int: PathPattern] = [:]

    /// Makes the set.
    ///
    /// `isLiteral` says which paths stand at the base, where they are names whatever they hold.
    public init(_ claims: [Claim], isLiteral: (String) throws -> Bool) rethrows {
        self.claims = claims
        for (index, claim) in claims.enumerated() {
            let hasWildcard = PathPattern.hasWildcard(claim.path)
            add(index, try hasWildcard ? PathPattern(claim.path, isLiteral: isLiteral(claim.path)) : nil)
        }
    }

    /// The set where no base is at hand: a claim with wildcards is both the glob and the name that it spells.
    public init(ofBothReadings claims: [Claim]) {
        self.claims = claims
        for (index, claim) in claims.enumerated() {
            let pattern = PathPattern(claim.path, isLiteral: false)
            add(index, pattern)
            if pattern.isGlob { add(index, nil) }
        }
    }

    private mutating func add(_ index: Int, _ pattern: PathPattern?) {
        if let pattern, pattern.isGlob {
            patterns[index] = pattern
            globs.add(index, at: pattern.fixedFolder)
        } else {
            names.add(index, at: claims[index].path)
        }
    }

    /// The claim that decides for a path; nil where none covers it.
    public func covers(_ path: String) -> Claim? { holders(of: path).last }

    /// The claims that cover a path and that no later claim takes back, in order.
    public func holders(of path: String) -> [Claim] {
        let path = RepoPath(path)
        var found: [Int] = []
        var (name, folder): (Int?, Int?) = (PathIndex.root, PathIndex.root)
        for part in path.components {
            if let here = folder {
                globs.visit(here) { index in
                    if let pattern = patterns[index], pattern.matches(path.bytes[...]) { found.append(index) }
                }
            }
            folder = folder.flatMap { globs.child(of: $0, part) }
            name = name.flatMap { names.child(of: $0, part) }
            if let here = name { names.visit(here) { found.append($0) } }
            if name == nil, folder == nil { break }
        }
        found.sort()
        let from = found.lastIndex { claims[$0].isExcluded }.map { $0 + 1 } ?? 0
        var last = -1
        return found[from...].compactMap { index in
            defer { last = index }
            return index == last ? nil : claims[index]
        }
    }
}
