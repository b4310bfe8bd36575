internal import CPlatform

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a program takes for granted and a caller may have left otherwise.
package enum Surroundings {
    /// Readies this process; the first thing that a program does.
    ///
    /// The three standard descriptors are open, so that no other file gets their numbers and is written to by mistake.
    /// One that a caller closed still cannot be used: who reads or writes there is told, as before.
    ///
    /// A caller that ignores SIGCHLD hands that on, and the system would then take ended children away before it is known
    /// how they ended.
    package static func settle() {
        for standard: Int32 in 0..<3 where fcntl(standard, F_GETFD) < 0 && errno == EBADF {
            // The lowest number that is free is this one.
            _ = unsafe open("/dev/null", standard == 0 ? O_WRONLY : O_RDONLY)
        }
        signal(SIGCHLD, SIG_DFL)
    }

    /// Whether a signal is ignored, as nohup has it.
    package static func ignores(_ signal: Int32) -> Bool { hybrid_ignores(signal) != 0 }
}
