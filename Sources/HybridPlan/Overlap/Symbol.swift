public import HybridBase

/// A definition in a source file: a function, class, method and the like.
public struct Symbol: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What it stands in, from the outside in.
    public var scope: [String]
    /// What it is, in the words of Universal Ctags.
    public var kind: String
    /// Its lines, from 1; only the first where its end is not known.
    public var lines: ClosedRange<Int>
    /// Whether it is known where it ends.
    public var hasEnd: Bool
    /// Its parameters as written; nil where it has none or they are not known.
    public var signature: String?

    package init(
        name: String, scope: [String], kind: String, lines: ClosedRange<Int>, hasEnd: Bool,
        signature: String? = nil
    ) {
        self.name = name
        self.scope = scope
        self.kind = kind
        self.lines = lines
        self.hasEnd = hasEnd
        self.signature = signature
    }

    /// The name with what it stands in.
    public var qualifiedName: String { (scope + [name]).joined(separator: ".") }
}

/// Finds the definitions in source files.
public protocol SymbolSource {
    /// The definitions of each text, in order; nil for one whose language is not known.
    ///
    /// Throws where no tool for it is there, or it fails.
    func symbols(in files: [(path: String, text: [UInt8])]) throws(HybridError) -> [[Symbol]?]
}
