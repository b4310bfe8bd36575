public import HybridGit

/// What git calls a kind of conflict, or a note about what was done without one; spelled as `merge-tree -z` prints it.
public enum MergeMessageType: String, Hashable, Sendable {
    case autoMerging = "Auto-merging"
    case contents = "CONFLICT (contents)"
    case binary = "CONFLICT (binary)"
    case fileDirectory = "CONFLICT (file/directory)"
    case distinctModes = "CONFLICT (distinct modes)"
    case modifyDelete = "CONFLICT (modify/delete)"
    case renameRename = "CONFLICT (rename/rename)"
    case renameCollides = "CONFLICT (rename involved in collision)"
    case renameDelete = "CONFLICT (rename/delete)"
    case directoryRenameSuggested = "CONFLICT (directory rename suggested)"
    case directoryRenameApplied = "Path updated due to directory rename"
    case directoryRenameSkipped = "Directory rename skipped since directory was renamed on both sides"
    case directoryRenameFileInWay = "CONFLICT (file in way of directory rename)"
    case directoryRenameCollision = "CONFLICT(directory rename collision)"
    case directoryRenameSplit = "CONFLICT(directory rename unclear split)"
    case submoduleFastForward = "Fast forwarding submodule"
    case submodule = "CONFLICT (submodule)"
    case submodulePossible = "CONFLICT (submodule with possible resolution)"
    case submoduleNotInitialized = "CONFLICT (submodule not initialized)"
    case submoduleHistoryMissing = "CONFLICT (submodule history not available)"
    case submoduleRewound = "CONFLICT (submodule may have rewinds)"
    case submoduleNoBase = "CONFLICT (submodule lacks merge base)"

    /// Whether it names a conflict; the others are notes.
    public var isConflict: Bool { rawValue.hasPrefix("CONFLICT") }
}

/// One thing that a merge has to say about a path.
public struct MergeMessage: Hashable, Sendable {
    /// The kind.
    public var type: MergeMessageType
    /// The path that it is about, then the others that take part.
    public var paths: [RepoPath]
    /// The sentence, as git words it; bytes, since paths and labels may be in any encoding.
    public var text: [UInt8]
}

/// A sentence with paths and labels in it, as bytes.
struct MessageText: ExpressibleByStringInterpolation {
    var bytes: [UInt8]

    struct StringInterpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 24)
        }

        mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        mutating func appendInterpolation(_ path: RepoPath) { bytes += path.bytes }
        mutating func appendInterpolation(_ label: [UInt8]) { bytes += label }
        mutating func appendInterpolation(_ text: String) { bytes += text.utf8 }
    }

    init(stringLiteral value: String) { bytes = Array(value.utf8) }
    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }
}
