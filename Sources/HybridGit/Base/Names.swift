internal import CLibgit2
internal import HybridBase

/// A full reference name such as `refs/heads/main`, checked by git's rules.
public struct RefName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The full name.
    public let text: String

    /// Checks and wraps a full name; throws `invalidName`.
    public init(_ text: String) throws(GitError) {
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
        var valid: Int32 = 0
        return git_reference_name_is_valid(&valid, name) == 0 && valid == 1
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
        let overrides: Set<Unicode.Scalar> = [
            "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}", "\u{2067}", "\u{2068}",
            "\u{2069}", "\u{200E}", "\u{200F}", "\u{061C}", "\u{200B}",
        ]
        guard !text.beginsWithBytes(of: "-"), text != "HEAD",
            !text.unicodeScalars.contains(where: overrides.contains)
        else {
            throw GitError(
                .invalidName, operation: "read branch name", subject: text, reason: "not a safe branch name")
        }
        self.text = text
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
