import HybridGit

extension TreeMerge {
    /// Merges only some paths, each of which both sides changed and neither took away.
    ///
    /// Where nothing else of two change sets meets, this gives the verdict of the whole merge: all other paths are clean, and
    /// no rename can play in, as neither side touched what the other took away. No tree is written.
    func runPaths(_ paths: [(path: RepoPath, stages: ThreeWay<TreeEntry?>)]) throws(GitError) {
        folders.append(
            Folder(
                path: .root,
                trees: ThreeWay(repeating: .empty), ours: nil))
        folderAt[.root] = 0
        for (path, stages) in paths {
            if stages.ours == stages.theirs { continue }
            var files: StageSet = .sides
            if stages.base != nil { files.insert(.base) }
            try settle(add(Entry(path: path, folder: 0, stages: stages, files: files)))
        }
    }
}
