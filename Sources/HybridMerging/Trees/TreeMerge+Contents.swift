import HybridGit

extension TreeMerge {
    /// What the contents of one path merge to.
    struct MergedContent {
        var entry: TreeEntry?
        var isClean: Bool
        /// Whether the result holds what both versions made, or the user wants the other's part gone; not so where two
        /// versions that cannot be joined conflict, and one of them stands for both.
        var joinsBoth = true
    }

    /// Merges modes and contents of two versions of one kind.
    ///
    /// `names` are the versions' paths, shown in markers where they differ. `extraMarkers` widens markers, for contents
    /// whose markers may end up between other markers.
    func mergeContent(
        _ path: RepoPath, _ stages: ThreeWay<TreeEntry?>, names: ThreeWay<RepoPath>, extraMarkers: Int
    ) throws(GitError) -> MergedContent {
        let merged = try mergeVersions(path, stages, names, extraMarkers)
        if merged.joinsBoth { contents.note([stages.ours, stages.theirs], to: merged.entry?.id) }
        return merged
    }

    private func mergeVersions(
        _ path: RepoPath, _ stages: ThreeWay<TreeEntry?>, _ names: ThreeWay<RepoPath>, _ extraMarkers: Int
    ) throws(GitError) -> MergedContent {
        guard let ours = stages.ours, let theirs = stages.theirs else {
            return MergedContent(entry: stages.ours ?? stages.theirs, isClean: true)
        }
        let base = stages.base
        var isClean = true
        var kind = theirs.kind
        if ours.kind != theirs.kind, ours.kind != base?.kind {
            kind = ours.kind
            isClean = theirs.kind == base?.kind
        }
        if ours.id == theirs.id || ours.id == base?.id {
            return MergedContent(entry: TreeEntry(kind: kind, id: theirs.id), isClean: isClean)
        }
        if theirs.id == base?.id {
            return MergedContent(entry: TreeEntry(kind: kind, id: ours.id), isClean: isClean)
        }
        // A base of another kind has nothing to say.
        let comparable = base.flatMap { $0.kind.sort == ours.kind.sort ? $0 : nil }
        if ours.isRegularFile {
            let merged = try mergeFiles(
                path, ThreeWay(base: comparable?.id, ours: ours.id, theirs: theirs.id), names, extraMarkers)
            say(.note(.autoMerging), path, [], "Auto-merging \(path)")
            return MergedContent(
                entry: TreeEntry(kind: kind, id: merged.id), isClean: isClean && merged.isClean,
                joinsBoth: merged.joinsBoth)
        }
        if ours.kind == .gitlink {
            let merged = try mergeSubmodules(
                names.base, base: comparable?.id, ours: ours.id, theirs: theirs.id)
            if depth > 0, comparable == nil, !merged.isClean {
                return MergedContent(entry: base, isClean: false)
            }
            return MergedContent(entry: TreeEntry(kind: kind, id: merged.id), isClean: merged.isClean)
        }
        // Links cannot be merged; a virtual base keeps the one before both sides.
        if depth > 0 { return MergedContent(entry: base, isClean: false) }
        let id = favor == .theirs ? theirs.id : ours.id
        return MergedContent(
            entry: TreeEntry(kind: kind, id: id), isClean: isClean && favor != .none,
            joinsBoth: favor != .none)
    }

    /// What becomes of conflicts within files: merge bases are merged without a favourite.
    private var favor: TextMerge.Favor { depth > 0 ? .none : context.options.favor }

    // MARK: Files

    private func mergeFiles(
        _ path: RepoPath, _ ids: ThreeWay<ObjectID?>, _ names: ThreeWay<RepoPath>, _ extraMarkers: Int
    ) throws(GitError) -> (id: ObjectID, isClean: Bool, joinsBoth: Bool) {
        let rules = try context.contentRules(path)
        let merger = try rules.merger(
            for: path, isVirtualBase: depth > 0, context.options.drivers)
        if !keepsContents, merger == .text, context.isKnownClean(ids) { return (.zero, true, true) }
        let files = try context.blobs(ids)
        let markerSize = (rules.markerSize ?? 7) + extraMarkers
        let merged: (bytes: [UInt8], isClean: Bool)
        var joinsBoth = true
        switch merger {
        case .driver(let driver):
            merged = try driver.merge(
                files, path: path, markerSize: markerSize,
                labels: markerLabels(names, withBase: true).map { $0 ?? [] })
        case .binary:
            merged = mergeBinary(files, path, names, favor)
            joinsBoth = merged.isClean
        case .text, .union:
            if BinaryMerge.applies(to: files) {
                merged = mergeBinary(files, path, names, merger == .union ? .union : favor)
                joinsBoth = merged.isClean
            } else {
                let text = TextMerge.merge(
                    files,
                    TextMerge.Options(
                        style: context.options.conflictStyle, markerSize: markerSize,
                        labels: try markerLabels(names), favor: merger == .union ? .union : favor,
                        whitespace: context.options.whitespace, rules: context.options.rules))
                if text.isClean, merger == .text { context.noteClean(ids) }
                if !text.isClean { note(TextConflict(files: ids, hunks: text.conflicts), at: path) }
                merged = (text.bytes, text.isClean)
            }
        }
        let id = keepsContents ? try context.store.write(blob: merged.bytes) : .zero
        return (id, merged.isClean, joinsBoth)
    }

    private func mergeBinary(
        _ files: ThreeWay<[UInt8]>, _ path: RepoPath, _ names: ThreeWay<RepoPath>, _ favor: TextMerge.Favor
    ) -> (bytes: [UInt8], isClean: Bool) {
        let outcome = BinaryMerge.outcome(favor: favor, isVirtualBase: depth > 0)
        if !outcome.isClean {
            let (ours, theirs) = (label(.ours, names), label(.theirs, names))
            say(
                .conflict(.binary), path, [],
                "warning: Cannot merge binary files: \(path) (\(ours) vs. \(theirs))")
        }
        return (files[outcome.kept], outcome.isClean)
    }

    private func label(_ side: Side, _ names: ThreeWay<RepoPath>) -> [UInt8] {
        isNamedAlike(names) ? labels[side] : labels[side] + [UInt8(ascii: ":")] + names[side.stage].bytes
    }

    private func markerLabels(
        _ names: ThreeWay<RepoPath>, withBase: Bool = false
    ) throws(GitError) -> ThreeWay<[UInt8]?> {
        var base: [UInt8]?
        if withBase || context.options.conflictStyle != .merge {
            let shown = try labels.base()
            base = isNamedAlike(names) ? shown : shown + [UInt8(ascii: ":")] + names.base.bytes
        }
        return ThreeWay(base: base, ours: label(.ours, names), theirs: label(.theirs, names))
    }

    private func isNamedAlike(_ names: ThreeWay<RepoPath>) -> Bool {
        names.base == names.ours && names.base == names.theirs
    }
}
