import HybridGit

extension TreeMerge {
    /// Merges two commits of a submodule: the one that contains the other, if the submodule is at hand to tell.
    ///
    /// Submodules are never initialised for this. The rules are git's: both commits must follow the base; merges in the
    /// submodule that contain both are only suggested.
    func mergeSubmodules(
        _ path: RepoPath, base: ObjectID?, ours: ObjectID, theirs: ObjectID
    ) throws(GitError) -> (id: ObjectID, isClean: Bool) {
        let fallback = depth > 0 ? base ?? .zero : ours
        guard let module = try context.submodule(path) else {
            say(
                .conflict(.submoduleNotInitialized), path, [],
                "Failed to merge submodule \(path) (not checked out)")
            return unmerged(path, fallback, isAtHand: false, "")
        }
        let short = try module.abbreviation(of: theirs)
        guard let base else {
            say(.conflict(.submoduleNoBase), path, [], "Failed to merge submodule \(path) (no merge base)")
            return unmerged(path, fallback, isAtHand: true, short)
        }
        for commit in [base, ours, theirs] where try !module.hasCommit(commit) {
            say(
                .conflict(.submoduleHistoryMissing), path, [],
                "Failed to merge submodule \(path) (commits not present)")
            return unmerged(path, fallback, isAtHand: false, short)
        }
        guard try module.isAncestor(base, of: ours), try module.isAncestor(base, of: theirs) else {
            say(
                .conflict(.submoduleRewound), path, [],
                "Failed to merge submodule \(path) (commits don't follow merge-base)")
            return unmerged(path, fallback, isAtHand: true, short)
        }
        for (older, newer) in [(ours, theirs), (theirs, ours)] where try module.isAncestor(older, of: newer) {
            say(
                .note(.submoduleFastForward), path, [],
                "Note: Fast-forwarding submodule \(path) to \(newer.description)")
            return (newer, true)
        }
        if depth == 0 { try suggest(path, module, ours, theirs) }
        return unmerged(path, fallback, isAtHand: true, short)
    }

    private func unmerged(
        _ path: RepoPath, _ id: ObjectID, isAtHand: Bool, _ short: String
    ) -> (id: ObjectID, isClean: Bool) {
        if depth == 0 {
            conflictedSubmodules.append(SubmoduleConflict(path: path, isAtHand: isAtHand, commit: short))
        }
        return (id, false)
    }

    private func suggest(
        _ path: RepoPath, _ module: Repository, _ ours: ObjectID, _ theirs: ObjectID
    ) throws(GitError) {
        let merges = try module.firstMerges(containing: ours, and: theirs)
        if merges.isEmpty {
            say(.conflict(.submodule), path, [], "Failed to merge submodule \(path)")
            return
        }
        var lines = ""
        for merge in merges {
            let subject = try module.commit(merge).message.prefix { $0 != "\n" }
            lines += "    \(try module.abbreviation(of: merge)) \(subject)\n"
        }
        if merges.count == 1 {
            say(
                .conflict(.submodulePossible), path, [],
                "Failed to merge submodule \(path), but a possible merge resolution exists: \(lines)")
        } else {
            say(
                .conflict(.submodulePossible), path, [],
                "Failed to merge submodule \(path), but multiple possible merges exist:\n\(lines)")
        }
    }
}
