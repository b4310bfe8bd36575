internal import HybridBase

/// The folder of a worktree that is gone, and what was known of its files when they were written.
package struct SpareFolder: Hashable, Sendable {
    /// The folder, without a `.git`.
    package var folder: String
    /// The index as it was written with the files: a file is theirs as long as all its facts are those that stand there.
    package var index: String
    /// That index's checksum.
    package var checksum: ObjectID
    /// What decided how the files were written, as ``Repository/makeWorktrees(_:at:)`` gave it.
    package var rules: String
    /// Paths of what git ignores that may stay; mostly none.
    package var kept: [String]
    /// Where folders go that have no place in the new worktree.
    package var later: String

    package init(
        folder: String, index: String, checksum: ObjectID, rules: String, kept: [String] = [], later: String
    ) {
        self.folder = folder
        self.index = index
        self.checksum = checksum
        self.rules = rules
        self.kept = kept
        self.later = later
    }

    /// The checksum of an index that was just written, and the bytes of the files that it lists; nil for what is none.
    package static func facts(ofIndex path: String) throws(GitError) -> (checksum: ObjectID, size: Int)? {
        guard let index = try RawIndex(path) else { return nil }
        return (index.writtenChecksum, index.filesSize)
    }
}
