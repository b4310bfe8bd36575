public import HybridBase
internal import HybridGit
internal import HybridPlan

/// Why a run could not go on when it was last driven.
public struct RunProblem: Codable, Hashable, Sendable {
    /// What it is about.
    public var thing: String
    /// Why it could not be done.
    public var reason: String
    /// What to do about it; nil where the reason says it.
    public var next: String?
    /// What kind of problem; nil in older versions' records.
    public var code: HybridError.Code?

    /// Takes an error for the record; a long one is cut.
    package init(_ error: any Error) {
        func kept(_ text: String) -> String { neutralise(text, limit: 1000) }
        let told = HybridError.told(error, about: "the run")[0]
        (thing, reason, next) = (kept(told.thing), kept(told.reason), told.next.map(kept))
        code = told.code
    }

    /// What could not be done, in a line.
    public var text: String { "\(thing): \(reason)" }
}
