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
            let path = String(decoding: buffer[..<count], as: UTF8.self)
            // Another version took its place since: that one is meant from now on.
            guard path.hasSuffix(replaced), absolute(path) == nil else { return path }
            return String(path.dropLast(replaced.count))
        #else
            guard let path = absolute(CommandLine.arguments[0]) else {
                throw HybridError(
                    CommandLine.arguments[0], "the program cannot find itself",
                    next: "call it by its full path")
            }
            return path
        #endif
    }

    #if os(Linux)
        /// What the kernel puts behind the path of a program whose file was replaced or removed.
        private static let replaced = " (deleted)"
    #endif

    /// The path for what outlives this version, such as hooks: the `hybrid` by which the program was called or that `PATH`
    /// leads to, where that is this program, so that the next version is found there too; else ``path()``.
    ///
    /// Packagers that keep each version in a folder of its own let a link lead to the newest.
    package static func lasting(
        calledAs name: String = CommandLine.arguments[0], search: String?
    ) throws(HybridError) -> String {
        let own = try path()
        let called = name.lastIndex(of: "/").map { String(name[..<$0]) }
        let folders = [called].compactMap(\.self) + (search ?? "").split(separator: ":").map(String.init)
        for folder in folders {
            // A folder that is named from where one stands has a name from the root, too.
            guard let from = folder.hasPrefix("/") ? folder : absolute(folder.isEmpty ? "/" : folder)
            else { continue }
            let found = from.withoutFinalSlashes + "/hybrid"
            if absolute(found) == own { return found }
        }
        return own
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
