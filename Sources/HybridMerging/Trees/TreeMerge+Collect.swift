import HybridGit

extension TreeMerge {
    /// git's own limit for folders within folders.
    private static let maximumDepth = 2048

    /// Walks the three trees and collects every path that ids alone do not settle, with the renames that may matter.
    ///
    /// Equal subtrees are skipped. A folder that only one side changed is put off: where it turns out that nothing in it can
    /// take part in a rename, that side's version is taken whole, unopened.
    func collect(_ trees: ThreeWay<ObjectID>) throws(GitError) {
        let read = try trees.map { (id) throws(GitError) in try intact(id, .root) }
        let root = Folder(path: .root, trees: read, ours: trees.ours)
        folders.append(root)
        folderAt[root.path] = 0
        try walk(0)
        try enterPutOff()
    }

    /// A tree of which no name occurs twice: of two entries of one name any could be meant.
    private func intact(_ id: ObjectID, _ path: RepoPath) throws(GitError) -> TreeObject {
        let tree = try context.store.tree(id)
        guard let doubled = tree.doubled else { return tree }
        throw GitError(
            .other, operation: "merge", subject: path.appending(tree.name(doubled)).description,
            reason: "the tree \(id) is damaged, it has two entries of this name; see git fsck")
    }

    private func walk(_ folder: Int) throws(GitError) {
        var walk = TreeWalk(folders[folder].trees)
        if renames.mask == .ours || renames.mask == .theirs {
            // A file that the other side added here makes the new place of this folder matter for all in it, so
            // the whole folder is looked at first.
            var steps: [TreeWalk.Step] = []
            while let step = walk.next() {
                if step.present.subtracting(step.folders) == renames.mask { renames.mask = .all }
                steps.append(step)
            }
            for step in steps { try take(step, walk, folder) }
        } else {
            while let step = walk.next() { try take(step, walk, folder) }
        }
    }

    private func take(_ step: TreeWalk.Step, _ walk: TreeWalk, _ folder: Int) throws(GitError) {
        pathsSeen += 1
        let stages = ThreeWay.each { walk.entry(step, $0) }
        let oursIsBase = stages.base != nil && stages.ours == stages.base
        let theirsIsBase = stages.base != nil && stages.theirs == stages.base
        let sidesAgree = stages.ours != nil && stages.ours == stages.theirs
        if oursIsBase, theirsIsBase { return }
        let files = step.present.subtracting(step.folders)
        if files == .all {
            if sidesAgree || theirsIsBase { return }
            if oursIsBase {
                folders[folder].records.append(TreeRecord(name: walk.name(step), entry: stages.theirs))
                return
            }
        }
        var matching: StageSet = []
        if oursIsBase {
            matching = [.base, .ours]
        } else if theirsIsBase {
            matching = [.base, .theirs]
        } else if sidesAgree {
            matching = .sides
        }
        let path = folders[folder].path.appending(walk.name(step))
        let before = renames.mask
        noteRenames(stages, path, folder: folders[folder].path, files, step.folders, matching)
        let index = add(
            Entry(
                path: path, folder: folder, stages: stages, files: files, folders: step.folders,
                matching: matching))
        guard !step.folders.isEmpty else { return }
        var changed: Side? = oursIsBase ? .theirs : theirsIsBase ? .ours : nil
        if files.isEmpty, let only = Side(onlyIn: step.folders) {
            entries[index].matching = StageSet.all.subtracting(step.folders)
            changed = only
        }
        if renames.mask != .all, let side = changed, renames.mayTakeWhole[side],
            !renames.targetFolders[side].contains(path)
        {
            renames.putOff[side][path] = renames.mask
            renames.mask = before
            return
        }
        try enter(index)
        renames.mask = before
    }

    /// Walks what is below an entry.
    private func enter(_ index: Int) throws(GitError) {
        let entry = entries[index]
        guard entry.path.depth < Self.maximumDepth else {
            throw GitError(
                .unsupported, operation: "merge", subject: entry.path.description,
                reason: "folders are nested more than \(Self.maximumDepth) deep")
        }
        let trees = try ThreeWay.each { (stage) throws(GitError) in
            guard entry.folders.contains(stage), let tree = entry.stages[stage] else {
                return TreeObject.empty
            }
            return try self.intact(tree.id, entry.path)
        }
        entries[index].matching.formIntersection(entry.files)
        let ours = entry.folders.contains(.ours) ? entry.stages.ours?.id : nil
        folders.append(Folder(path: entry.path, trees: trees, ours: ours))
        folderAt[entry.path] = folders.count - 1
        entries[index].subfolder = folders.count - 1
        try walk(folders.count - 1)
    }

    // MARK: Folders that were put off

    private func enterPutOff() throws(GitError) {
        let before = pathsSeen
        var after = 0
        for side in Side.allCases {
            let mayTakeWhole = renames.allTargetsKnown(side) { self.exists($0) }
            renames.mayTakeWhole[side] = mayTakeWhole
            let waiting = renames.putOff[side].ordered
            renames.putOff[side] = HashOrderedMap()
            for (path, mask) in waiting {
                guard let index = entry(path) else { continue }
                if mayTakeWhole, !renames.targetFolders[side].contains(path) {
                    takeWhole(index, side)
                } else {
                    renames.mask = mask
                    try enter(index)
                }
            }
            for (path, _) in renames.putOff[side].ordered {
                if let index = entry(path) { takeWhole(index, side) }
            }
            if !mayTakeWhole || after > 0 { after = pathsSeen }
        }
        renames.mask = []
        renames.decideOnSecondPass(before: before, after: after)
    }

    /// One side's version as it stands: the other side left the whole folder alone.
    ///
    /// Where it replaced the folder by a file, that file may still take part in a rename: it is not settled yet.
    private func takeWhole(_ index: Int, _ side: Side) {
        entries[index].result = entries[index].stages[side.stage]
        var isFile = false
        if context.options.rules.contains(.replacedFoldersSettle) {
            entries[index].folders.subtract(entries[index].matching)
            entries[index].files.subtract(entries[index].matching)
            isFile = entries[index].isFileAgainstFolder && entries[index].folders.isEmpty
            entries[index].isFileAgainstFolder = false
        }
        entries[index].matching = []
        entries[index].isSettled = !isFile
        if !isFile { record(index) }
    }

    // MARK: Renames that may matter

    /// Notes what a path means for finding renames: that it is gone or new on a side, and why its new place matters.
    private func noteRenames(
        _ stages: ThreeWay<TreeEntry?>, _ path: RepoPath, folder: RepoPath, _ files: StageSet,
        _ folders: StageSet, _ matching: StageSet
    ) {
        if renames.mask != .all, folders == [.base, .ours] || folders == [.base, .theirs] {
            renames.mask = folders.subtracting(.base)
        }
        if folders.contains(.base), folders != .all {
            let relevance: FolderRelevance = renames.mask == .all ? .forAncestor : .none
            for side in Side.allCases where !folders.contains(side.mask) {
                renames.removedFolders[side][path] = relevance
            }
        }
        if renames.mask == .all, let adder = Side(onlyIn: files) {
            renames.removedFolders[adder.other][folder] = .forSelf
        }
        guard !files.isEmpty, files != .all else { return }
        for side in Side.allCases {
            if files.contains(.base), !files.contains(side.mask), let old = stages.base {
                renames.noteDeletion(
                    RenameFile(path: path, entry: old), side,
                    otherChanged: matching.intersection(files).isEmpty)
            } else if !files.contains(.base), files.contains(side.mask), let new = stages[side.stage] {
                renames.noteAddition(RenameFile(path: path, entry: new), side)
            }
        }
    }
}
