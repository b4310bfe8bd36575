import HybridGit

extension TreeMerge {
    /// Settles every path that is open, children before their folder, and returns the merged tree.
    func settleEntries() throws(GitError) -> ObjectID {
        let order = entries.indices
            .filter { !entries[$0].isGone && (!entries[$0].isSettled || entries[$0].subfolder != nil) }
            .sorted { RepoPath.precedesAsFolder(entries[$0].path, entries[$1].path) }
        for index in order.reversed() {
            if let folder = entries[index].subfolder {
                let tree = try finish(folder)
                entries[index].result = tree.map { .tree($0) }
            }
            if entries[index].isSettled { record(index) } else { try settle(index) }
        }
        if let tree = try finish(0) { return tree }
        return try context.store.write(tree: [])
    }

    // MARK: One path

    func settle(_ start: Int) throws(GitError) {
        var index = start
        if !entries[index].folders.isEmpty {
            record(index)
            if entries[index].files.isEmpty { return }
        }
        if entries[index].isFileAgainstFolder {
            guard let moved = makeWay(index) else { return }
            index = moved
        }
        let files = entries[index].files
        let stages = entries[index].stages
        if !entries[index].matching.isEmpty {
            settleByMatch(index)
        } else if files.isSuperset(of: .sides), stages.ours?.kind.sort != stages.theirs?.kind.sort {
            index = settleDistinct(index)
        } else if files.isSuperset(of: .sides) {
            try settleByContent(index)
        } else if files == [.base, .ours] {
            settleModifyDelete(index, .ours)
        } else if files == [.base, .theirs] {
            settleModifyDelete(index, .theirs)
        } else if let side = Side(onlyIn: files) {
            entries[index].result = stages[side.stage]
            entries[index].isSettled = !isStuck(index)
        } else if files == .base {
            entries[index].result = nil
            entries[index].isSettled = !entries[index].isPathConflict
        }
        if !entries[index].isSettled { conflicted.append(index) }
        record(index)
    }

    /// Whether a path stays conflicted although its content is settled.
    private func isStuck(_ index: Int) -> Bool {
        entries[index].isFileAgainstFolder || entries[index].isPathConflict
    }

    /// A file whose path is, or was, a folder too; gives the entry to go on with, nil where the file is gone anyway.
    private func makeWay(_ index: Int) -> Int? {
        mayLose = true
        if entries[index].result == nil {
            // The folder merged to nothing: the file may stay.
            entries[index].isFileAgainstFolder = false
            dropFolderStages(index)
            return index
        }
        if entries[index].files == .base {
            entries[index].files = []
            return nil
        }
        // A rename may have made all three stages files, so the folder's side tells whose the file is.
        let side: Side = entries[index].folders.contains(.ours) ? .theirs : .ours
        let old = entries[index].path
        let path = freePath(old, side)
        var moved = entries[index]
        moved.path = path
        moved.subfolder = nil
        moved.result = nil
        moved.fileSide = side
        let new = add(moved)
        dropFolderStages(new)
        say(
            .conflict(.fileDirectory), path, [old],
            """
            CONFLICT (file/directory): directory in the way of \(old) from \(labels[side]); moving it to \(path) \
            instead.
            """)
        entries[index].files = []
        return new
    }

    private func dropFolderStages(_ index: Int) {
        entries[index].matching.subtract(entries[index].folders)
        entries[index].folders = []
        for stage in MergeStage.allCases where !entries[index].files.contains(stage) {
            entries[index].stages[stage] = nil
        }
    }

    private func settleByMatch(_ index: Int) {
        entries[index].isSettled = !isStuck(index)
        let matching = entries[index].matching
        if matching == .sides {
            entries[index].result = entries[index].stages.ours
        } else {
            let side: Side = matching.contains(.ours) ? .theirs : .ours
            entries[index].result = entries[index].stages[side.stage]
            if entries[index].result == nil { entries[index].isSettled = true }
        }
    }

    // MARK: Different kinds of things

