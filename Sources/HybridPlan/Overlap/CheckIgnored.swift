internal import HybridBase
internal import HybridGit
internal import HybridSystem

extension Checker {
    /// The most rules and claims that are compared.
    private static let mostCompared = 20_000
    /// How many rules are told of a job.
    private static let mostRules = 4

    /// What jobs might make within folders and globs that they claim, and git's ignore rules would keep out of every commit.
    ///
    /// Rules that name caches are left out: nobody misses those. Rules of folders below where a claim begins are left to the
    /// audit.
    func hiddenParts() throws -> [String] {
        var budget = Self.mostCompared
        var told: [String] = []
        for (index, job) in plan.jobs.enumerated() {
            var found: [String] = []
            var claims: [String] = []
            for owned in search.claims.all where owned.job == index && !owned.isAlias && mayHoldMore(owned) {
                let except = search.claims.taken(from: owned, nil)
                for rule in try rules.rules(in: owned.pattern.fixedFolder) where rule.hidesWork {
                    guard budget > 0 else { break }
                    budget -= 1
                    guard !found.contains(where: { $0.beginsWithBytes(of: rule.shown) }),
                        let path = try hidden(by: rule, owned.pattern, except)
                    else { continue }
                    found.append("\(rule.shown) (such as \(path))")
                    if claims.last != owned.claim.path { claims.append(owned.claim.path) }
                }
            }
            guard !found.isEmpty else { continue }
            let more = found.count - Self.mostRules
            told.append(
                "\(job.name) claims \(claims.prefix(3).joined(separator: ", ")), but what it makes there is never committed where it is ignored by "
                    + found.prefix(Self.mostRules).joined(separator: ", ")
                    + (more > 0 ? " and \(more) more rules" : ""))
        }
        return told
    }

    /// Whether a claim covers more than one file that could be named.
    private func mayHoldMore(_ owned: OwnedClaim) -> Bool {
        guard owned.claim.kind != .read, owned.claim.kind != .delete else { return false }
        if owned.pattern.isGlob { return true }
        return owned.entry == .directory || owned.entry == nil && !FileLook.isFile(owned.pattern)
    }

    /// A path in a claim that this rule, and no other, decides to leave out.
    private func hidden(by rule: IgnoreRules.Rule, _ claim: PathPattern, _ except: [PathPattern]) throws
        -> String?
    {
        for pattern in rule.hidden {
            if case .at(let path) = PatternIntersection.meet(claim, pattern, except: except),
                try rules.rule(hiding: path)?.source == rule.source
            {
                return path
            }
        }
        return nil
    }
}

extension IgnoreRules.Rule {
    /// Whether somebody could miss what it hides.
    fileprivate var hidesWork: Bool { !isTakenIn && !CacheNames.isCache(text) }

    /// What it hides, as patterns from the root: files of its own, and all that lies in folders.
    fileprivate var hidden: [PathPattern] {
        let place =
            folder.bytes.map { $0 == RepoPath.separator ? PathPattern.Token.slash : .byte($0) }
            + (folder.isRoot ? [] : [.slash])
        let own = place + (isName ? [.folders] : []) + tokens
        let whole = PathPattern(text: text, isGlob: true, tokens: own)
        let below = PathPattern(text: text, isGlob: true, tokens: own + [.slash, .rest])
        // A rule that names files hides no folder's content.
        return isFolderOnly ? [below] : FileLook.isFile(whole) ? [whole] : [whole, below]
    }
}
