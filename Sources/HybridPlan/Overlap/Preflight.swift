package import HybridBase
internal import HybridMerging

/// What keeps a plan from running in this repository, found before anything is made.
///
/// `check` tells it; `run` and `start` refuse it, in the same words.
public struct Preflight: Sendable {
    /// A way to begin a run.
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// hybrid launches the workers.
        case run
        /// People do.
        case start
    }

    /// One thing that is in the way, or may come to be.
    public struct Finding: Sendable {
        /// A stable name.
        public var id: String
        /// The thing, the reason and what to type next, as the refusal says it.
        public var error: any Error & Sendable
        /// What refuses to begin because of it; none for a warning.
        public var refusedBy: Set<Way>

        /// The words.
        public var text: String { "\(error)" }

        package init(_ id: String, _ error: any Error & Sendable, refusedBy: Set<Way> = Set(Way.allCases)) {
            (self.id, self.error, self.refusedBy) = (id, error, refusedBy)
        }

        package init(warning id: String, _ error: HybridError) {
            self.init(id, error, refusedBy: [])
        }
    }

    /// All that was found.
    public var findings: [Finding] = []

    /// Nothing is in the way.
    public init() {}

    /// How the plan is meant to begin: one without any command is for people.
    public var way = Way.run

    /// What stops the plan.
    public var stops: [Finding] { findings.filter { $0.refusedBy.contains(way) } }
    /// What does not.
    public var warnings: [Finding] { findings.filter { !$0.refusedBy.contains(way) } }

    /// Throws where a run may not begin this way: the error itself where there is one, all of them where there are more.
    public func refuse(_ way: Way) throws {
        let refused = findings.filter { $0.refusedBy.contains(way) }
        if refused.count == 1 { throw refused[0].error }
        if !refused.isEmpty { throw Refusal(findings: refused) }
    }

    /// Several things that keep a run from beginning.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        /// What was found.
        public var findings: [Finding]

        package init(findings: [Finding]) {
            self.findings = findings
        }

        /// All of it.
        public var description: String { findings.map(\.text).joined(separator: "; ") }
    }
}

extension Preflight.Refusal: ToldError {
    package var told: [HybridError] { findings.flatMap { HybridError.told($0.error, about: $0.id) } }
}
