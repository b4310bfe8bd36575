internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension RunState {
    /// Whether a run's workers, or what is merged of them, may still come to the target by themselves.
    var isOpen: Bool {
        switch self {
        case .preparing, .pausedPrepare, .working, .handWorked, .pausedIntegrate, .integrated, .verified,
            .landingPending:
            true
        default: false
        }
    }
}

extension RunRecord {
    /// Whether it failed before anything was launched, so that it stands in nobody's way until it goes on.
    var gaveWay: Bool { state == .preparing && problem != nil }
}
