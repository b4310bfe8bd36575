import HybridGit

/// Which folders each side renamed: where most of a folder's files went, where the folder itself is gone.
///
/// A folder that both sides renamed counts for neither, so that each side's files stay where that side put them.
struct FolderRenames {
    /// The folders that a side renamed, and their new place.
    private(set) var moved: PerSide<[RepoPath: RepoPath]>
    /// The folders whose files went to several places, none of them the place of most.
    private(set) var unclear: PerSide<[RepoPath]>

    init(_ counts: PerSide<[RepoPath: [RepoPath: Int]]>, isWanted: Bool) {
        moved = PerSide(ours: [:], theirs: [:])
        unclear = PerSide(ours: [], theirs: [])
        guard isWanted else { return }
        for side in Side.allCases {
            for (folder, targets) in counts[side] {
                guard let most = targets.values.max() else { continue }
                let best = targets.filter { $0.value == most }
                if best.count > 1 {
                    unclear[side].append(folder)
                } else if let target = best.keys.first {
                    moved[side][folder] = target
                }
            }
            unclear[side].sort()
        }
        for folder in moved.ours.keys where moved.theirs[folder] != nil {
            moved.ours[folder] = nil
            moved.theirs[folder] = nil
        }
    }

    /// The nearest folder above `path` that a side renamed.
    func renamed(above path: RepoPath, by side: Side) -> (old: RepoPath, new: RepoPath)? {
        guard !moved[side].isEmpty else { return nil }
        var folder = path.folder
        while !folder.bytes.isEmpty {
            if let new = moved[side][folder] { return (folder, new) }
            folder = folder.folder
        }
        return nil
    }

    /// The path after its folder `old` became `new`; an empty `new` is the top.
    static func apply(_ rename: (old: RepoPath, new: RepoPath), to path: RepoPath) -> RepoPath {
        let rest = path.bytes[(rename.old.bytes.count + (rename.new.bytes.isEmpty ? 1 : 0))...]
        return RepoPath(bytes: rename.new.bytes + rest)
    }
}

/// The paths that would all be moved to one place because folders were renamed.
struct FolderCollision {
    /// The paths, sorted, each once.
    var sources: [RepoPath] = []
    /// Whether it was said already.
    var isReported = false
}

extension TreeMerge {
    /// Moves what one side added, or renamed, into a folder that the other side renamed, to the folder's new place.
    ///
    /// Where that cannot be done without treading on something, nothing is moved and a conflict says so. Returns all
    /// renames of both sides, with their final targets.
    func moveIntoRenamedFolders(
        _ folders: FolderRenames
    ) throws(GitError) -> (renames: [SideRename], isClean: Bool) {
        var collisions = PerSide(
            ours: self.collisions(.ours, folders), theirs: self.collisions(.theirs, folders))
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
                            .directoryRenameSkipped, rename.old, [target, rename.new],
                            """
                            WARNING: Avoiding applying \(rename.old) -> \(rename.new) rename to \(target), \
                            because \(rename.new) itself was renamed.
                            """)
                    } else {
                        let wanted = FolderRenames.apply(rename, to: target)
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
            let place = FolderRenames.apply(rename, to: target)
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
                .directoryRenameFileInWay, place, collision.sources,
                """
                CONFLICT (implicit dir rename): Existing file/dir at \(place) in the way of implicit directory \
                rename(s) putting the following path(s) there: \(list).
                """)
            return false
        }
        if collision.sources.count > 1 {
            collisions[place]?.isReported = true
            say(
                .directoryRenameCollision, place, collision.sources,
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
            return engine.options.rules.contains(.renameSourcesStay) && entry.files.contains(.base)
                && origin != place
        }
    }

    private func move(
        _ path: RepoPath, to place: RepoPath, _ pair: RenamePair, _ side: Side
    ) throws(GitError) {
        guard let index = entry(path) else { return }
        let folder = try makeFolder(place.folder, entries[index].files)
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
            if side == .ours, let file = moving.stages.ours {
                // git loses the file here; it answers with an entry that names nothing.
                lost.append(LostContent(path: place, entry: file))
                moving.stages.ours = TreeEntry(mode: 0, id: .zero)
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
        let apply = engine.options.directoryRenames == .apply
        if !apply { entries[target].isPathConflict = true }
        let type: MergeMessageType = apply ? .directoryRenameApplied : .directoryRenameSuggested
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
    /// What stands there unopened is not looked into: as in git, its content is missing from the merged tree, and is listed
    /// as lost.
    private func makeFolder(_ path: RepoPath, _ files: StageSet) throws(GitError) -> Int {
        if let known = folderAt[path] { return known }
        let index: Int
        switch standing(path) {
        case .absent:
            let parent = try makeFolder(path.folder, files)
            index = add(Entry(path: path, folder: parent, folders: files))
        case .settled:
            guard let parent = folderAt[path.folder] else { preconditionFailure("its folder was entered") }
            let trees = folders[parent].trees
            let base = trees.base.entry(named: path.lastComponent)
            let ours = trees.ours.entry(named: path.lastComponent)
            let kept = base == ours ? trees.theirs.entry(named: path.lastComponent) : ours
            if let kept { lost.append(LostContent(path: path, entry: kept)) }
            index = add(Entry(path: path, folder: parent, folders: .all))
            entries[index].isSettled = true
        case .entry(let known):
            if entries[known].isSettled, let kept = entries[known].result {
                lost.append(LostContent(path: path, entry: kept))
            }
            index = known
        }
        let empty = ThreeWay(base: TreeObject.empty, ours: TreeObject.empty, theirs: TreeObject.empty)
        folders.append(Folder(path: path, trees: empty, ours: nil))
        folderAt[path] = folders.count - 1
        entries[index].subfolder = folders.count - 1
        return folders.count - 1
    }
}
