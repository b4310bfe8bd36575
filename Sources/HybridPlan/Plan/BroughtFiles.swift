/// Ignored files of the user's checkout that worktrees get as well.
public struct BroughtFiles: Hashable, Sendable {
    /// How they come into a worktree.
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// As clones that share their blocks where the disk can, as copies elsewhere.
        case copy
        /// As clones, or not at all.
        case clone
        /// As a symlink to the user's own.
        case link
    }

    /// A pattern as a line of `.gitignore` is: a file, a folder, a glob.
    public var pattern: String
    /// How they come.
    public var way: Way

    /// Makes one.
    public init(_ pattern: String, way: Way = .copy) {
        self.pattern = pattern
        self.way = way
    }
}
