import HybridGit

extension TreeMerge {
    /// Finds the renames that matter and carries changes along them; false where that alone makes a conflict.
    func findRenames() throws(GitError) -> Bool {
        guard renames.hasAny else { return true }
        guard context.options.detectsRenames || !context.options.rules.contains(.renamesCanBeOff) else {
            renames.pass = .single
            return true
        }
        var ran = false
        var isLimited = false
        for side in Side.allCases {
            renames.forgetKnownSources(side)
            guard renames.mayFind(side) else { continue }
            ran = true
            var detection = RenameDetection(
                renames.pairs[side], relevance: renames.relevance[side],
                removed: renames.removedFolders[side], known: renames.knownRenames(side),
                limit: context.options.renameLimit, score: context.options.renameScore)
            let found = try detection.run(&context.similarity, in: context.store)
            renames.pairs[side] = found.pairs
            renames.relevance[side] = found.relevance
            renames.folderMoves[side] = found.folderMoves
            if let needed = found.neededLimit {
                isLimited = true
                neededRenameLimit = max(neededRenameLimit, needed)
            }
        }
        if isLimited {
            renames.pass = .single
        } else if renames.pass == .worthwhile, ran {
            renames.keepForSecondPass()
            return true
        }
        renames.addKnownPairs()
        let folders = FolderRenames(
            renames.folderMoves, isWanted: depth == 0 && context.options.directoryRenames != .ignore)
        for side in Side.allCases {
            for folder in folders.unclear[side] {
                say(
                    .conflict(.directoryRenameSplit), folder, [],
                    """
                    CONFLICT (directory rename split): Unclear where to rename \(folder) to; it was renamed to \
                    multiple other directories, with no destination getting a majority of the files.
                    """)
            }
        }
        var (found, isClean) = try moveIntoRenamedFolders(folders)
        isClean = isClean && folders.unclear.ours.isEmpty && folders.unclear.theirs.isEmpty
        // By source; ours first where both sides renamed the same file.
        found.sort { a, b in a.source != b.source ? a.source < b.source : a.side == .ours && b.side == .theirs
        }
        return try applyRenames(found) && isClean
    }
}
