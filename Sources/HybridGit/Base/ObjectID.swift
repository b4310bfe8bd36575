internal import CLibgit2

/// The name of a git object: 20 bytes of SHA-1, as a value.
public struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    var high: UInt64
    var middle: UInt64
    var low: UInt32

    /// How many bytes an id takes in git's files: the one place that says so.
    static let length = 20
    /// How many hexadecimal digits it takes in text.
    static let digits = 2 * length

    /// The id that git uses for "nothing".
    public static let zero = ObjectID(high: 0, middle: 0, low: 0)

    init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    /// Reads 20 raw bytes; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for (i, byte) in bytes.enumerated() {
            if i < 8 {
                words.0 = words.0 << 8 | UInt64(byte)
            } else if i < 16 {
                words.1 = words.1 << 8 | UInt64(byte)
            } else {
                words.2 = words.2 << 8 | UInt32(byte)
            }
        }
        self.init(high: words.0, middle: words.1, low: words.2)
    }

    /// Reads 40 hexadecimal digits; nil for anything else.
    public init?(hex: String) { self.init(hexDigits: hex.utf8) }

    /// Reads 40 hexadecimal digits as bytes; nil for anything else.
    init?(hexDigits: some Sequence<UInt8>) {
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        var count = 0
        for digit in hexDigits {
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 97...102: value = digit - 87
            case 65...70: value = digit - 55
            default: return nil
            }
            switch count {
            case ..<16: words.0 = words.0 << 4 | UInt64(value)
            case ..<32: words.1 = words.1 << 4 | UInt64(value)
            case ..<Self.digits: words.2 = words.2 << 4 | UInt32(value)
            default: return nil
            }
            count += 1
        }
        guard count == Self.digits else { return nil }
        self.init(high: words.0, middle: words.1, low: words.2)
    }

    /// Reads the 20 raw bytes that begin at `offset`.
    init(rawAt offset: Int, in bytes: [UInt8]) {
        precondition(offset >= 0 && offset + Self.length <= bytes.count)
        self = bytes.withUnsafeBytes { ObjectID(raw: UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    /// Reads the first 20 bytes, which must be there.
    init(raw: UnsafeRawBufferPointer) {
        self.init(
            high: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            middle: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            low: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
    }

    /// Appends the 20 raw bytes.
    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// The 20 raw bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        append(to: &bytes)
        return bytes
    }

    /// 40 hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(Self.digits)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Ids are hashes already: one word of them spreads well.
    public func hash(into hasher: inout Hasher) { hasher.combine(high) }

    /// The first ten digits, for display only.
    public var short: String { String(description.prefix(10)) }

    /// Orders as git does, by bytes.
    public static func < (a: ObjectID, b: ObjectID) -> Bool {
        (a.high, a.middle, a.low) < (b.high, b.middle, b.low)
    }
}

extension ObjectID {
    init(_ oid: git_oid) { self = withUnsafeBytes(of: oid.id) { ObjectID(raw: $0) } }

    var oid: git_oid {
        var out = git_oid()
        withUnsafeMutableBytes(of: &out.id) { id in
            id.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            id.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            id.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return out
    }
}

extension ObjectID {
    /// The id that git gives a blob of these bytes; nothing is written.
    public init(ofBlob bytes: [UInt8]) throws(GitError) { try self.init(hashing: bytes, as: GIT_OBJECT_BLOB) }

    /// The id that git gives an object of this type and content.
    ///
    /// Where what is read is verified, so is what is hashed: libgit2 sees the known attacks on SHA-1 and refuses them.
    init(hashing bytes: [UInt8], as type: git_object_t) throws(GitError) {
        if !Repository.verifiesObjects {
            var hash = SHA1()
            Array("\(ObjectKind.name(of: type)) \(bytes.count)\0".utf8).withUnsafeBytes { hash.update($0) }
            bytes.withUnsafeBytes { hash.update($0) }
            self = hash.finish()
            return
        }
        try Library.started()
        var oid = git_oid()
        try check(git_odb_hash(&oid, bytes, bytes.count, type), "hash object", "of \(bytes.count) bytes")
        self.init(oid)
    }
}
