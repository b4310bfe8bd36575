internal import HybridBase
public import HybridPlan
internal import HybridSystem

/// Where an answer comes from that stands for a run of verify commands: nothing ran for it.
public struct RememberedAnswer: Codable, Hashable, Sendable {
    /// The run in which the commands said so; nil where that is not known.
    public var run: RunID?
    /// Since when they say so, in seconds since 1970.
    public var since: Double
    /// Whether all of the answer is remembered; else some commands ran.
    public var isWhole: Bool

    /// Makes a description of where an answer comes from.
    public init(run: RunID?, since: Double, isWhole: Bool = true) {
        self.run = run
        self.since = since
        self.isWhole = isWhole
    }

    /// Where it comes from, in words.
    public var words: String {
        (isWhole ? "" : "in part ")
            + "remembered from \(run.map { "run \($0)" } ?? "an earlier run"), \(moment(since))"
            + (isWhole ? "; nothing ran again" : "")
    }
}
