package import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A number, and ports in a row, that nobody else of this machine's hybrids has as long as it is held.
///
/// Held by shared locks on files that all users of the machine can open: the kernel lets them go with the last process
/// that holds them, so a worker's supervisor keeps them when whoever launched it is killed.
package final class MachineSlot {
    /// From 1.
    package let number: Int
    /// The ports.
    package let ports: Range<Int>
    /// The files whose locks hold it.
    package let locks: [String]
    private let descriptors: [Int32]

    fileprivate init(number: Int, ports: Range<Int>, locks: [String], descriptors: [Int32]) {
        self.number = number
        self.ports = ports
        self.locks = locks
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

/// The numbers and ports of this machine that hybrid gives to worktrees.
package enum MachineSlots {
    /// How many ports a worktree gets where nobody says.
    package static let usualPorts = 10
    /// How many ports one lock stands for.
    private static let block = 10
    /// The variable that names another folder for the locks.
    package static let folderVariable = "HYBRID_SLOT_FOLDER"
    /// Where the locks lie where nothing else is said; not the folder for temporary files, which is each user's own.
    private static let usualFolder = "/tmp/hybrid-slots"

    /// Takes the first number that is free, with as many ports on which nobody listens.
    ///
    /// `wanted` is taken where that is free. Throws where there is none, or the folder cannot be used.
    package static func take(
        ports count: Int, wanted: Int? = nil, environment: [String: String]
    ) throws(HybridError) -> MachineSlot {
        let folder = environment[folderVariable] ?? usualFolder
        try makeFolder(folder)
        let entry = try open(folder + "/entry")
        // While it is held nobody else looks for a number.
        defer { close(entry) }
        while flock(entry, LOCK_EX) != 0 {
            guard errno == EINTR else { throw unusable(folder, SystemError()) }
        }
        let range = portRange()
        let last = range.count / block - (max(count, 1) + block - 1) / block
        if let wanted, (1...max(last + 1, 1)).contains(wanted),
            case .taken(let slot) = try trial(wanted - 1, count, range, folder)
        {
            return slot
        }
        var first = 0
        while first <= last {
            switch try trial(first, count, range, folder) {
            case .taken(let slot): return slot
            case .inUse(let next): first = next
            }
        }
        throw HybridError(
            .locked, folder,
            "no \(count) ports in a row are free from \(range.lowerBound) to \(range.upperBound - 1)",
            next: "end runs that nobody needs: hybrid stop")
    }

    private enum Trial {
        case taken(MachineSlot)
        /// The first block with which to try again.
        case inUse(next: Int)
    }

    /// Tries the ports from one block on; nobody else does meanwhile.
    private static func trial(
        _ first: Int, _ count: Int, _ range: Range<Int>, _ folder: String
    ) throws(HybridError) -> Trial {
        let begin = range.lowerBound + first * block
        let ports = begin..<begin + max(count, 1)
        var (taken, paths): ([Int32], [String]) = ([], [])
        var isHeld = false
        defer { if !isHeld { taken.forEach { close($0) } } }
        for number in first..<first + (ports.count + block - 1) / block {
            paths.append("\(folder)/\(number + 1)")
            taken.append(try open(paths[paths.count - 1]))
            if flock(taken[taken.count - 1], LOCK_EX | LOCK_NB) != 0 { return .inUse(next: number + 1) }
        }
        if let busy = ports.last(where: isInUse) {
            return .inUse(next: (busy - range.lowerBound) / block + 1)
        }
        // Not in one step, but nobody looks meanwhile.
        for file in taken where flock(file, LOCK_SH | LOCK_NB) != 0 { throw unusable(folder, SystemError()) }
        isHeld = true
        return .taken(MachineSlot(number: first + 1, ports: ports, locks: paths, descriptors: taken))
    }

    /// Takes part in holding locks that somebody took; returns what is to be kept.
    static func hold(_ locks: [String]) -> [Int32] {
        locks.compactMap { path in
            let file = openThere(path)
            guard file >= 0 else { return nil }
            if flock(file, LOCK_SH | LOCK_NB) == 0 { return file }
            close(file)
            return nil
        }
    }

    /// Ports that the kernel gives to nobody by itself.
    private static func portRange() -> Range<Int> {
        let text = Files.read("/proc/sys/net/ipv4/ip_local_port_range").map {
            String(decoding: $0, as: UTF8.self)
        }
        let bounds = (text ?? "").split { $0.isWhitespace }.compactMap { Int($0) }
        // What the kernel takes: IANA's dynamic ports where it does not say.
        let (low, high) = bounds.count == 2 ? (bounds[0], bounds[1]) : (49152, 65535)
        return range(outside: low...max(low, high))
    }

    /// Where ports are given, outside those that the kernel takes.
    static func range(outside taken: ClosedRange<Int>) -> Range<Int> {
        if taken.lowerBound >= 21_000 { return 20_000..<taken.lowerBound }
        if taken.lowerBound >= 11_000 { return 10_000..<taken.lowerBound }
        if taken.upperBound <= 64_000 { return taken.upperBound + 1..<65_536 }
        return 2_000..<max(taken.lowerBound, 2_000)
    }

    /// Whether somebody listens on a port, or it cannot be had for another reason.
    private static func isInUse(_ port: Int) -> Bool {
        #if canImport(Glibc)
            let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
            let file = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        // Who has no network has no ports to share.
        guard file >= 0 else { return false }
        defer { close(file) }
        // What only waits for the end of an old connection is free.
        var yes: Int32 = 1
        _ = unsafe setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound != 0 && errno == EADDRINUSE
    }

    private static func makeFolder(_ folder: String) throws(HybridError) {
        if unsafe mkdir(folder, 0o1777) == 0 {
            // The user's mask must not keep others out.
            _ = unsafe chmod(folder, 0o1777)
            return
        }
        guard errno == EEXIST, Files.isRealFolder(folder) else { throw unusable(folder, SystemError()) }
    }

    private static func open(_ path: String) throws(HybridError) -> Int32 {
        let there = openThere(path)
        if there >= 0 { return there }
        let file = openFile(path, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw unusable(path, SystemError()) }
        _ = fchmod(file, 0o644)
        return file
    }

    /// Opened for reading alone, which is enough to lock it: it may be another user's.
    private static func openThere(_ path: String) -> Int32 {
        openFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
    }

    private static func unusable(_ path: String, _ error: SystemError) -> HybridError {
        HybridError(
            .notWritable, path, "the folder that keeps ports apart cannot be used: \(error)",
            next: "name another one that all hybrids of this machine use: export \(folderVariable)=FOLDER")
    }
}

/// The system's, by a name that the functions above do not hide.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    unsafe open(path, flags, mode)
}
