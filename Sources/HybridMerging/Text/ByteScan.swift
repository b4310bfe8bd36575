internal import HybridGit

/// Looks at bytes eight at a time.
///
/// Words are read through the span's bounds check, and every bit pattern is a valid integer: what is marked
/// unsafe here cannot read outside the text.
enum ByteScan {
    /// One line: where it ends, behind its LF if it has one, and a hash of its bytes.
    struct Line {
        var end: Int
        var hash: UInt32
    }

    /// Finds the end of the line that begins at `start` and hashes it on the way.
    static func line(of text: RawSpan, from start: Int) -> Line {
        var at = start
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        while at + 8 <= text.byteCount {
            let word = word(text, at)
            let found = lineFeeds(in: word)
            if found != 0 {
                let length = found.trailingZeroBitCount / 8
                return finish(hash, word & ((1 << UInt64(length * 8)) - 1), start, at + length + 1)
            }
            hash = mix(hash, word)
            at += 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while at < text.byteCount {
            let byte = byte(text, at)
            at += 1
            if byte == LineEnding.lf { break }
            tail |= UInt64(byte) << shift
            shift += 8
        }
        return finish(hash, tail, start, at)
    }

    /// Whether two stretches of the same length hold the same bytes.
    static func equal(_ a: RawSpan, _ aStart: Int, _ b: RawSpan, _ bStart: Int, _ length: Int) -> Bool {
        var at = 0
        while at + 8 <= length {
            if word(a, aStart + at) != word(b, bStart + at) { return false }
            at += 8
        }
        while at < length {
            if byte(a, aStart + at) != byte(b, bStart + at) { return false }
            at += 1
        }
        return true
    }

    /// The top bit of each byte that is an LF, exact up to the first one.
    private static func lineFeeds(in word: UInt64) -> UInt64 {
        let zeroed = word ^ 0x0A0A_0A0A_0A0A_0A0A
        return (zeroed &- 0x0101_0101_0101_0101) & ~zeroed & 0x8080_8080_8080_8080
    }

    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }

    /// The length tells apart lines that differ only in NULs at their end, or in the missing LF.
    private static func finish(_ hash: UInt64, _ tail: UInt64, _ start: Int, _ end: Int) -> Line {
        let mixed = mix(mix(hash, tail), UInt64(end - start))
        return Line(end: end, hash: UInt32(truncatingIfNeeded: mixed ^ (mixed >> 32)))
    }

    @inline(__always)
    private static func word(_ text: RawSpan, _ at: Int) -> UInt64 {
        UInt64(littleEndian: unsafe text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    @inline(__always)
    private static func byte(_ text: RawSpan, _ at: Int) -> UInt8 {
        unsafe text.unsafeLoad(fromByteOffset: at, as: UInt8.self)
    }
}
