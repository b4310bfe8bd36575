internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The two ways to start a program: as a child that is waited for, and as a process that is nobody's child.
///
/// posix_spawn rather than Subprocess: there is no async context, and the command's group, session and folder are set
/// before it runs.
package enum Spawn {
    /// Starts a program as a child of this process; arguments may be in any encoding, such as paths in a repository.
    ///
    /// It inherits nothing but the three standard descriptors: `output` becomes its standard output, and its standard
    /// error where `errors` is not to be that. It leads a process group, in a session of its own where that is wanted.
    /// An error names the step that failed; the program then does not run.
    static func child(
        _ arguments: [[UInt8]], in directory: String, environment: [String: String], output: Int32,
        errors: Int32? = nil, newSession: Bool
    ) throws(SystemError) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        try check(unsafe posix_spawn_file_actions_init(&actions), "prepare its files")
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        try check(unsafe posix_spawnattr_init(&attributes), "prepare its attributes")
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        try check(
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), "close its input")
        try check(unsafe posix_spawn_file_actions_adddup2(&actions, output, 1), "take its output")
        try check(unsafe posix_spawn_file_actions_adddup2(&actions, errors ?? output, 2), "take its errors")
        // A caller's pipe that stays open here would keep its reader waiting for as long as the worker runs.
        try check(unsafe hybrid_spawn_close_others(&actions), "close other files")
        let folder = Array(directory.utf8)
        guard !folder.contains(0) else { throw SystemError(EINVAL, "enter a folder with a NUL in its name") }
        try check(unsafe hybrid_spawn_chdir(&actions, directory), "enter \(directory)")
        var signals = sigset_t()
        try check(unsafe sigemptyset(&signals), "set its signals")
        try check(unsafe posix_spawnattr_setsigmask(&attributes, &signals), "set its signals")
        // What this program, or who called it, ignores or blocks must not reach another.
        try check(unsafe sigfillset(&signals), "set its signals")
        try check(unsafe posix_spawnattr_setsigdefault(&attributes, &signals), "set its signals")
        let group = newSession ? Int32(hybrid_spawn_setsid) : Int32(POSIX_SPAWN_SETPGROUP)
        let flags =
            group | Int32(hybrid_spawn_alone) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        try check(unsafe posix_spawnattr_setflags(&attributes, Int16(flags)), "set its attributes")
        var words = try unsafe copies(of: arguments)
        defer { unsafe words.forEach { unsafe free($0) } }
        var settings = try unsafe copies(of: environment.map { Array("\($0.key)=\($0.value)".utf8) })
        defer { unsafe settings.forEach { unsafe free($0) } }
        guard let program = unsafe words[0] else { throw SystemError(EINVAL, "start nothing") }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, program, &actions, &attributes, &words, &settings)
        guard status == 0 else { throw failure(status, arguments[0], directory) }
        return pid
    }

    /// Starts a program as nobody's child, in a session of its own, with this process's environment; gives its number.
    ///
    /// Who ends this process with all its descendants does not reach it. It starts at `/` with nothing open.
    package static func detached(_ arguments: [String]) throws(SystemError) -> Int32 {
        let ends = try pipe()
        let reading = Descriptor(owning: ends.reading)
        let between = try between(arguments, ends.writing)
        let told = try reading.readAll()
        var status: Int32 = 0
        // Where a host ignores SIGCHLD, or waits for all children, it is taken away already.
        while unsafe waitpid(between, &status, 0) < 0, errno == EINTR {}
        let numbers = unsafe told.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
        }
        var process: Int32?
        for at in stride(from: 0, to: numbers.count - 1, by: 2) {
            let (what, value) = (numbers[at], numbers[at + 1])
            if what == Int32(hybrid_told_process) {
                process = value
            } else {
                throw SystemError(value, words(what, arguments[0]))
            }
        }
        guard let process else { throw SystemError(ESRCH, "see it begin") }
        return process
    }

    /// Starts the process between; whatever comes of it, nothing here keeps the report's end open.
    private static func between(_ arguments: [String], _ report: Int32) throws(SystemError) -> Int32 {
        let report = Descriptor(owning: report)
        let words = try unsafe copies(of: arguments.map { Array($0.utf8) })
        defer { unsafe words.forEach { unsafe free($0) } }
        guard let program = unsafe words[0] else { throw SystemError(EINVAL, "start nothing") }
        let pid = unsafe hybrid_start_detached(program, words, environ, report.number)
        guard pid > 0 else { throw SystemError(errno, "make a process") }
        return pid
    }

    /// A pipe that no program inherits, its ends beyond the standard descriptors.
    static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe hybrid_pipe(&ends) == 0 else { throw SystemError(errno, "make a pipe") }
        return (ends[0], ends[1])
    }

    private static func check(_ status: Int32, _ step: String) throws(SystemError) {
        guard status == 0 else { throw SystemError(status, step) }
    }

    /// Strings for C, and the null pointer that ends their list; to be freed.
    private static func copies(of strings: [[UInt8]]) throws(SystemError) -> [UnsafeMutablePointer<CChar>?] {
        // C would see the beginning only, and another command run than was asked for.
        guard !strings.contains(where: { $0.contains(0) }) else {
            throw SystemError(EINVAL, "give it an argument or a variable with a NUL")
        }
        var all: [UnsafeMutablePointer<CChar>?] = unsafe []
        for bytes in strings {
            let copy = unsafe (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
                unsafe strdup($0.baseAddress!)
            }
            guard let copy = unsafe copy else {
                unsafe all.forEach { unsafe free($0) }
                throw SystemError(ENOMEM, "give it its arguments")
            }
            unsafe all.append(copy)
        }
        return unsafe all + [nil]
    }

    /// Why a program did not start: posix_spawn gives the code of the step that failed, and not which one it was.
    private static func failure(_ code: Int32, _ program: [UInt8], _ directory: String) -> SystemError {
        var facts = FileFacts()
        // As the step does: needs the right to enter, not to read.
        if unsafe fstatat(AT_FDCWD, directory + "/.", &facts, 0) != 0 {
            return SystemError(errno, "enter \(directory)")
        }
        return SystemError(code, "start \(String(decoding: program, as: UTF8.self))")
    }

    /// A step of a detached start in words.
    private static func words(_ step: Int32, _ program: String) -> String {
        switch Int(step) {
        case hybrid_told_fork: "make a process"
        case hybrid_told_session: "begin a session"
        case hybrid_told_folder: "enter /"
        case hybrid_told_null: "open /dev/null"
        case hybrid_told_standard: "set its files"
        default: "start \(program)"
        }
    }
}

#if canImport(Glibc)
    private typealias FileFacts = Glibc.stat
#else
    private typealias FileFacts = Darwin.stat
#endif
