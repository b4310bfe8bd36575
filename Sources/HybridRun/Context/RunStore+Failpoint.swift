internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if FAILPOINTS
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Darwin)
        internal import Darwin
    #endif
#endif

/// The two sides of a step at which a test may make it fail.
enum FailpointSide: String {
    /// The intent is written, nothing is done.
    case before
    /// All is done, the outcome is not written.
    case after
}

extension RunStore {
    #if FAILPOINTS
        /// Fails where the environment's `HYBRID_FAILPOINT` says so, as `STEP:SIDE=kill|enospc|eio|delay:MS`.
        ///
        /// With `#N` behind it only at the N-th time in this process. Debug builds only.
        func failpoint(_ step: JournalStep, _ side: FailpointSide) throws {
            guard let wanted = host.environment["HYBRID_FAILPOINT"] else { return }
            let halves = wanted.split(separator: "#")
            let parts = halves[0].split(separator: "=")
            guard parts.count == 2, parts[0] == "\(step.rawValue):\(side.rawValue)" else { return }
            failpointsReached += 1
            if halves.count == 2, Int(halves[1]) != failpointsReached { return }
            switch parts[1] {
            case "kill": kill(getpid(), SIGKILL)
            case "enospc": throw failure(ENOSPC, step)
            case "eio": throw failure(EIO, step)
            default:
                guard parts[1].hasPrefix("delay:"), let milliseconds = UInt32(parts[1].dropFirst(6)) else {
                    throw HybridError(.settingInvalid, "HYBRID_FAILPOINT", "\"\(wanted)\" is not understood")
                }
                usleep(milliseconds * 1000)
            }
        }

        private func failure(_ code: Int32, _ step: JournalStep) -> HybridError {
            HybridError(
                "step \(step.rawValue)", "\(SystemError(code))",
                next: code == ENOSPC ? "free space on its disk" : "look at the disk")
        }
    #else
        @inline(__always) func failpoint(_: JournalStep, _: FailpointSide) throws {}
    #endif
}
