internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Which processes have a file open or work in a folder, as far as this user may know.
package enum OpenFiles {
    /// What is known about the holders of a file.
    package enum Answer: Hashable {
        /// These processes.
        case held(by: [Int32])
        /// None that can be seen.
        case free
        /// The system does not tell.
        case unknown
    }

    /// Who has a file open, or its working directory at or below `folder`; with `program`, only where its name begins so.
    ///
    /// Grows with the processes of the machine and their open files.
    package static func holders(of path: String, orWorkingIn folder: String? = nil, as program: String? = nil)
        -> Answer
    {
        #if os(Linux)
            var wanted = stat()
            guard unsafe lstat(path, &wanted) == 0 else { return .free }
            var found: [Int32] = []
            for name in Files.names(in: "/proc") {
                guard let pid = Int32(name), pid != getpid() else { continue }
                let holds = Files.names(in: "/proc/\(pid)/fd").contains { file in
                    var facts = stat()
                    return unsafe stat("/proc/\(pid)/fd/\(file)", &facts) == 0
                        && facts.st_ino == wanted.st_ino
                        && facts.st_dev == wanted.st_dev
                }
                if holds || folder.map({ works(pid, in: $0, as: program) }) == true { found.append(pid) }
            }
            return found.isEmpty ? .free : .held(by: found.sorted())
        #else
            return .unknown
        #endif
    }

    #if os(Linux)
        private static func works(_ pid: Int32, in folder: String, as program: String?) -> Bool {
            if let program, Files.read("/proc/\(pid)/comm")?.starts(with: program.utf8) != true {
                return false
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe readlink("/proc/\(pid)/cwd", $0.baseAddress!, $0.count)
            }
            guard count > 0 else { return false }
            let place = String(decoding: buffer[..<count], as: UTF8.self)
            return place.lies(in: folder)
        }
    #endif
}
