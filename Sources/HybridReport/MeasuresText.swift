internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension Measures {
    /// The measures beside their targets, as rows of name, figure, target, met.
    public var rows: [(name: String, figure: String, target: String, met: Bool?)] {
        let byHand = unknown
        var rows: [(name: String, figure: String, target: String, met: Bool?)] = [
            ("hybrid time", Self.time(wall), "", nil)
        ]
        if !waiting.isEmpty {
            let parts = waiting.map { "\($0.words) \(Self.time($0.seconds))" }
            let all = waiting.map(\.seconds).reduce(0, +)
            rows.append(
                ("waiting", "\(Self.time(all)) beside it (\(parts.joined(separator: ", ")))", "", nil))
        }
        rows.append(("sum of workers", workers.map(Self.time) ?? byHand, "", nil))
        rows.append(("critical path", criticalPath.map(Self.time) ?? byHand, "", nil))
        rows.append(("same work in sequence", sameWorkWords, "", nil))
        if let sequential {
            rows.append(("sequential time", "\(Self.time(sequential)) (measured)", "", nil))
        }
        rows.append(("speedup", speedupWords, "> 2x", speedup.map { $0 > Self.speedupTarget }))
        if let estimated {
            let times = estimatedSpeedup.map { ", \(EstimateReport.decimals($0))x" } ?? ""
            rows.append(
                ("estimate", "\(Self.time(estimated)) by the plan\(times): counts for no target", "", nil))
        }
        rows.append(
            (
                "integration overhead",
                "\(Self.percent(overhead, apartFrom: Self.overheadTarget)) (\(Self.time(integration)))",
                "< 20%",
                isEnded ? overhead < Self.overheadTarget : nil
            ))
        rows.append(
            ("success rate", successWords, "> 90%", isEnded ? workerSuccess > Self.successTarget : nil))
        return rows
    }

    private var unknown: String {
        isAdopted ? "unknown, the work was made before the run" : "unknown, people worked by hand"
    }

    private var sameWorkWords: String {
        guard isLanded else { return "none, the run has not landed" }
        guard let sameWork, let landedWork else { return unknown }
        return "\(Self.time(sameWork)) (orchestrator \(Self.time(orchestrator)), workers "
            + "\(Self.time(landedWork)), checks \(Self.time(checks)))"
    }

    private var speedupWords: String {
        guard isLanded else { return "none, the run has not landed" }
        guard let speedup, let yardstick else { return unknown }
        let against =
            yardstick == .measured ? "against the measured time" : "against the same work in sequence"
        return "\(EstimateReport.speedupText(speedup)) (\(against)\(part))"
    }

    /// That only a part landed, where that is so.
    private var part: String { landed == jobs ? "" : ", \(landed) of \(jobs) jobs landed" }

    private var successWords: String {
        let why: String? =
            switch state {
            case .verificationFailed: "verification failed"
            case .unverified: "nothing was verified"
            case .rolledBack: "rolled back"
            default: breaching > 0 ? "\(breaching) with a breach" : nil
            }
        return "\(Self.percent(workerSuccess, apartFrom: Self.successTarget)) of workers"
            + (why.map { " (\($0))" } ?? "")
    }

    package static func time(_ seconds: Double) -> String {
        if seconds >= 90 { return "\(EstimateReport.decimals(seconds / 60)) min" }
        // What rounds to a whole second is one.
        return seconds >= 0.9995
            ? "\(EstimateReport.decimals(seconds)) s" : "\(Int((seconds * 1000).rounded())) ms"
    }

    /// A share in per cent, with as many digits as tell it from its target.
    static func percent(_ share: Double, apartFrom target: Double) -> String {
        EstimateReport.decimals(share * 100, apartFrom: target * 100) + "%"
    }
}
