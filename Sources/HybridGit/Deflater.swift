internal import CZlib

/// A zlib stream that is used for one object after the other.
final class Deflater {
    // zlib keeps the address of the stream.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// `level` is zlib's, 1 the fastest; `memory` is 1 to 9: what is small needs little, and less has to be cleared.
    init(level: Int32, memory: Int32) throws(GitError) {
        stream.initialize(to: z_stream())
        guard hybrid_deflate_init(stream, level, memory) == Z_OK else {
            stream.deallocate()
            throw GitError(
                .other, operation: "write pack", subject: "zlib", reason: "it could not be set up")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses `bytes` as one zlib stream, and gives it away in pieces that are written to `room`.
    func compress(
        _ bytes: UnsafeRawBufferPointer, through room: UnsafeMutableRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws(GitError) -> Void
    ) throws(GitError) {
        deflateReset(stream)
        var next = 0
        repeat {
            // zlib counts in 32 bits.
            let count = min(bytes.count - next, 1 << 30)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress.map { ($0 + next).assumingMemoryBound(to: UInt8.self) })
            stream.pointee.avail_in = UInt32(count)
            next += count
            repeat {
                stream.pointee.next_out = room.baseAddress!.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(room.count)
                deflate(stream, next == bytes.count ? Z_FINISH : Z_NO_FLUSH)
                let made = room.count - Int(stream.pointee.avail_out)
                try take(UnsafeRawBufferPointer(rebasing: room[..<made]))
            } while stream.pointee.avail_out == 0
        } while next < bytes.count
    }
}

/// The checksum that a pack's index keeps for each entry; `start` is that of the bytes before.
func crc32(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
    UInt32(crc32_z(UInt(start), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
}
