import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The temporary folder of one run of the benchmarks: repositories, input, output.
final class Workshop {
    let folder: String
    /// Nobody's configuration plays in.
    let environment: [String: String]
    private var count = 0

    init() throws {
        let made = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        folder = "\(made)/hybrid-benchmarks-\(UUID().uuidString.lowercased().prefix(12))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder,
            "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8", "TMPDIR": folder,
        ]
    }

    /// Removes everything.
    func remove() { remove([folder]) }

    /// Removes files and folders; what stays goes with the workshop.
    func remove(_ paths: [String]) {
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A name that nothing has yet.
    func place(_ name: String) -> String {
        count += 1
        return "\(folder)/\(count)-\(name)"
    }

    /// Runs git and gives what it prints; throws when it fails.
    @discardableResult
    func git(_ arguments: [String], in place: String, input: String = "/dev/null") throws -> String {
        let output = self.place("output")
        defer { unlink(output) }
        let done = try clocked(
            ["git"] + arguments, in: place, input: input, output: output, environment: environment)
        guard done.code == 0 else {
            throw Trouble(
                description: "git \(arguments.joined(separator: " ")) in \(place): exit \(done.code)")
        }
        return String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    }

    /// A bare repository from a stream for `git fast-import`, packed as git packs.
    func repository(_ name: String, _ write: (inout ImportStream) throws -> Void) throws -> String {
        let repository = place(name)
        try git(["init", "-q", "--bare", "-b", "main", repository], in: folder)
        let stream = place("stream")
        defer { unlink(stream) }
        var importing = try ImportStream(stream)
        try write(&importing)
        try importing.close()
        try git(["fast-import", "--quiet"], in: repository, input: stream)
        try git(["-c", "pack.threads=1", "gc", "-q"], in: repository)
        return repository
    }

    /// An empty bare repository that borrows another's objects: each measurement writes anew, and never into what it reads.
    func scratch(of repository: String) throws -> String {
        let place = place("scratch")
        let objects = try git(["rev-parse", "--git-path", "objects"], in: repository)
        let source =
            objects.hasPrefix("/") ? String(objects.dropLast()) : "\(repository)/\(objects.dropLast())"
        for part in ["objects/info", "objects/pack", "refs"] {
            try FileManager.default.createDirectory(
                atPath: "\(place)/\(part)", withIntermediateDirectories: true)
        }
        try Data("\(source)\n".utf8).write(to: URL(fileURLWithPath: "\(place)/objects/info/alternates"))
        try Data("ref: refs/heads/none\n".utf8).write(to: URL(fileURLWithPath: "\(place)/HEAD"))
        let config = "[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n"
        try Data(config.utf8).write(to: URL(fileURLWithPath: "\(place)/config"))
        return place
    }

    /// Takes a repository's packs out of the system's page cache; false where that cannot be done.
    ///
    /// Only these files: nothing that others on the machine use is dropped.
    func evict(_ repository: String) throws -> Bool {
        #if os(Linux)
            let pack = "\(repository)/objects/pack"
            let names = try FileManager.default.contentsOfDirectory(atPath: pack)
            return names.filter { $0.hasSuffix(".pack") || $0.hasSuffix(".idx") }.allSatisfy {
                evictFile("\(pack)/\($0)")
            }
        #else
            return false
        #endif
    }

    #if os(Linux)
        private func evictFile(_ path: String) -> Bool {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            let size = Int(lseek(file, 0, SEEK_END))
            guard size > 0, fsync(file) == 0, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0,
                let map = mmap(nil, size, PROT_READ, MAP_SHARED, file, 0), map != MAP_FAILED
            else { return false }
            defer { munmap(map, size) }
            var pages = [UInt8](repeating: 0, count: (size + 4095) / 4096)
            guard mincore(map, size, &pages) == 0 else { return false }
            return pages.count { $0 & 1 != 0 } * 20 <= pages.count
        }
    #endif
}

/// A stream for `git fast-import`, written to a file piece by piece.
struct ImportStream: ~Copyable {
    private let file: FileHandle
    private var waiting: [UInt8] = []
    private var marks = 0

    init(_ path: String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    /// Begins a commit, whose files follow, and gives its mark.
    mutating func commit(_ branch: String, from parents: [Int] = []) throws -> Int {
        marks += 1
        var text = "commit refs/heads/\(branch)\nmark :\(marks)\n"
        text += "committer A <a@example.com> \(1_700_000_000 + marks) +0000\ndata 1\nx\n"
        for (index, parent) in parents.enumerated() {
            text += "\(index == 0 ? "from" : "merge") :\(parent)\n"
        }
        try put(text.utf8)
        return marks
    }

    mutating func file(_ path: String, _ content: some Collection<UInt8>) throws {
        try put("M 100644 inline \(path)\ndata \(content.count)\n".utf8)
        try put(content)
        try put("\n".utf8)
    }

    mutating func delete(_ path: String) throws { try put("D \(path)\n".utf8) }

    mutating func rename(_ path: String, to other: String) throws { try put("R \(path) \(other)\n".utf8) }

    private mutating func put(_ bytes: some Sequence<UInt8>) throws {
        waiting += bytes
        if waiting.count > 1 << 20 { try flush() }
    }

    private mutating func flush() throws {
        try file.write(contentsOf: Data(waiting))
        waiting.removeAll(keepingCapacity: true)
    }

    mutating func close() throws {
        try flush()
        try file.close()
    }
}

/// The same numbers in every run (splitmix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
