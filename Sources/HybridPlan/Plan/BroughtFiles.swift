internal import HybridBase
internal import HybridGit

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

    /// The file at a checkout's root that names such files by patterns, as several tools read it.
    package static let includeFile = ".worktreeinclude"

    /// The patterns of such a file, as a plan holds them; those that lead out of the checkout match nothing.
    package static func included(_ content: [UInt8]?) -> [BroughtFiles] {
        guard let content else { return [] }
        var bytes = content[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        return bytes.split(separator: 10).compactMap { line in
            guard let text = String(validating: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            else {
                return nil
            }
            let isBlank = text.allSatisfy(\.isWhitespace) || text.utf8.first == 35 || text.utf8.contains(0)
            return isBlank || text.pathParts.contains { $0 == ".." } ? nil : BroughtFiles(text)
        }
    }

    /// Makes one.
    public init(_ pattern: String, way: Way = .copy) {
        self.pattern = pattern
        self.way = way
    }
}
