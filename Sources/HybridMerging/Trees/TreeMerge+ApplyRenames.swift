import HybridGit

extension TreeMerge {
    /// Carries the other side's change along each rename; false where that alone makes a conflict.
    ///
    /// The renames are sorted by source, so that both sides' renames of one file stand side by side.
    func applyRenames(_ found: [SideRename]) throws(GitError) -> Bool {
        var isClean = true
        var next = 0
        if !found.isEmpty { mayLose = true }
        while next < found.count {
            let rename = found[next]
            next += 1
            // A folder rename put it back: nothing moved.
            if rename.source == rename.target, context.options.rules.contains(.renameSourcesStay) { continue }
            // Gone with its folder, or not changed by the other side: nothing to carry along.
            guard let old = entry(rename.source), !entries[old].isSettled else { continue }
            if next < found.count, found[next].source == rename.source {
                isClean = try renamedTwice(old, rename.target, found[next].target)
                next += 1
            } else if let new = entry(rename.target) {
                try renamedOnce(rename, old, new)
            }
        }
        return isClean
    }

    /// The file is taken out of its old place.
    private func leave(_ old: Int) {
        entries[old].result = nil
        entries[old].isSettled = true
    }

    // MARK: Both sides renamed it

    private func renamedTwice(
        _ old: Int, _ ourPath: RepoPath, _ theirPath: RepoPath
    ) throws(GitError) -> Bool {
        guard let ours = entry(ourPath), let theirs = entry(theirPath) else { return true }
        if ourPath == theirPath {
            // To the same place: an ordinary merge there.
            entries[ours].stages.base = entries[old].stages.base
            entries[ours].files.insert(.base)
            leave(old)
            return true
        }
        let source = entries[old].path
        var merged = try mergeContent(
            source,
            ThreeWay(
                base: entries[old].stages.base, ours: entries[ours].stages.ours,
                theirs: entries[theirs].stages.theirs),
            names: ThreeWay(base: source, ours: ourPath, theirs: theirPath), extraMarkers: 1 + 2 * depth)
        let isUnmergeable = !merged.isClean && merged.entry == entries[ours].stages.ours
        entries[ours].stages.ours = merged.entry
        // What cannot be merged, such as a binary, keeps its own side's version at each place.
        if isUnmergeable { merged.entry = entries[theirs].stages.theirs }
        entries[theirs].stages.theirs = merged.entry
        for index in [old, ours, theirs] { entries[index].isPathConflict = true }
        say(
            .conflict(.renameRename), source, [ourPath, theirPath],
            """
            CONFLICT (rename/rename): \(source) renamed to \(ourPath) in \(labels.ours) and to \(theirPath) in \
            \(labels.theirs).
            """)
        return merged.isClean
    }

    // MARK: One side renamed it

    private func renamedOnce(_ rename: SideRename, _ old: Int, _ new: Int) throws(GitError) {
        let (side, other) = (rename.side, rename.side.other)
        let isDeleted = entries[old].files == .base
        var collides = !entries[new].files.isDisjoint(with: other.mask)
        let isRegular = { (entry: TreeEntry?) in entry?.isRegularFile == true }
        let changesType =
            !isDeleted
            && isRegular(entries[old].stages[other.stage]) != isRegular(entries[new].stages[side.stage])
        // The other side renamed it too and put something else in its place: its new place is no collision.
        if changesType, collides { collides = false }
        if collides, !isDeleted {
            try renamedOnto(rename, old, new)
        } else if collides {
            entries[new].isPathConflict = true
            sayDeleted(rename)
        } else {
            entries[new].stages.base = entries[old].stages.base
            entries[new].files.insert(.base)
            entries[new].names.base = rename.source
            if changesType {
                entries[old].stages.base = nil
                entries[old].files.remove(.base)
                return
            } else if isDeleted {
                entries[new].isPathConflict = true
                sayDeleted(rename)
            } else {
                entries[new].stages[other.stage] = entries[old].stages[other.stage]
                entries[new].files.insert(other.mask)
                entries[new].names[other.stage] = rename.source
            }
        }
        if !changesType { leave(old) }
    }

    /// Onto a path that the other side has too: its version is merged with the renamed one's, which then stands against it.
    private func renamedOnto(_ rename: SideRename, _ old: Int, _ new: Int) throws(GitError) {
        let (side, other) = (rename.side, rename.side.other)
        var stages = entries[old].stages
        stages[side.stage] = entries[new].stages[side.stage]
        stages[other.stage] = entries[old].stages[other.stage]
        var names = ThreeWay(repeating: rename.source)
        names[side.stage] = rename.target
        let merged = try mergeContent(rename.source, stages, names: names, extraMarkers: 1 + 2 * depth)
        entries[new].stages[side.stage] = merged.entry
        if !merged.isClean {
            say(
                .conflict(.renameCollides), rename.target, [rename.source],
                """
                CONFLICT (rename involved in collision): rename of \(rename.source) -> \(rename.target) has content \
                conflicts AND collides with another path; this may result in nested conflict markers.
                """)
        }
    }

    private func sayDeleted(_ rename: SideRename) {
        say(
            .conflict(.renameDelete), rename.target, [rename.source],
            """
            CONFLICT (rename/delete): \(rename.source) renamed to \(rename.target) in \(labels[rename.side]), but \
            deleted in \(labels[rename.side.other]).
            """)
    }
}
