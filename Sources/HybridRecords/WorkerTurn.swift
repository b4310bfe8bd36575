package import HybridBase

extension WorkerState {
    /// Where a worker can come to from here, staying aside.
    package var next: Set<WorkerState> {
        switch self {
        case .waiting: [.running, .blocked, .stopped, .failed, .setUpFailed, .done, .doneCommittedByHybrid]
        case .running:
            [.waiting, .done, .doneCommittedByHybrid, .nothingDone, .failed, .timedOut, .stopped]
        // The audit, the user's hooks, its own verify commands and the merge each have their word.
        case .done, .doneCommittedByHybrid:
            Self.leftOut.union([.done, .doneCommittedByHybrid, .merged, .waiting])
        // A person may have mended it, taken something in its place, resolved it, or had it done again.
        case .nothingDone, .failed, .setUpFailed, .timedOut, .breach, .hooksChanged, .verificationFailed,
            .stopped:
            Self.mended.union([.failed, .nothingDone, .verificationFailed, .hooksChanged, .breach])
        // A merge that was cut short is made again, and may come out otherwise.
        case .conflict, .blocked: Self.mended.union([.blocked, .verificationFailed, .failed])
        case .merged: [.landed, .conflict, .blocked, .verificationFailed, .waiting]
        case .landed: []
        }
    }

    /// Why a worker's finished work may stay out of the merge.
    private static let leftOut: Set<WorkerState> = [
        .nothingDone, .failed, .breach, .hooksChanged, .conflict, .blocked, .verificationFailed,
    ]
    /// Where what is out of the merge may come to by a person's word.
    private static let mended: Set<WorkerState> = [
        .waiting, .running, .done, .doneCommittedByHybrid, .conflict, .merged,
    ]
}

extension WorkerRecord {
    /// Moves a worker on; throws where no worker comes there from where it stands, and nothing is to be recorded.
    package mutating func become(_ next: WorkerState) throws(HybridError) {
        guard next == state || state.next.contains(next) else {
            throw HybridError(
                .wrongState, "job \(name)", "it is \(state.rawValue), and cannot become \(next.rawValue)",
                next: "hybrid status \(run)")
        }
        state = next
    }

    /// A worker whose attempt was found though its record says that it waits: the record is older than its launch.
    package mutating func takeUp() { state = .running }
}
