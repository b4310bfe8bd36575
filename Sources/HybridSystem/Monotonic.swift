#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A clock that nobody sets and that runs on while the machine sleeps.
public enum Monotonic {
    /// Nanoseconds since some point before this boot; comparable between processes of one boot only.
    public static func now() -> UInt64 {
        #if canImport(Darwin)
            return clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW)
        #else
            var time = timespec()
            // Fails only for a clock that does not exist; Linux has this one since 2.6.39.
            _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        #endif
    }

    /// The time some seconds after another, or after now; as far as the clock counts.
    package static func time(_ seconds: Double, after begin: UInt64 = now()) -> UInt64 {
        let (time, isBeyond) = begin.addingReportingOverflow(UInt64(min(max(0, seconds), 1e10) * 1e9))
        return isBeyond ? .max : time
    }

    /// Waits.
    package static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}
