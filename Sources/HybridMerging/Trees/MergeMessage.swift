public import HybridGit

/// What git calls a kind of conflict, spelled as `merge-tree -z` prints it; and one that git does not see.
public enum ConflictKind: String, Hashable, Sendable, CaseIterable {
    case contents = "CONFLICT (contents)"
    case binary = "CONFLICT (binary)"
    case fileDirectory = "CONFLICT (file/directory)"
    case distinctModes = "CONFLICT (distinct modes)"
    case modifyDelete = "CONFLICT (modify/delete)"
    case renameRename = "CONFLICT (rename/rename)"
    case renameCollides = "CONFLICT (rename involved in collision)"
    case renameDelete = "CONFLICT (rename/delete)"
    case directoryRenameSuggested = "CONFLICT (directory rename suggested)"
    case directoryRenameFileInWay = "CONFLICT (file in way of directory rename)"
    case directoryRenameCollision = "CONFLICT(directory rename collision)"
    case directoryRenameSplit = "CONFLICT(directory rename unclear split)"
    case submodule = "CONFLICT (submodule)"
    case submodulePossible = "CONFLICT (submodule with possible resolution)"
    case submoduleNotInitialized = "CONFLICT (submodule not initialized)"
    case submoduleHistoryMissing = "CONFLICT (submodule history not available)"
    case submoduleRewound = "CONFLICT (submodule may have rewinds)"
    case submoduleNoBase = "CONFLICT (submodule lacks merge base)"
    /// No kind of git's: its merged tree leaves out a file that nobody took away.
    case contentLost = "CONFLICT (content lost)"

    /// Whether a file or folder that somebody renamed plays a part.
    public var isRename: Bool {
        switch self {
        case .renameRename, .renameCollides, .renameDelete, .directoryRenameSuggested,
            .directoryRenameFileInWay, .directoryRenameCollision, .directoryRenameSplit:
            true
        case .contents, .binary, .fileDirectory, .distinctModes, .modifyDelete, .submodule,
            .submodulePossible, .submoduleNotInitialized, .submoduleHistoryMissing, .submoduleRewound,
            .submoduleNoBase, .contentLost:
            false
        }
    }

    /// Whether somebody deleted the file.
    public var isDeletion: Bool { self == .modifyDelete || self == .renameDelete }
}

/// What a merge did that is told without being a conflict; spelled as `merge-tree -z` prints it.
public enum MergeNote: String, Hashable, Sendable, CaseIterable {
    case autoMerging = "Auto-merging"
    case directoryRenameApplied = "Path updated due to directory rename"
    case directoryRenameSkipped = "Directory rename skipped since directory was renamed on both sides"
    case submoduleFastForward = "Fast forwarding submodule"
}

/// What a merge has to say: a conflict, or a note about what was done without one.
public enum MergeMessageType: Hashable, Sendable {
    case conflict(ConflictKind)
    case note(MergeNote)

    /// What git calls it.
    public var text: String {
        switch self {
        case .conflict(let kind): kind.rawValue
        case .note(let note): note.rawValue
        }
    }
}

/// One thing that a merge has to say about a path.
public struct MergeMessage: Hashable, Sendable {
    /// The kind.
    public var type: MergeMessageType
    /// The path that it is about, then the others that take part.
    public var paths: [RepoPath]
    /// The sentence, as git words it; bytes, since paths and labels may be in any encoding.
    public var text: [UInt8]

    var isConflict: Bool { if case .conflict = type { true } else { false } }
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
