internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A command's log that never grows beyond its limit and never stops taking output.
///
/// Up to the limit it is the output, byte for byte. Beyond it the first half of the limit stays, a line says how much
/// was left out, and the newest output follows. It is one file at all times, so that its end can be read while the
/// command runs and after anybody was killed.
struct LogFile: ~Copyable {
    /// How often output beyond the limit reaches the file, in nanoseconds; a flood costs no more than this.
    static let flushInterval: UInt64 = 200_000_000

    private let file: Descriptor
    private let limit: Int
    /// Output in front of the line that says what is left out; all of it while nothing is.
    private var head = 0
    /// Bytes of that line; 0 while nothing is left out.
    private var marker = 0
    /// Output behind that line.
    private var tail = 0
    /// Output that is not yet in the file.
    private var pending: [UInt8] = []
    private var flushed: UInt64 = 0
    /// Output that is in no file, in bytes: beyond the limit, or refused by the disk.
    private(set) var dropped = 0

    /// Output that the file holds, in bytes.
    var kept: Int { head + tail }

    /// Makes the log, or empties it; only its owner may read it, for commands print secrets.
    init(_ path: String, limit: Int) throws(SystemError) {
        file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, mode: 0o600)
        self.limit = max(limit, 1024)
    }

    /// When `flush` is next worth calling, as `Monotonic` counts; nil while nothing waits.
    var flushDue: UInt64? { pending.isEmpty ? nil : flushed + Self.flushInterval }

    /// Takes output.
    ///
    /// A full disk costs output, never the command.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        if marker == 0, pending.isEmpty {
            let fitting = rest.prefix(limit - head)
            if write(fitting) { head += fitting.count }
            rest = rest.dropFirst(fitting.count)
        }
        pending += rest
        // Grows to twice what is kept before it is cut, so that cutting stays rare.
        if pending.count > 2 * newest { cutPending() }
    }

    /// Brings what waits into the file.
    mutating func flush() {
        flushed = Monotonic.now()
        guard !pending.isEmpty else { return }
        guard marker > 0, head + marker + tail + pending.count <= limit else { return compact() }
        if write(pending[...]) { tail += pending.count }
        pending = []
    }

    /// The newest output that survives a compaction, in bytes; the rest of the second half is room to grow.
    private var newest: Int { limit / 4 }

    private mutating func cutPending() {
        guard pending.count > newest else { return }
        dropped += pending.count - newest
        pending.removeFirst(pending.count - newest)
    }

    /// Keeps the first half, says what is left out, and puts the newest output behind.
    private mutating func compact() {
        cutPending()
        let front = min(head, limit / 2)
        let behind = head - front + tail
        do {
            let older = min(newest - pending.count, marker > 0 ? tail : behind)
            let bytes = try file.read(older, at: head + marker + tail - older) + pending
            pending = []
            try file.truncate(to: front)
            (head, marker, tail) = (front, 0, 0)
            dropped += behind - older
            let line = Array("\n[hybrid: \(dropped) bytes of output are left out here]\n".utf8)
            if write(line[...]) { marker = line.count }
            if write(bytes[...]) { tail = bytes.count }
        } catch {
            // The disk fails; the command must not feel it, and the status says how much is missing.
            dropped += pending.count
            pending = []
        }
    }

    /// Appends to the file; what the disk refuses counts as dropped, and no part of it stays.
    private mutating func write(_ bytes: ArraySlice<UInt8>) -> Bool {
        do {
            try file.write(bytes)
            return true
        } catch {
            dropped += bytes.count
            // Should this fail too, the log has a torn line, which no verdict depends on.
            _ = ftruncate(file.number, off_t(head + marker + tail))
            return false
        }
    }
}
