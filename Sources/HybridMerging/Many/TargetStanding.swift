package import HybridGit

/// How one branch stands to the target that it is to land on, before others come into it.
package enum TargetStanding: Sendable {
    /// Its tip is in the target's history.
    case inHistory
    /// Merging it would change nothing: what it changed is in the target already.
    case hasNothing
    /// It merges cleanly.
    case clean
    /// It does not; here.
    case conflicts([Conflict])
    /// It has no commit in common with the target.
    case unrelated
}

extension MergeEngine {
    /// How each of some tips stands to a target, each alone.
    ///
    /// Only tips that changed what the target changed as well are merged. Nothing is kept. Grows with what the tips, and
    /// the target since, changed.
    package func standings(of tips: [ObjectID], on target: ObjectID) throws(GitError) -> [TargetStanding] {
        try announce(tips.map { (target, $0) })
        var since: [ObjectID: Interaction] = [:]
        var found: [TargetStanding] = []
        for tip in tips {
            let bases = try mergeBases(target, tip)
            guard let base = bases.first else {
                found.append(.unrelated)
                continue
            }
            if base == tip {
                found.append(.inHistory)
                continue
            }
            if bases.count == 1 {
                let changes = try places(from: base, to: tip)
                if changes.changes.isEmpty {
                    found.append(.hasNothing)
                    continue
                }
                if since[base] == nil { since[base] = try places(from: base, to: target) }
                if since[base]?.interacts(with: changes) == false {
                    found.append(.clean)
                    continue
                }
            }
            found.append(try merged(tip, onto: target))
        }
        return found
    }

    private func merged(_ tip: ObjectID, onto target: ObjectID) throws(GitError) -> TargetStanding {
        let mayForget = store.writtenBytes == 0
        defer { if mayForget { forgetNewObjects() } }
        let answer = try merge(ours: target, theirs: tip)
        guard answer.isClean else { return .conflicts(try conflicts(in: answer)) }
        return try answer.tree == tree(of: target) ? .hasNothing : .clean
    }
}
