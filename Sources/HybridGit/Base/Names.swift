internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A full reference name such as `refs/heads/main`, checked by git's rules.
public struct RefName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The full name.
    public let text: String

    /// Checks and wraps a full name; throws `invalidName`.
    public init(_ text: String) throws(GitError) {
        if Self.isPlain(text.utf8) {
            self.text = text
            return
        }
        // To say why a name is bad, libgit2 writes into what only its start makes.
        try Library.started()
        var valid: Int32 = 0
        let status = git_reference_name_is_valid(&valid, text)
        guard status == 0, valid == 1, !text.utf8.contains(0) else {
            throw GitError(
                .invalidName, operation: "read ref name", subject: text, reason: "not a valid ref name")
        }
        self.text = text
    }

    init(trusted text: String) { self.text = text }

    /// Whether git allows a ref of this name; it passes over files of other names.
    static func isValid(_ name: UnsafePointer<CChar>) -> Bool {
        if isPlain(UnsafeBufferPointer(start: name, count: strlen(name)).lazy.map { UInt8(bitPattern: $0) }) {
            return true
        }
        Library.start()
        var valid: Int32 = 0
        return git_reference_name_is_valid(&valid, name) == 0 && valid == 1
    }

    /// Whether a name is made of letters, digits and a few signs only, and valid; of others libgit2 has to tell.
    ///
    /// Source: git-check-ref-format(1).
    private static func isPlain(_ name: some Sequence<UInt8>) -> Bool {
        var (parts, last) = (0, UInt8(ascii: "/"))
        var part: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "/"):
                guard isPart(part), parts > 0 || part.elementsEqual("refs".utf8) else { return false }
                (parts, part) = (parts + 1, [])
            case 48...57, 65...90, 97...122, 95: part.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: "."):
                guard last != UInt8(ascii: "/"), byte != last else { return false }
                part.append(byte)
            default: return false
            }
            last = byte
        }
        return parts > 0 && isPart(part)
    }

    private static func isPart(_ part: [UInt8]) -> Bool {
        !part.isEmpty && part.last != UInt8(ascii: ".") && !part.suffix(5).elementsEqual(".lock".utf8)
    }

    /// The branch this names; nil outside `refs/heads/`.
    public var branch: BranchName? {
        text.rest(behind: "refs/heads/").map { BranchName(trusted: String($0)) }
    }

    /// The full name.
    public var description: String { text }

    /// Orders by bytes.
    public static func < (a: RefName, b: RefName) -> Bool { a.text.precedesInBytes(b.text) }

    /// Whether git takes both for one name: its names are bytes.
    public static func == (a: RefName, b: RefName) -> Bool { a.text.hasBytes(of: b.text) }

    /// Hashes the text: equal bytes are equal text.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The short name of a local branch, such as `main`.
public struct BranchName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name below `refs/heads/`.
    public let text: String

    /// Checks and wraps a branch name; refuses what git refuses, and names that begin with `-`
    /// or hold bidirectional overrides.
    public init(_ text: String) throws(GitError) {
        do throws(GitError) {
            _ = try RefName("refs/heads/" + text)
        } catch {
            throw GitError(
                .invalidName, operation: "read branch name", subject: text, reason: "not a valid branch name")
        }
        guard !text.beginsWithBytes(of: "-"), text != "HEAD",
            !text.unicodeScalars.contains(where: Self.isOverride)
        else {
            throw GitError(
                .invalidName, operation: "read branch name", subject: text, reason: "not a safe branch name")
        }
        self.text = text
    }

    /// Whether a sign turns the direction of text, or cannot be seen.
    private static func isOverride(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}", "\u{061C}", "\u{200B}":
            true
        default: false
        }
    }

    init(trusted text: String) { self.text = text }

    /// The full reference name.
    public var ref: RefName { RefName(trusted: "refs/heads/" + text) }

    /// The name below `refs/heads/`.
    public var description: String { text }

    /// Orders by bytes.
    public static func < (a: BranchName, b: BranchName) -> Bool { a.text.precedesInBytes(b.text) }

    /// Whether git takes both for one name: its names are bytes.
    public static func == (a: BranchName, b: BranchName) -> Bool { a.text.hasBytes(of: b.text) }

    /// Hashes the text: equal bytes are equal text.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
