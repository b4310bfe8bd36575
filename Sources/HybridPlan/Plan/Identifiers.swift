/// The short name of a job, within refs, folders and commands: `a-z`, `0-9` and `-`, at most 60 bytes.
///
/// ```swift
/// let id = JobID("parser")    // nil for "Parser" or "-x"
/// ```
public struct JobID: RunIdentifier {
    /// The id as it is written.
    public let text: String

    /// Takes a text that can be a job's id; nil for others.
    public init?(_ text: some StringProtocol) {
        let isOne =
            (1...60).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { RunNames.isDigit($0) || RunNames.isLetter($0) || $0 == 45 }
        if !isOne { return nil }
        self.text = String(text)
    }

    /// Takes a text as its author wrote it; what reads a plan checks it.
    package init(unchecked text: String) { self.text = text }
}

/// The name of a run, such as `20261128-172136-k3x9`.
///
/// UTC date and time, and four characters that tell runs of one second apart: runs sort by it as they began.
///
/// ```swift
/// let id = RunID("20261128-172136-k3x9")    // nil for "latest"
/// ```
public struct RunID: RunIdentifier {
    /// The id as it is written.
    public let text: String

    /// Takes a text that can be a run's id; nil for others.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 6, 4], parts[0].utf8.allSatisfy(RunNames.isDigit),
            parts[1].utf8.allSatisfy(RunNames.isDigit),
            parts[2].utf8.allSatisfy({ RunNames.isDigit($0) || RunNames.isLetter($0) })
        else { return nil }
        self.text = String(text)
    }

    /// Takes a text as somebody wrote it; no run is found by one that is none.
    package init(unchecked text: String) { self.text = text }
}

/// What ids of runs and jobs have in common: they are plain text where they are written.
public protocol RunIdentifier: Hashable, Comparable, Codable, CodingKeyRepresentable, CustomStringConvertible,
    Sendable
{
    /// The id as it is written.
    var text: String { get }

    /// Takes a text that can be such an id; nil for others.
    init?(_ text: some StringProtocol)
}

extension RunIdentifier {
    /// The id as it is written.
    public var description: String { text }

    /// Orders by bytes.
    public static func < (a: Self, b: Self) -> Bool { a.text < b.text }

    /// Reads a text; throws where it can be no such id.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is no \(Self.self)")
        }
        self = id
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The id as the key of an object.
    public var codingKey: any CodingKey { text.codingKey }

    /// The id in the key of an object; nil where it can be none.
    public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}
