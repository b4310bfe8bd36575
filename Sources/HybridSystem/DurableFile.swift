package import HybridBase

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    package import Glibc
#elseif canImport(Darwin)
    package import Darwin
#endif

/// Files that are whole or not there: written beside, synced, renamed into place.
public enum DurableFile {
    /// Replaces a file's content; when it returns, the content survives a power cut.
    ///
    /// An existing file keeps its permission bits. Throws `HybridError` and leaves the old content when the disk is
    /// full or the folder cannot be written.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try put(bytes, to: path, mode: nil, synced: true, replacing: true)
    }

    /// Replaces a file's content by a value as JSON, with sorted keys; durable as `write(_:to:)` is.
    public static func writeJSON(_ value: some Encodable, to path: String) throws {
        try write(encode(value), to: path)
    }

    /// Reads a value that `writeJSON` wrote; nil where the file is not there.
    ///
    /// Throws `HybridError` naming the file and the remedy where it is empty, truncated or of another form.
    public static func readJSON<T: Decodable>(_: T.Type, from path: String) throws -> T? {
        guard let bytes = try read(path) else { return nil }
        do {
            return try JSONDecoder().decode(T.self, from: Data(bytes))
        } catch {
            throw HybridError(
                .recordDamaged, path,
                bytes.isEmpty ? "the file is empty" : "the file is damaged (\(bytes.count) bytes)",
                next: "move it away, then: hybrid doctor")
        }
    }

    /// Reads a file; nil where it is not there.
    package static func read(_ path: String) throws(HybridError) -> [UInt8]? {
        do {
            return try Descriptor(opening: path, O_RDONLY).readAll()
        } catch  where error.code == ENOENT {
            return nil
        } catch {
            throw HybridError(.unreadable, path, "it cannot be read: \(error)", next: "check its permissions")
        }
    }

    /// Removes a file that may be gone already.
    package static func remove(_ path: String) throws {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw HybridError(
            .notWritable, path, "it cannot be removed: \(SystemError())",
            next: "check the folder's permissions")
    }

    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// Puts a whole file into place; false when it must not replace one that is there.
    @discardableResult
    package static func put(
        _ bytes: [UInt8], to path: String, mode: mode_t?, synced: Bool, replacing: Bool
    ) throws -> Bool {
        let folder = path.pathFolder.map(String.init) ?? "."
        let name = String(path.pathName)
        let draft = "\(folder)/.\(name).\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
        do {
            try fill(draft, with: bytes, mode: mode ?? permissions(of: path), synced: synced)
            if replacing {
                guard unsafe rename(draft, path) == 0 else { throw SystemError() }
            } else {
                // A link, unlike a rename, never takes another's place.
                guard unsafe link(draft, path) == 0 else {
                    let error = SystemError()
                    guard error.code == EEXIST else { throw error }
                    try remove(draft)
                    return false
                }
                try remove(draft)
            }
            if synced { try Descriptor(opening: folder, O_RDONLY | O_DIRECTORY).sync() }
            return true
        } catch let error as SystemError {
            _ = unsafe unlink(draft)
            throw HybridError(
                error.whyNotWritten, path, "it cannot be written: \(error)",
                next: error.code == ENOSPC ? "free space on its disk" : "check the folder \(folder)")
        }
    }

    /// Adds lines at a file's end, made where it is not there; whole or not at all next to others who do so.
    package static func append(_ bytes: [UInt8], to path: String) throws {
        do {
            try Descriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600).write(bytes[...])
        } catch {
            throw HybridError(
                error.whyNotWritten, path, "it cannot be written: \(error)",
                next: error.code == ENOSPC ? "free space on its disk" : "check the permissions of its folder")
        }
    }

    private static func fill(_ draft: String, with bytes: [UInt8], mode: mode_t?, synced: Bool)
        throws(SystemError)
    {
        let file = try Descriptor(opening: draft, O_WRONLY | O_CREAT | O_EXCL, mode: mode ?? 0o666)
        // The umask took bits from what `open` was given.
        if let mode, fchmod(file.number, mode) != 0 { throw SystemError() }
        try file.write(bytes[...])
        if synced { try file.sync() }
    }

    private static func permissions(of path: String) -> mode_t? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        return facts.st_mode & 0o777
    }
}

