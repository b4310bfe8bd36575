import HybridGit

extension TreeMerge {
    /// Moves what one side added, or renamed, into a folder that the other side renamed, to the folder's new place.
    ///
    /// Where that cannot be done without treading on something, nothing is moved and a conflict says so. Returns all
    /// renames of both sides, with their final targets.
    func moveIntoRenamedFolders(
        _ folders: FolderRenames
    ) throws(GitError) -> (renames: [SideRename], isClean: Bool) {
        var collisions = PerSide.each { self.collisions($0, folders) }
        var found: [SideRename] = []
        var isClean = true
        for side in Side.allCases {
            for pair in renames.pairs[side] {
                guard let target = pair.target?.path else { continue }
                var place = target
                if let rename = folders.renamed(above: target, by: side.other),
                    collisions[side.other][target] == nil
                {
                    if folders.moved[side][rename.new] != nil {
                        say(
                            .note(.directoryRenameSkipped), rename.old, [target, rename.new],
                            """
                            WARNING: Avoiding applying \(rename.old) -> \(rename.new) rename to \(target), \
                            because \(rename.new) itself was renamed.
                            """)
                    } else {
                        let wanted = target.moved(from: rename.old, to: rename.new)
                        if isFree(wanted, side, pair.source?.path ?? target, &collisions[side]) {
                            try move(target, to: wanted, pair, side)
                            place = wanted
                        } else {
                            isClean = false
                        }
                    }
                }
                // Where another file was moved to the place that an added one left, git takes that for its source.
                if let source = pair.source?.path ?? (place == target ? nil : target) {
                    found.append(SideRename(side: side, source: source, target: place))
                }
            }
        }
        return (found, isClean)
    }

    /// Where the other side's renamed folders would put what this side added: new place, paths.
    private func collisions(_ side: Side, _ folders: FolderRenames) -> [RepoPath: FolderCollision] {
        var found: [RepoPath: FolderCollision] = [:]
        guard !folders.moved[side.other].isEmpty else { return found }
        for pair in renames.pairs[side] {
            guard let target = pair.target?.path, let rename = folders.renamed(above: target, by: side.other)
            else { continue }
            let place = target.moved(from: rename.old, to: rename.new)
            var sources = found[place, default: FolderCollision()].sources
            if !sources.contains(target) {
                sources.append(target)
                sources.sort()
            }
            found[place] = FolderCollision(sources: sources)
        }
        return found
    }

    /// Whether a path can be moved to `place`: nothing of this side is there, and no other path wants to go there.
    private func isFree(
        _ place: RepoPath, _ side: Side, _ origin: RepoPath, _ collisions: inout [RepoPath: FolderCollision]
    ) -> Bool {
        guard let collision = collisions[place] else { return true }
        if collision.isReported { return false }
        var list: [UInt8] = []
        for source in collision.sources {
            if !list.isEmpty { list += ", ".utf8 }
            list += source.bytes
        }
        if isInTheWay(place, side, origin) {
            collisions[place]?.isReported = true
            say(
                .conflict(.directoryRenameFileInWay), place, collision.sources,
                """
                CONFLICT (implicit dir rename): Existing file/dir at \(place) in the way of implicit directory \
                rename(s) putting the following path(s) there: \(list).
                """)
            return false
        }
        if collision.sources.count > 1 {
            collisions[place]?.isReported = true
            say(
                .conflict(.directoryRenameCollision), place, collision.sources,
                """
                CONFLICT (implicit dir rename): Cannot map more than one path to \(place); implicit directory \
                renames tried to put these paths there: \(list)
                """)
            return false
        }
        return true
    }

    /// Whether a place is taken for a file of this side that came from `origin`.
    ///
    /// Also where the base had another file there, which is gone now: the two would share one entry.
    private func isInTheWay(_ place: RepoPath, _ side: Side, _ origin: RepoPath) -> Bool {
        switch standing(place) {
        case .absent: return false
        case .settled: return true
        case .entry(let index):
            let entry = entries[index]
            if entry.isSettled || !entry.files.union(entry.folders).isDisjoint(with: side.mask) {
                return true
            }
            return context.options.rules.contains(.renameSourcesStay) && entry.files.contains(.base)
                && origin != place
        }
    }

