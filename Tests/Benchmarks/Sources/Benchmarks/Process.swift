import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a finished process cost.
struct Cost {
    /// From its start to its end, in seconds.
    var seconds: Double
    /// Time on processors, its own and the system's, in seconds.
    var processor: Double
    var memory: Memory
    var code: Int32
}

/// The most memory that a process held.
struct Memory: Comparable {
    var bytes = 0
    /// What Linux counts as every process's, because the one that started it held as much.
    var floor = 0
    var isBelowFloor: Bool { bytes <= floor + floor / 16 }

    static func < (a: Memory, b: Memory) -> Bool { a.bytes < b.bytes }
}

/// A command line, with what it reads on stdin.
struct Invocation {
    var arguments: [String]
    var input: [UInt8] = []
}

/// Something that the benchmark needs did not work.
struct Trouble: Error, CustomStringConvertible {
    var description: String
}

/// Runs a process to its end; its input and output are files, so that no pipe is measured.
///
func clocked(
    _ arguments: [String], in folder: String, input: String, output: String,
    environment: [String: String]
) throws -> Cost {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { settings.forEach { free($0) } }
    // Nothing else runs in this program, so its own folder may change.
    guard chdir(folder) == 0 else { throw Trouble(description: "\(folder): \(reason())") }
    let floor = forgetPeak()
    var pid: pid_t = 0
    let begin = DispatchTime.now().uptimeNanoseconds
    let failed = posix_spawnp(&pid, arguments[0], &actions, nil, &words, &settings)
    guard failed == 0 else { throw Trouble(description: "\(arguments[0]): \(reason(failed))") }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 {
        guard errno == EINTR else { throw Trouble(description: "\(arguments[0]): \(reason())") }
    }
    let end = DispatchTime.now().uptimeNanoseconds
    #if os(Linux)
        let memory = Memory(bytes: Int(usage.ru_maxrss) * 1024, floor: floor)
    #else
        let memory = Memory(bytes: Int(usage.ru_maxrss), floor: floor)
    #endif
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return Cost(
        seconds: Double(end - begin) / 1e9, processor: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        memory: memory, code: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
}

func reason(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }

/// Makes this program's peak of memory what it holds now, and gives that; 0 where nothing counts it (see `Memory.floor`).
private func forgetPeak() -> Int {
    #if os(Linux)
        // proc(5): 5 resets the peak.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"), options: [])
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = Int(line.split(separator: " ").dropFirst().first ?? "")
        else { return 0 }
        return kibibytes * 1024
    #else
        return 0
    #endif
}
