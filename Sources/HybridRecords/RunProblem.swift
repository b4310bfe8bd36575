internal import HybridBase
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

    /// Takes an error for the record; a long one is cut.
    package init(_ error: any Error) {
        func kept(_ text: String) -> String { neutralise(text, limit: 1000) }
        if let known = error as? HybridError {
            (thing, reason, next) = (kept(known.thing), kept(known.reason), known.next.map(kept))
        } else if let known = error as? GitError {
            (thing, reason) = (kept("\(known.operation) \(known.subject)"), kept(known.reason))
        } else {
            (thing, reason) = ("the run", kept("\(error)"))
        }
    }

    /// What could not be done, in a line.
    public var text: String { "\(thing): \(reason)" }
}
