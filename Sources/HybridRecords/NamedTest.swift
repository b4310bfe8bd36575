internal import HybridPlan

/// A test that a verify command's output names as failing, and what is known of it.
///
/// Names serve people and tracing; no verdict depends on them.
public struct NamedTest: Codable, Hashable, Sendable {
    /// What is known of a failing test.
    public enum Standing: String, Codable, Hashable, Sendable, CaseIterable {
        /// It fails.
        case fails
        /// It fails on the run's base already, without any worker's change.
        case failsOnBase = "fails-on-base"
        /// It fails only when the workers named come together.
        case failsTogether = "fails-together"
        /// It failed, and did not when the same tree was verified again.
        case flaky

        /// The standing for a person; empty where there is nothing to add.
        public var words: String {
            switch self {
            case .fails: ""
            case .failsOnBase: "fails on the base already"
            case .failsTogether: "fails only together"
            case .flaky: "flaky"
            }
        }
    }

    /// The name as the test's own runner writes it, made safe for display.
    public var name: String
    /// What is known of it.
    public var standing: Standing

    /// Names a test.
    public init(name: String, standing: Standing) {
        self.name = name
        self.standing = standing
    }
}

extension [NamedTest] {
    /// The most names that one line shows.
    static let shownOnLine = 3

    /// The names on one line; empty where there are none.
    package func line() -> String {
        guard !isEmpty else { return "" }
        let more = count - Self.shownOnLine
        return prefix(Self.shownOnLine).map(\.name).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }
}
