internal import HybridGit
internal import HybridMerging

/// A set of bytes: what one place of a pattern accepts.
package struct ByteSet: Hashable, Sendable {
    private var words: SIMD4<UInt64> = .zero

    package static let all = ByteSet { _ in true }
    /// What may stand within a component.
    static let inName = ByteSet { $0 != 47 && $0 != 0 }
    package static let slash = ByteSet { $0 == 47 }
    /// What letters beyond ASCII are made of.
    static let ofLetters = ByteSet { $0 > 127 }
    /// ASCII bytes that say nothing more in a name: no part of `.`, `..` and `.git`.
    package static let plain = ByteSet { $0 > 0 && $0 < 128 && !Array("/.gitGIT".utf8).contains($0) }
    /// ASCII's capital letters.
    static let capitals = ByteSet { (65...90).contains($0) }
    /// What folded paths are made of.
    static let folded = all.subtracting(capitals)

    package init() {}

    package init(_ accepts: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where accepts(byte) { insert(byte) }
    }

    package init(_ byte: UInt8) { insert(byte) }

    package mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    package func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 }

    package var isEmpty: Bool { words == .zero }

    package func isSubset(of other: ByteSet) -> Bool { subtracting(other).isEmpty }

    package func intersection(_ other: ByteSet) -> ByteSet {
        var out = self
        out.words &= other.words
        return out
    }

    package func subtracting(_ other: ByteSet) -> ByteSet {
        var out = self
        out.words &= ~other.words
        return out
    }

    /// The only byte of a set; nil where it holds more or none.
    package var only: UInt8? {
        var found: UInt8?
        for word in 0..<4 where words[word] != 0 {
            if found != nil || words[word].nonzeroBitCount > 1 { return nil }
            found = UInt8(word * 64 + words[word].trailingZeroBitCount)
        }
        return found
    }

    /// The set of folded bytes of which it holds a letter's one case or the other.
    var lettersInAnyCase: ByteSet {
        var out = self
        out.words[1] |= (words[1] & Self.capitals.words[1]) << 32
        return out.subtracting(.capitals)
    }

    /// The set of folded bytes of which it holds a letter's both cases.
    var lettersInBothCases: ByteSet {
        var out = self
        // Small letters stand 32 bits behind the capitals, in the same word.
        out.words[1] &= ~((~words[1] & Self.capitals.words[1]) << 32)
        return out.subtracting(.capitals)
    }

    /// Whether it holds each letter in both cases or in none.
    var isSameInBothCases: Bool { lettersInAnyCase == lettersInBothCases }

    package mutating func formUnion(_ other: ByteSet) { words |= other.words }

    /// All bytes in the order in which a witness is to use them: letters that read well first.
    package static let order: [UInt8] = {
        let liked = Array("xabcdefghijklmnopqrstuvwyz0123456789_-XABCDEFGHIJKLMNOPQRSTUVWYZ.".utf8)
        let printed = (33...126).map { UInt8($0) }.filter { !liked.contains($0) }
        // Of what begins letters beyond ASCII, that of À to ÿ.
        let others = (UInt8.min...UInt8.max).filter {
            !liked.contains($0) && !printed.contains($0) && $0 != 0xC3
        }
        return liked + printed + [0xC3] + others
    }()
}
