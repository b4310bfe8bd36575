/// A path inside a repository: bytes as git stores them, `/` between components.
///
/// The path without bytes is the repository's root. A path that ends with `/` names a repository inside the working tree,
/// as git's status writes it.
public struct RepoPath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes, any encoding.
    public let bytes: [UInt8]

    /// What stands between components.
    package static var separator: UInt8 { UInt8(ascii: "/") }

    /// The folder that holds everything.
    public static let root = RepoPath(bytes: [])

    /// Wraps bytes that come from git.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Wraps a path that is text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Checks a path from elsewhere that a tree is to hold; throws `invalidName` for what no tree of git's can.
    ///
    /// Refused are the empty path, empty components, `.` and `..`, and NUL.
    public init(checked bytes: some Sequence<UInt8>) throws(GitError) {
        self.init(bytes: bytes)
        let parts = self.bytes.split(separator: Self.separator, omittingEmptySubsequences: false)
        let isWrong = parts.contains { $0.isEmpty || $0.elementsEqual([46]) || $0.elementsEqual([46, 46]) }
        guard !isWrong, !self.bytes.contains(0) else {
            throw GitError(
                .invalidName, operation: "read path", subject: description,
                reason: "a path in a tree has no empty component, no . or .., and no NUL")
        }
    }

    /// The path as text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// For display use ``description``.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The path with control characters and invalid bytes escaped, safe on a terminal.
    public var description: String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<32, 127, 0x80..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x2029, 0x202A...0x202E,
                0x2066...0x2069:
                out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Orders by bytes.
    public static func < (a: RepoPath, b: RepoPath) -> Bool {
        a.bytes.lexicographicallyPrecedes(b.bytes)
    }
}

extension RepoPath {
    /// Whether this is the folder that holds everything.
    public var isRoot: Bool { bytes.isEmpty }

    /// The names on the way from the root; none for the root itself.
    public var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.separator) }

    /// How many folders below the root's own entries this path is.
    public var depth: Int { bytes.count { $0 == Self.separator } }

    /// The last component.
    public var lastComponent: ArraySlice<UInt8> {
        bytes.lastIndex(of: Self.separator).map { bytes[($0 + 1)...] } ?? bytes[...]
    }

    /// The folder that holds this path; the root at the top.
    public var parent: RepoPath {
        bytes.lastIndex(of: Self.separator).map { RepoPath(bytes: bytes[..<$0]) } ?? .root
    }

    /// The folders above this path, the nearest first; the root is not among them.
    public var parents: some Sequence<RepoPath> {
        sequence(state: bytes[...]) { rest in
            guard let end = rest.lastIndex(of: Self.separator) else { return nil }
            rest = rest[..<end]
            return RepoPath(bytes: rest)
        }
    }

    /// Whether this is `folder` or lies below it; every path lies in the root.
    public func lies(in folder: RepoPath) -> Bool {
        if folder.isRoot { return true }
        guard bytes.starts(with: folder.bytes) else { return false }
        return bytes.count == folder.bytes.count || bytes[folder.bytes.count] == Self.separator
    }

    /// Appends one component, or several with `/` between them.
    public func appending(_ name: some Sequence<UInt8>) -> RepoPath {
        isRoot ? RepoPath(bytes: name) : RepoPath(bytes: bytes + [Self.separator] + name)
    }

    /// The same path below `target` instead of `folder`, in which it lies.
    public func moved(from folder: RepoPath, to target: RepoPath) -> RepoPath {
        let rest = bytes.dropFirst(folder.isRoot ? 0 : folder.bytes.count + 1)
        return rest.isEmpty ? target : target.appending(rest)
    }

    /// Whether it names a repository inside the working tree: it ends with `/`.
    public var isRepository: Bool { bytes.last == Self.separator }

    /// The path of a folder as git's status writes that of a repository inside: with `/` behind it.
    var asRepository: RepoPath { isRepository ? self : RepoPath(bytes: bytes + [Self.separator]) }

    /// The path without the `/` behind it.
    package var asFolder: RepoPath { isRepository ? RepoPath(bytes: bytes.dropLast()) : self }

    /// Whether a folder comes directly before what is in it: the order of paths as if every one ended in `/`.
    package static func precedesAsFolder(_ a: RepoPath, _ b: RepoPath) -> Bool {
        let (x, y) = (a.bytes, b.bytes)
        let common = min(x.count, y.count)
        var at = 0
        while at < common {
            if x[at] != y[at] { return x[at] < y[at] }
            at += 1
        }
        if x.count == y.count { return false }
        let (left, right) = (at < x.count ? x[at] : separator, at < y.count ? y[at] : separator)
        return left != right ? left < right : x.count < y.count
    }

    /// The bytes as a C string.
    var terminated: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
