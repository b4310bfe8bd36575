/// What kind of thing a tree holds under a name.
public enum EntryKind: UInt8, Hashable, Sendable, CaseIterable {
    /// A file.
    case file
    /// A file that may be executed.
    case executable
    /// A symbolic link; its object holds the target.
    case symlink
    /// A submodule; its id is a commit of another repository.
    case gitlink
    /// A folder.
    case tree
    /// No kind at all: what git's merge writes, with an id of zeros, in rare cases in which it loses a file.
    ///
    /// Never read: git takes such an entry for a submodule.
    case nothing

    /// The kind that git takes a number for; what old tools wrote, such as 0o100664, is the nearest one.
    ///
    /// libgit2 gives numbers as they are written: what comes from there goes through here. Source: git's `canon_mode`.
    public init(mode: UInt32) {
        switch mode & 0o170000 {
        case 0o100000: self = mode & 0o100 == 0 ? .file : .executable
        case 0o120000: self = .symlink
        case 0o40000: self = .tree
        default: self = .gitlink
        }
    }

    /// git's number for the kind.
    public var mode: UInt32 {
        switch self {
        case .file: 0o100644
        case .executable: 0o100755
        case .symlink: 0o120000
        case .gitlink: 0o160000
        case .tree: 0o40000
        case .nothing: 0
        }
    }

    /// The number's octal digits, as a tree object has them.
    public var octal: String { String(mode, radix: 8) }

    /// Whether it is a file, executable or not, and no link.
    public var isFile: Bool { self == .file || self == .executable }

    /// The kind without the executable bit: versions of one sort can be merged.
    public var sort: EntryKind { self == .executable ? .file : self }
}

/// What a tree holds under one name.
public struct TreeEntry: Hashable, Sendable {
    /// The object.
    public var id: ObjectID
    /// What it is.
    public var kind: EntryKind

    /// Makes an entry.
    public init(kind: EntryKind, id: ObjectID) {
        self.id = id
        self.kind = kind
    }

    /// A folder with this tree.
    public static func tree(_ id: ObjectID) -> TreeEntry { TreeEntry(kind: .tree, id: id) }

    /// Whether it is a tree.
    public var isTree: Bool { kind == .tree }
    /// Whether it is a file, executable or not, and no link.
    public var isRegularFile: Bool { kind.isFile }
}

/// One name of a folder and what stands there; nil for nothing.
public struct TreeRecord: Sendable {
    /// The name.
    public var name: ArraySlice<UInt8>
    /// What the folder holds, or is to hold.
    public var entry: TreeEntry?

    /// Makes a record.
    public init(name: ArraySlice<UInt8>, entry: TreeEntry?) {
        self.name = name
        self.entry = entry
    }
}
