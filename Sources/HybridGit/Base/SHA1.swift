/// The checksum at the end of packs and their indexes (FIPS 180-4).
///
/// Only for bytes that were written here: libgit2 hashes objects, with their heads, and nothing else.
struct SHA1 {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
    )
    private var count: UInt64 = 0
    /// What does not fill a block yet.
    private var rest: [UInt8] = []

    /// Takes more bytes in.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += UInt64(bytes.count)
        var bytes = bytes
        if !rest.isEmpty {
            let missing = min(64 - rest.count, bytes.count)
            rest += bytes[..<missing]
            bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
            guard rest.count == 64 else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { take($0) }
        }
        let whole = bytes.count & ~63
        take(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        rest += bytes[whole...]
    }

    /// The checksum of all bytes so far; nothing may be added afterwards.
    mutating func finish() -> ObjectID {
        let bits = (count &* 8).bigEndian
        var end = rest + [0x80]
        end += [UInt8](repeating: 0, count: (120 - end.count) % 64)
        withUnsafeBytes(of: bits) { end += $0 }
        rest = []
        end.withUnsafeBytes { take($0) }
        return ObjectID(
            high: UInt64(state.0) << 32 | UInt64(state.1), middle: UInt64(state.2) << 32 | UInt64(state.3),
            low: state.4)
    }

    /// Takes whole blocks in.
    private mutating func take(_ blocks: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
            for start in stride(from: 0, to: blocks.count, by: 64) {
                for index in 0..<16 {
                    words[index] =
                        UInt32(
                            bigEndian: blocks.loadUnaligned(
                                fromByteOffset: start + 4 * index, as: UInt32.self))
                }
                for index in 16..<80 {
                    let word = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                    words[index] = word << 1 | word >> 31
                }
                var (a, b, c, d, e) = state
                func round(_ mixed: UInt32, _ constant: UInt32, _ word: UInt32) {
                    let next = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ word
                    (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
                }
                for index in 0..<20 { round(d ^ (b & (c ^ d)), 0x5A82_7999, words[index]) }
                for index in 20..<40 { round(b ^ c ^ d, 0x6ED9_EBA1, words[index]) }
                for index in 40..<60 { round((b & c) | (d & (b | c)), 0x8F1B_BCDC, words[index]) }
                for index in 60..<80 { round(b ^ c ^ d, 0xCA62_C1D6, words[index]) }
                state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
            }
        }
    }
}
