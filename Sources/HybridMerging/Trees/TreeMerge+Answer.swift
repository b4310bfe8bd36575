import HybridGit

extension TreeMerge {
    /// The answer to the one who asked.
    func answer(_ tree: ObjectID, isClean: Bool) -> MergeAnswer {
        var listed: [MergeAnswer.ConflictedEntry] = []
        for index in conflicted {
            let entry = entries[index]
            for stage in MergeStage.allCases where entry.files.contains(stage) {
                listed.append(
                    MergeAnswer.ConflictedEntry(
                        path: entry.path, stage: stage, origin: entry.names[stage],
                        entry: entry.stages[stage] ?? TreeEntry(kind: .nothing, id: .zero)))
            }
        }
        listed.sort { $0.path != $1.path ? $0.path < $1.path : $0.stage.rawValue < $1.stage.rawValue }
        let said = messages.keys.sorted().flatMap { messages[$0] ?? [] }
        return MergeAnswer(
            isClean: isClean && lost.isEmpty && !said.contains(where: \.isConflict), isCleanForGit: isClean,
            tree: tree, conflicted: listed, messages: said,
            advice: SubmoduleConflict.advice(conflictedSubmodules),
            isAdviceApart: context.options.rules.contains(.adviceApart),
            neededRenameLimit: neededRenameLimit > 0 ? neededRenameLimit : nil, lost: lost, texts: texts)
    }
}
