internal import CDeflate

/// Compresses one object after the other.
final class Deflater {
    private let state: OpaquePointer
    private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// `level` is 1, the fastest, to 12.
    init(level: Int32) throws(GitError) {
        guard let state = libdeflate_alloc_compressor(level) else {
            throw GitError(
                .other, operation: "write pack", subject: "libdeflate", reason: "it could not be set up")
        }
        self.state = state
    }

    deinit {
        libdeflate_free_compressor(state)
        room.deallocate()
    }

    /// Compresses `bytes` as one zlib stream; `take` may read it until it returns.
    func compress<R>(
        _ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) throws(GitError) -> R
    ) throws(GitError) -> R {
        let bound = libdeflate_zlib_compress_bound(state, bytes.count)
        if room.count < bound {
            room.deallocate()
            room = .allocate(byteCount: max(bound, 1 << 14), alignment: 16)
        }
        let count = libdeflate_zlib_compress(
            state, bytes.baseAddress, bytes.count, room.baseAddress, room.count)
        precondition(count > 0, "the bound is always enough")
        return try take(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }
}

/// Expands one object after the other.
final class Inflater {
    fileprivate let state: OpaquePointer

    init() throws(GitError) {
        guard let state = libdeflate_alloc_decompressor() else {
            throw GitError(
                .other, operation: "read pack", subject: "libdeflate", reason: "it could not be set up")
        }
        self.state = state
    }

    deinit { libdeflate_free_decompressor(state) }

    /// Expands the zlib stream at the beginning of `bytes`, which fills `place` exactly; false for anything else.
    func expand(_ bytes: UnsafeRawBufferPointer, into place: UnsafeMutableRawBufferPointer) -> Bool {
        // Without room for a count it takes any other length for a failure.
        libdeflate_zlib_decompress_ex(
            state, bytes.baseAddress, bytes.count, place.baseAddress, place.count, nil, nil)
            == LIBDEFLATE_SUCCESS
    }
}

extension Inflater {
    /// What a zlib stream holds whose length is not known.
    enum Expanded {
        case content([UInt8])
        /// More than was allowed.
        case larger
        /// No stream, not all of one, or more than one.
        case damaged
    }

    /// Expands a zlib stream that is all of `bytes`, to `limit` bytes at the most.
    func expand(_ bytes: UnsafeRawBufferPointer, atMost limit: Int) -> Expanded {
        var size = min(limit, max(4 * bytes.count, 1 << 12))
        while true {
            var (taken, result) = (0, LIBDEFLATE_SUCCESS)
            let content = [UInt8](unsafeUninitializedCapacity: size) { room, count in
                result = libdeflate_zlib_decompress_ex(
                    state, bytes.baseAddress, bytes.count, room.baseAddress, room.count, &taken, &count)
                if result != LIBDEFLATE_SUCCESS { count = 0 }
            }
            if result == LIBDEFLATE_SUCCESS { return taken == bytes.count ? .content(content) : .damaged }
            guard result == LIBDEFLATE_INSUFFICIENT_SPACE else { return .damaged }
            if size == limit { return .larger }
            size = min(limit, 4 * size)
        }
    }
}

/// The checksum that a pack's index keeps for each entry; `start` is that of the bytes before.
func crc32(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
    libdeflate_crc32(start, bytes.baseAddress, bytes.count)
}