/// A failed system call.
package struct SystemError: Error, CustomStringConvertible {
    /// Its `errno`.
    package var code: Int32
    /// What could not be done, where the code alone would leave that open.
    package var step: String?
    /// The reason, where the code has other words for it.
    private var reason: String?

    /// Takes the failure of the call just made.
    package init() { code = errno }
    package init(_ code: Int32, _ step: String? = nil, reason: String? = nil) {
        self.code = code
        self.step = step
        self.reason = reason
    }

    package var description: String {
        let reason = unsafe self.reason ?? String(cString: strerror(code))
        return step.map { "cannot \($0): \(reason)" } ?? reason
    }

    /// What kind of error it is that something could not be written because of it.
    package var whyNotWritten: HybridError.Code { code == ENOSPC || code == EDQUOT ? .noSpace : .notWritable }
}

/// An open file, closed when the value goes away; never inherited by another program.
package struct Descriptor: ~Copyable {
    package let number: Int32

    /// Takes over a descriptor that is open.
    package init(owning number: Int32) { self.number = number }

    package init(opening path: String, _ flags: Int32, mode: mode_t = 0o666) throws(SystemError) {
        // Opening a pipe would wait for its other end, for ever.
        let opened = unsafe open(path, flags | O_CLOEXEC | O_NONBLOCK, mode)
        guard opened >= 0 else {
            throw errno == ENXIO
                ? SystemError(ENXIO, reason: "it is a pipe or socket, no file") : SystemError()
        }
        var facts = stat()
        let isKnown = unsafe fstat(opened, &facts) == 0
        let isPlain = [S_IFREG, S_IFDIR].contains(facts.st_mode & S_IFMT)
        guard isKnown, isPlain || path == "/dev/null" else {
            close(opened)
            throw SystemError(EINVAL, reason: "it is a pipe or device, no file")
        }
        number = opened
    }

    deinit { close(number) }

    /// Writes all of the bytes, however many calls it takes.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe systemWrite(number, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError()
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads what one call gives, at most `limit` bytes; none at the end of the file.
    package func read(_ limit: Int) throws(SystemError) -> [UInt8] {
        while true {
            var failure: Int32 = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let got = unsafe systemRead(number, buffer.baseAddress, limit)
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            if failure == 0 { return bytes }
            if failure != EINTR { throw SystemError(failure) }
        }
    }

    /// Reads from here to the end; throws where that is more than `limit` bytes.
    package func readAll(atMost limit: Int = 1 << 30) throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let some = try read(1 << 16)
            if some.isEmpty { return all }
            all += some
            if all.count > limit { throw SystemError(EFBIG, reason: "it is larger than \(limit >> 20) MiB") }
        }
    }

    /// Reads `count` bytes at `offset`, fewer at the end of the file.
    package func read(_ count: Int, at offset: Int) throws(SystemError) -> [UInt8] {
        guard lseek(number, off_t(offset), SEEK_SET) >= 0 else { throw SystemError() }
        var all: [UInt8] = []
        while all.count < count {
            let some = try read(count - all.count)
            if some.isEmpty { break }
            all += some
        }
        return all
    }

    /// Its size in bytes.
    package func size() throws(SystemError) -> Int {
        var facts = stat()
        guard unsafe fstat(number, &facts) == 0 else { throw SystemError() }
        return Int(facts.st_size)
    }

    func truncate(to size: Int) throws(SystemError) {
        guard ftruncate(number, off_t(size)) == 0 else { throw SystemError() }
    }

    /// Waits until its content is on the disk.
    func sync() throws(SystemError) {
        #if canImport(Darwin)
            // fsync leaves the content in the drive's cache there.
            if fcntl(number, F_FULLFSYNC) == 0 { return }
        #endif
        guard fsync(number) == 0 else { throw SystemError() }
    }
}

#if canImport(Glibc)
    private let systemWrite = unsafe Glibc.write
    private let systemRead = unsafe Glibc.read
#else
    private let systemWrite = unsafe Darwin.write
    private let systemRead = unsafe Darwin.read
#endif
