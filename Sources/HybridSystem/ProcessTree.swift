internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Questions to the system about processes.
package enum ProcessTree {
    /// Who a running process is; nil where it is gone, a zombie included.
    package static func identity(of pid: Int32) -> ProcessIdentity? {
        #if os(Linux)
            guard let fields = facts(of: pid), fields[0] != "Z", fields[0] != "X",
                let start = UInt64(fields[19])
            else {
                return nil
            }
            return ProcessIdentity(pid: pid, start: start, boot: boot)
        #else
            return kill(pid, 0) == 0 ? ProcessIdentity(pid: pid, start: 0, boot: "") : nil
        #endif
    }

    /// Whether exactly this process still runs.
    package static func isAlive(_ process: ProcessIdentity) -> Bool { identity(of: process.pid) == process }

    /// All that began with this setting, as `NAME=value`, in their environment; ended ones are left out.
    ///
    /// Finds what a command started also where the process between is gone and where it left its group and session.
    package static func carrying(_ setting: String) -> [Int32] {
        #if os(Linux)
            let wanted = Array(setting.utf8)
            return all().filter { pid in
                // Other users' processes cannot be read, and are none of ours.
                let bytes = (try? Descriptor(opening: "/proc/\(pid)/environ", O_RDONLY).readAll()) ?? []
                return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
                    && identity(of: pid) != nil
            }
        #else
            return []
        #endif
    }

    #if os(Linux)
        private static func all() -> [Int32] {
            guard let folder = unsafe opendir("/proc") else { return [] }
            defer { unsafe closedir(folder) }
            var found: [Int32] = []
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                    unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                if let pid = Int32(name) { found.append(pid) }
            }
            return found
        }

        /// The fields of /proc/PID/stat from the state on (proc(5)); the name before may hold anything.
        private static func facts(of pid: Int32) -> [Substring]? {
            guard let bytes = try? Descriptor(opening: "/proc/\(pid)/stat", O_RDONLY).readAll(),
                let close = bytes.lastIndex(of: 41)
            else { return nil }
            let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split {
                $0 == " " || $0 == "\n"
            }
            return fields.count > 19 ? fields : nil
        }

        private static let boot: String = {
            let bytes =
                (try? Descriptor(opening: "/proc/sys/kernel/random/boot_id", O_RDONLY).readAll()) ?? []
            return String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)
        }()
    #endif

    /// All that live and descend from a process, or are of a process group; the group's leader is left out.
    ///
    /// Nil where the system does not tell.
    static func living(below root: Int32, orInGroup group: Int32) -> [Int32]? {
        #if os(Linux)
            var children: [Int32: [Int32]] = [:]
            var found: Set<Int32> = []
            var ended: Set<Int32> = [group]
            for pid in all() {
                guard let fields = facts(of: pid), let parent = Int32(fields[1]) else { continue }
                children[parent, default: []].append(pid)
                if fields[0] == "Z" || fields[0] == "X" { ended.insert(pid) }
                if Int32(fields[2]) == group { found.insert(pid) }
            }
            var open = [root]
            while let next = open.popLast() {
                let below = children[next] ?? []
                found.formUnion(below)
                open += below
            }
            return found.subtracting(ended).sorted()
        #else
            return nil
        #endif
    }

    /// Where programs are looked for by whoever has this environment.
    package static func searchPath(_ environment: [String: String]) -> String {
        environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    }

    /// The file of a program: a path stays, a name is looked up on PATH.
    package static func find(_ program: String, path: String, directory: String) -> String? {
        if program.lastSlash != nil { return program }
        for folder in path.parts(at: ":", omittingEmpty: false) {
            let place =
                folder.isEmpty
                ? directory : (folder.beginsWithBytes(of: "/") ? String(folder) : "\(directory)/\(folder)")
            let file = "\(place)/\(program)"
            var facts = FileFacts()
            if unsafe access(file, X_OK) == 0, unsafe fstatat(AT_FDCWD, file, &facts, 0) == 0,
                facts.st_mode & S_IFMT == S_IFREG
            {
                return file
            }
        }
        return nil
    }
}

#if canImport(Glibc)
    private typealias FileFacts = Glibc.stat
#else
    private typealias FileFacts = Darwin.stat
#endif
