internal import HybridGit

/// A submodule whose two commits could not be merged.
struct SubmoduleConflict {
    var path: RepoPath
    /// Whether there is anything to do inside the submodule: its commits are at hand.
    var isAtHand: Bool
    /// Their commit, shortened.
    var commit: String

    /// What git tells to do about conflicted submodules, after all messages; empty for none.
    static func advice(_ conflicts: [SubmoduleConflict]) -> [UInt8] {
        guard !conflicts.isEmpty else { return [] }
        var steps: [UInt8] = []
        var names: [UInt8] = []
        for conflict in conflicts {
            if !names.isEmpty { names.append(32) }
            names += conflict.path.bytes
            guard conflict.isAtHand else { continue }
            let step: MessageText = """
                 - go to submodule (\(conflict.path)), and either merge commit \(conflict.commit)
                   or update to an existing commit which has merged those changes

                """
            steps += step.bytes
        }
        let advice: MessageText = """
            Recursive merging with submodules currently only supports trivial cases.
            Please manually handle the merging of each conflicted submodule.
            This can be accomplished with the following steps:
            \(steps) - come back to superproject and run:

                  git add \(names)

               to record the above merge or update
             - resolve any other conflicts in the superproject
             - commit the resulting index in the superproject

            """
        return advice.bytes
    }
}
