public import HybridGit

/// A file, or a whole folder, that is missing from a merged tree.
public struct LostContent: Hashable, Sendable {
    /// Where it stood, or was to stand.
    public var path: RepoPath
    /// The file or folder.
    public var entry: TreeEntry
}