    /// A file on one side, a link or submodule on the other: one or both go to paths of their own.
    private func settleDistinct(_ index: Int) -> Int {
        mayLose = true
        let stages = entries[index].stages
        if depth > 0 {
            entries[index].result = stages.base
            return index
        }
        let path = entries[index].path
        let movesOurs = stages.ours?.isRegularFile == true || stages.theirs?.isRegularFile != true
        let movesTheirs = stages.ours?.isRegularFile != true
        let ourPath = movesOurs ? freePath(path, .ours) : path
        let theirPath = movesTheirs ? freePath(path, .theirs) : path
        if movesOurs, movesTheirs {
            say(
                .conflict(.distinctModes), path, [ourPath, theirPath],
                """
                CONFLICT (distinct types): \(path) had different types on each side; renamed both of them so each can \
                be recorded somewhere.
                """)
        } else {
            say(
                .conflict(.distinctModes), path, [movesOurs ? ourPath : theirPath],
                """
                CONFLICT (distinct types): \(path) had different types on each side; renamed one of them so each can \
                be recorded somewhere.
                """)
        }
        let whole = entries[index]
        let ours = place(whole, .ours, at: ourPath, reusing: movesOurs ? nil : index)
        let theirs = place(whole, .theirs, at: theirPath, reusing: movesTheirs ? nil : index)
        if movesOurs, movesTheirs { entries[index].isGone = true }
        conflicted.append(theirs)
        record(theirs)
        return ours
    }

    /// Leaves only one side's version in an entry, at its path or at a new one.
    private func place(_ whole: Entry, _ side: Side, at path: RepoPath, reusing index: Int?) -> Int {
        var entry = whole
        entry.path = path
        entry.subfolder = nil
        entry.result = whole.stages[side.stage]
        entry.stages[side.other.stage] = nil
        entry.files.remove(side.other.mask)
        if (whole.stages.base?.kind ?? .nothing).sort != (whole.stages[side.stage]?.kind ?? .nothing).sort {
            entry.stages.base = nil
            entry.files.remove(.base)
        } else {
            entry.files.insert(.base)
        }
        if let index {
            entries[index] = entry
            return index
        }
        return add(entry)
    }

    // MARK: Contents

    private func settleByContent(_ index: Int) throws(GitError) {
        let entry = entries[index]
        let merged = try mergeContent(
            entry.path, entry.stages, names: entry.names, extraMarkers: 2 * depth)
        entries[index].isSettled = merged.isClean && !isStuck(index)
        entries[index].result = merged.entry
        if merged.isClean, entry.isFileAgainstFolder, let side = entry.fileSide {
            entries[index].files = side.mask
            entries[index].stages[side.stage] = merged.entry
        }
        guard !merged.isClean else { return }
        let reason =
            merged.entry?.kind == .gitlink ? "submodule" : entry.files == .sides ? "add/add" : "content"
        say(.conflict(.contents), entry.path, [], "CONFLICT (\(reason)): Merge conflict in \(entry.path)")
    }

    private func settleModifyDelete(_ index: Int, _ side: Side) {
        let entry = entries[index]
        // Inside a virtual base, the version before both sides is the fair one.
        entries[index].result = depth > 0 ? entry.stages.base : entry.stages[side.stage]
        // A rename against a deletion was said already, and the file itself was not modified.
        if entry.isPathConflict, entry.stages.base?.id == entry.stages[side.stage]?.id { return }
        let (modifier, deleter) = (labels[side], labels[side.other])
        say(
            .conflict(.modifyDelete), entry.path, [],
            """
            CONFLICT (modify/delete): \(entry.path) deleted in \(deleter) and modified in \(modifier).  Version \
            \(modifier) of \(entry.path) left in tree.
            """)
    }

    // MARK: Folders

    /// The merged tree of a folder whose content is settled; nil where nothing is left in it.
    private func finish(_ index: Int) throws(GitError) -> ObjectID? {
        let folder = folders[index]
        return try context.store.mergeTree(folder.trees.ours, from: folder.ours, changing: folder.records)
    }
}
