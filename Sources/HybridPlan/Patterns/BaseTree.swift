internal import HybridSystem

/// The tree that a plan is checked against, asked path by path.
public protocol BaseTree {
    /// What stands at a path; nil when nothing does.
    func entry(_ path: String) throws -> BaseEntry?
    /// What a folder holds, the root for the empty path; nothing where there is none.
    func names(in folder: String) throws -> [(name: [UInt8], entry: BaseEntry)]
    /// The bytes of a file, or where a link points; nil where neither stands there.
    func content(of path: String) throws -> [UInt8]?
    /// Files of ignore rules that count beside the tree's own, the weakest first.
    func sharedIgnoreFiles() throws -> [(name: String, content: [UInt8])]
}

/// What stands at a path of the base.
public enum BaseEntry: Hashable, Sendable {
    case file, directory, symlink, submodule
}

extension BaseTree {
    /// Nothing: a tree that only answers path by path.
    public func names(in folder: String) throws -> [(name: [UInt8], entry: BaseEntry)] { [] }
    /// Nothing: a tree without contents.
    public func content(of path: String) throws -> [UInt8]? { nil }
    /// None.
    package func sharedIgnoreFiles() throws -> [(name: String, content: [UInt8])] { [] }
}