    private func move(
        _ path: RepoPath, to place: RepoPath, _ pair: RenamePair, _ side: Side
    ) throws(GitError) {
        guard let index = entry(path) else { return }
        let folder = try makeFolder(place.parent, entries[index].files)
        var moving = entries[index]
        moving.subfolder = nil
        if moving.folders.isEmpty {
            entries[index].isGone = true
        } else {
            // The folder at the old place stays until all below it is done; only the file moves.
            entries[index].files = []
            entries[index].isSettled = true
            for stage in MergeStage.allCases where !moving.folders.contains(stage) {
                entries[index].stages[stage] = nil
            }
            for stage in MergeStage.allCases where moving.folders.contains(stage) {
                moving.stages[stage] = nil
            }
            moving.folders = []
            moving.isFileAgainstFolder = false
            // git loses the file here; it answers with an entry that names nothing.
            if side == .ours, moving.stages.ours != nil {
                moving.stages.ours = TreeEntry(kind: .nothing, id: .zero)
            }
        }
        moving.path = place
        moving.folder = folder
        let target: Int
        if let there = entry(place) {
            target = there
            entries[target].files.formUnion(moving.files)
            if !entries[target].folders.isEmpty { entries[target].isFileAgainstFolder = true }
            entries[target].names[side.stage] = moving.names[side.stage]
            entries[target].stages[side.stage] = moving.stages[side.stage]
        } else {
            target = add(moving)
        }
        sayMoved(path, to: place, pair, side, target)
    }

    private func sayMoved(
        _ path: RepoPath, to place: RepoPath, _ pair: RenamePair, _ side: Side, _ target: Int
    ) {
        let (here, there) = (labels[side], labels[side.other])
        let apply = context.options.directoryRenames == .apply
        if !apply { entries[target].isPathConflict = true }
        let type: MergeMessageType =
            apply ? .note(.directoryRenameApplied) : .conflict(.directoryRenameSuggested)
        switch (pair.source?.path, apply) {
        case (nil, true):
            say(
                type, place, [path],
                """
                Path updated: \(path) added in \(here) inside a directory that was renamed in \(there); moving it \
                to \(place).
                """)
        case (let source?, true):
            say(
                type, place, [path],
                """
                Path updated: \(source) renamed to \(path) in \(here), inside a directory that was renamed in \
                \(there); moving it to \(place).
                """)
        case (nil, false):
            say(
                type, place, [path],
                """
                CONFLICT (file location): \(path) added in \(here) inside a directory that was renamed in \(there), \
                suggesting it should perhaps be moved to \(place).
                """)
        case (let source?, false):
            say(
                type, place, [path],
                """
                CONFLICT (file location): \(source) renamed to \(path) in \(here), inside a directory that was \
                renamed in \(there), suggesting it should perhaps be moved to \(place).
                """)
        }
    }

    /// The folder at a path, made where none was entered.
    ///
    /// What stands there unopened is not looked into: as in git, its content is missing from the merged tree.
    private func makeFolder(_ path: RepoPath, _ files: StageSet) throws(GitError) -> Int {
        if let known = folderAt[path] { return known }
        let index: Int
        switch standing(path) {
        case .absent:
            let parent = try makeFolder(path.parent, files)
            index = add(Entry(path: path, folder: parent, folders: files))
        case .settled:
            guard let parent = folderAt[path.parent] else { preconditionFailure("its folder was entered") }
            index = add(Entry(path: path, folder: parent, folders: .all))
            entries[index].isSettled = true
        case .entry(let known):
            index = known
        }
        folders.append(Folder(path: path, trees: ThreeWay(repeating: .empty), ours: nil))
        folderAt[path] = folders.count - 1
        entries[index].subfolder = folders.count - 1
        return folders.count - 1
    }
}
