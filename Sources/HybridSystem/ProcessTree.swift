internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Questions to the system about processes, and the one way to start one.
///
/// posix_spawn rather than Subprocess: a supervisor must be started and left, without an async context, and the
/// command's group, session and folder set before it runs.
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

    /// All that descend from a process and are not yet gone.
    static func descendants(of root: Int32) -> [Int32] {
        #if os(Linux)
            var children: [Int32: [Int32]] = [:]
            for pid in all() {
                guard let fields = facts(of: pid), let parent = Int32(fields[1]) else { continue }
                children[parent, default: []].append(pid)
            }
            var found: [Int32] = []
            var open = [root]
            while let next = open.popLast() {
                let below = children[next] ?? []
                found += below
                open += below
            }
            return found
        #else
            return []
        #endif
    }

    /// Starts a program; it inherits nothing but the three standard descriptors.
    ///
    /// `output` becomes its standard output and error; nil sends both to /dev/null.
    static func spawn(
        _ arguments: [String], directory: String?, environment: [String: String]?, output: Int32?,
        newSession: Bool
    ) throws(SystemError) -> Int32 {
        try spawn(
            bytes: arguments.map { Array($0.utf8) }, directory: directory, environment: environment,
            output: output, newSession: newSession)
    }

    /// Starts a program whose arguments may be in any encoding, such as paths in a repository.
    ///
    /// `errors` becomes its standard error where that is not to be the output's.
    static func spawn(
        bytes arguments: [[UInt8]], directory: String?, environment: [String: String]?, output: Int32?,
        errors: Int32? = nil, newSession: Bool
    ) throws(SystemError) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, errors ?? output, 2)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        // A caller's pipe that stays open here would keep its reader waiting for as long as the worker runs.
        unsafe hybrid_spawn_close_others(&actions)
        if let directory { unsafe hybrid_spawn_chdir(&actions, directory) }
        // What this program ignores or blocks must not reach another.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGCHLD] { unsafe sigaddset(&signals, signal) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let group = newSession ? Int32(hybrid_spawn_setsid) : Int32(POSIX_SPAWN_SETPGROUP)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(
                group | Int32(hybrid_spawn_alone) | Int32(POSIX_SPAWN_SETSIGMASK)
                    | Int32(POSIX_SPAWN_SETSIGDEF)))
        var words: [UnsafeMutablePointer<CChar>?] =
            unsafe arguments.map { bytes in
                unsafe (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
                    unsafe strdup($0.baseAddress!)
                }
            } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var settings: [UnsafeMutablePointer<CChar>?] =
            unsafe (environment ?? [:]).map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe settings.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let status =
            environment == nil
            ? unsafe posix_spawn(&pid, words[0]!, &actions, &attributes, &words, environ)
            : unsafe posix_spawn(&pid, words[0]!, &actions, &attributes, &words, &settings)
        guard status == 0 else { throw SystemError(status) }
        return pid
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
