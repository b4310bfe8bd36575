/// A path from the repository's root, `/` between components, already checked by ``Claim``'s rules.
public typealias RepoRelativePath = String

/// What a job may touch: a path, a directory, a glob, or a section of a file, with a kind.
public struct Claim: Hashable, Sendable {
    /// The pattern as anchored at the repository's root, without `./` in front; of a section, its file.
    public var path: String
    /// What the job may do there.
    public var kind: Kind
    /// The part of the file that is claimed; nil for all of it.
    public var section: Section?
    /// Whether it takes its paths away from the claims before it, `!docs/x`; the last claim that covers a path
    /// decides, as in gitignore.
    public var isExcluded: Bool

    /// A part of one file, as it stands at the base.
    public enum Section: Hashable, Sendable {
        /// Lines, counted from 1, both ends included: `path#L10-L80`.
        case lines(ClosedRange<Int>)
        /// A function, class or method and what it holds, from the outside in: `path::Class.method`.
        case symbol([String])
    }

    /// What a claim allows.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case create, edit, delete
        /// Any of the three; what a claim means when it says nothing.
        case write
        /// Dependencies: may be read, must not be touched.
        case read
    }

    /// Makes a claim.
    public init(path: String, kind: Kind = .write, section: Section? = nil, isExcluded: Bool = false) {
        self.path = path
        self.kind = kind
        self.section = section
        self.isExcluded = isExcluded
    }

    /// The claim as a plan writes it, without its kind.
    public var text: String { (isExcluded ? "!" : "") + path + (sectionText ?? "") }

    /// The section as it stands behind the path; nil where the whole file is claimed.
    var sectionText: String? {
        switch section {
        case nil: nil
        case .lines(let lines) where lines.count == 1: "#L\(lines.lowerBound)"
        case .lines(let lines): "#L\(lines.lowerBound)-L\(lines.upperBound)"
        case .symbol(let names): "::\(names.joined(separator: "."))"
        }
    }
}
