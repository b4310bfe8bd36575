/// SHA-256 (FIPS 180-4), fed piece by piece.
package struct SHA256 {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
    )
    /// What is too short for a block yet.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    package init() {}

    /// The hash of bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.add(bytes)
        return hash.finished()
    }

    /// Takes more bytes.
    package mutating func add(_ bytes: [UInt8]) {
        length &+= UInt64(bytes.count)
        var from = 0
        if !rest.isEmpty {
            from = min(64 - rest.count, bytes.count)
            rest += bytes[..<from]
            guard rest.count == 64 else { return }
            take(rest, at: 0)
            rest = []
        }
        while bytes.count - from >= 64 {
            take(bytes, at: from)
            from += 64
        }
        rest = Array(bytes[from...])
    }

    /// Takes a text and where it ends, so that texts in a row cannot be read as others.
    package mutating func add(framed text: String) {
        let bytes = Array(text.utf8)
        add(Array("\(bytes.count):".utf8))
        add(bytes)
    }

    /// The hash of all that was taken.
    package func finished() -> [UInt8] {
        var last = self
        let bits = length &* 8
        let zeros = (119 - rest.count) % 64
        last.add([0x80] + [UInt8](repeating: 0, count: zeros))
        last.add((0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) })
        let words = [
            last.state.0, last.state.1, last.state.2, last.state.3, last.state.4, last.state.5, last.state.6,
            last.state.7,
        ]
        return words.flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
        }
    }

    private mutating func take(_ bytes: [UInt8], at offset: Int) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
                unsafe Self.constants.withUnsafeBufferPointer { constants in
                    for at in 0..<16 {
                        let from = offset &+ at &* 4
                        unsafe words[at] =
                            UInt32(bytes[from]) &<< 24 | UInt32(bytes[from &+ 1]) &<< 16
                            | UInt32(bytes[from &+ 2]) &<< 8 | UInt32(bytes[from &+ 3])
                    }
                    var at = 16
                    while at < 64 {
                        let (near, far) = unsafe (words[at &- 2], words[at &- 15])
                        let late = (near &>> 17 | near &<< 15) ^ (near &>> 19 | near &<< 13) ^ near &>> 10
                        let early = (far &>> 7 | far &<< 25) ^ (far &>> 18 | far &<< 14) ^ far &>> 3
                        unsafe words[at] = words[at &- 16] &+ early &+ words[at &- 7] &+ late
                        at &+= 1
                    }
                    unsafe mix(UnsafeBufferPointer(words), constants)
                }
            }
        }
    }

    private mutating func mix(_ words: UnsafeBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>)
    {
        var (a, b, c, d, e, f, g, h) = state
        var at = 0
        while at < 64 {
            let high = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
            let first = unsafe h &+ high &+ (e & f ^ ~e & g) &+ constants[at] &+ words[at]
            let low = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
            let second = low &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
            at &+= 1
        }
        state = (
            state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e, state.5 &+ f, state.6 &+ g,
            state.7 &+ h
        )
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}

extension [UInt8] {
    /// The bytes in hexadecimal.
    package var hexText: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
