package import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The running program itself, and what it may count on.
package enum OwnProgram {
    /// Where it lies, so that it can start itself once more.
    package static func path() throws(HybridError) -> String {
        #if os(Linux)
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe readlink("/proc/self/exe", $0.baseAddress!, $0.count)
            }
            guard count > 0 else {
                throw HybridError(
                    .unreadable, "/proc/self/exe", "it cannot be read, so the program cannot find itself",
                    next: "mount /proc")
            }
            return String(decoding: buffer[..<count], as: UTF8.self)
        #else
            guard let path = absolute(CommandLine.arguments[0]) else {
                throw HybridError(
                    CommandLine.arguments[0], "the program cannot find itself",
                    next: "call it by its full path")
            }
            return path
        #endif
    }

    /// A file's path from the root, links followed; nil where nothing is there.
    package static func absolute(_ path: String) -> String? {
        guard let found = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// How many processors there are to merge on, at the most four: each engine keeps caches of its own.
    package static func mergeThreads() -> Int { min(4, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
