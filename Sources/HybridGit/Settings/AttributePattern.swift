#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A pattern of an attributes file, on bytes.
///
/// Source: gitattributes(5), gitignore(5) for the form of patterns, and git's wildmatch.c.
struct AttributePattern {
    fileprivate enum Token {
        case byte(UInt8)
        /// `?`
        case one
        /// `*`
        case some
        /// What `**` stands for.
        case anything
        case set(ByteSet)
        /// Either what follows, or what stands that many tokens later.
        case maybe(skipping: Int)
    }

    private enum Form {
        case exact
        /// `*` and an ending without special characters.
        case suffix
        case glob([Token])
        /// A class that does not end, for example.
        case never
    }

    /// Whether it is meant for a path's last component alone.
    private let isName: Bool
    private let folds: Bool
    private let text: [UInt8]
    private let form: Form

    /// Reads a pattern; with `folds`, ASCII letters count the same in both cases.
    init(_ pattern: ArraySlice<UInt8>, folds: Bool) {
        self.folds = folds
        isName = !pattern.contains(RepoPath.separator)
        let bytes = Array(pattern.first == RepoPath.separator ? pattern.dropFirst() : pattern)
        let plain = folds ? bytes.map(Self.lower) : bytes
        if !bytes.contains(where: Self.isSpecial) {
            (text, form) = (plain, .exact)
        } else if isName, bytes.first == UInt8(ascii: "*"), !bytes.dropFirst().contains(where: Self.isSpecial)
        {
            (text, form) = (Array(plain.dropFirst()), .suffix)
        } else {
            var reader = PatternReader(bytes: bytes, folds: folds)
            (text, form) = ([], reader.tokens().map { .glob($0) } ?? .never)
        }
    }

    /// Whether it matches a file whose path below the folder of the attributes file is `path`, its last component `name`.
    func matches(_ path: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer) -> Bool {
        let subject = isName ? name : path
        if case .never = form { return false }
        if folds {
            let lower = subject.map(Self.lower)
            return lower.withUnsafeBytes { matches($0) }
        }
        return matches(subject)
    }

    private func matches(_ subject: UnsafeRawBufferPointer) -> Bool {
        switch form {
        case .exact: return subject.elementsEqual(text)
        case .suffix:
            return subject.count >= text.count && subject.suffix(text.count).elementsEqual(text)
        case .glob(let tokens): return Self.run(tokens, on: subject)
        case .never: return false
        }
    }

    fileprivate static func lower(_ byte: UInt8) -> UInt8 { 65...90 ~= byte ? byte | 32 : byte }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\")].contains(byte)
    }

    /// All places in the pattern at once, so that no pattern takes longer than its length times the path's.
    private static func run(_ tokens: [Token], on subject: UnsafeRawBufferPointer) -> Bool {
        var here = [Bool](repeating: false, count: tokens.count + 1)
        enter(0, tokens, &here)
        for byte in subject {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for place in tokens.indices where here[place] {
                switch tokens[place] {
                case .byte(let wanted): if byte == wanted { enter(place + 1, tokens, &next) }
                case .one: if byte != RepoPath.separator { enter(place + 1, tokens, &next) }
                case .some: if byte != RepoPath.separator { enter(place, tokens, &next) }
                case .anything: enter(place, tokens, &next)
                case .set(let set):
                    if byte != RepoPath.separator, set.contains(byte) { enter(place + 1, tokens, &next) }
                case .maybe: break
                }
            }
            here = next
        }
        return here[tokens.count]
    }

    private static func enter(_ place: Int, _ tokens: [Token], _ places: inout [Bool]) {
        if places[place] { return }
        places[place] = true
        guard place < tokens.count else { return }
        switch tokens[place] {
        case .some, .anything: enter(place + 1, tokens, &places)
        case .maybe(let count):
            enter(place + 1, tokens, &places)
            enter(place + count, tokens, &places)
        default: break
        }
    }
}

/// `[...]` in a pattern.
private struct ByteSet {
    private var members = [Bool](repeating: false, count: 256)
    var isNegated = false

    func contains(_ byte: UInt8) -> Bool { members[Int(byte)] != isNegated }

    mutating func insert(_ bytes: some Sequence<UInt8>) { for byte in bytes { members[Int(byte)] = true } }

    /// Inserts the small letters of large ones, too, as git does for ranges and not for single letters.
    mutating func insert(folding bytes: some Sequence<UInt8>) {
        for byte in bytes { insert([byte, AttributePattern.lower(byte)]) }
    }

    /// The bytes of a class such as `alpha`; nil where there is none of this name.
    static func named(_ name: String) -> [UInt8]? {
        let test: (Int32) -> Int32
        switch name {
        case "alnum": test = isalnum
        case "alpha": test = isalpha
        case "blank": test = { $0 == 32 || $0 == 9 ? 1 : 0 }
        case "cntrl": test = iscntrl
        case "digit": test = isdigit
        case "graph": test = isgraph
        case "lower": test = islower
        case "print": test = isprint
        case "punct": test = ispunct
        case "space": test = isspace
        case "upper": test = isupper
        case "xdigit": test = isxdigit
        default: return nil
        }
        return (0..<128).filter { test(Int32($0)) != 0 }.map { UInt8($0) }
    }
}

/// Takes the text of a pattern apart.
private struct PatternReader {
    let bytes: [UInt8]
    let folds: Bool
    private var at = 0
    private var made: [AttributePattern.Token] = []

    init(bytes: [UInt8], folds: Bool) {
        self.bytes = bytes
        self.folds = folds
    }

    /// Nil for a pattern that matches nothing.
    mutating func tokens() -> [AttributePattern.Token]? {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "*"): addStars()
            case UInt8(ascii: "?"):
                made.append(.one)
                at += 1
            case UInt8(ascii: "\\"):
                guard at + 1 < bytes.count else { return nil }
                // Not folded, as with git.
                made.append(.byte(bytes[at + 1]))
                at += 2
            case UInt8(ascii: "["):
                at += 1
                guard let set = set() else { return nil }
                made.append(.set(set))
            default:
                add(bytes[at])
                at += 1
            }
        }
        return made
    }

    private mutating func add(_ byte: UInt8) {
        made.append(.byte(folds ? AttributePattern.lower(byte) : byte))
    }

    /// `**` between slashes or at an end stands for any folders, elsewhere for the same as `*`.
    private mutating func addStars() {
        let (star, slash) = (UInt8(ascii: "*"), RepoPath.separator)
        let start = at
        while at < bytes.count, bytes[at] == star { at += 1 }
        let begins = start == 0 || bytes[start - 1] == slash
        let isEscaped = bytes[at...].starts(with: [UInt8(ascii: "\\"), slash])
        if at - start == 1 || !begins || !(at == bytes.count || bytes[at] == slash || isEscaped) {
            made.append(.some)
        } else if at < bytes.count, !isEscaped {
            made += [.maybe(skipping: 3), .anything, .byte(slash)]
            at += 1
        } else {
            made.append(.anything)
        }
    }

    private mutating func set() -> ByteSet? {
        var set = ByteSet()
        if at < bytes.count, bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "^") {
            set.isNegated = true
            at += 1
        }
        // What a range may begin with.
        var last: UInt8?
        let first = at
        while at < bytes.count, at == first || bytes[at] != UInt8(ascii: "]") {
            if bytes[at] == UInt8(ascii: "-"), let low = last, at + 1 < bytes.count,
                bytes[at + 1] != UInt8(ascii: "]")
            {
                at += 1
                guard let high = member() else { return nil }
                if low <= high { insert(low...high, into: &set) }
                last = nil
            } else if bytes[at...].starts(with: Array("[:".utf8)),
                let end = bytes[(at + 2)...].firstIndex(of: UInt8(ascii: "]")), end > at + 2,
                bytes[end - 1] == UInt8(ascii: ":")
            {
                let name = String(decoding: bytes[(at + 2)..<(end - 1)], as: UTF8.self)
                guard let named = ByteSet.named(name) else { return nil }
                insert(named, into: &set)
                at = end + 1
                last = nil
            } else {
                guard let byte = member() else { return nil }
                set.insert([byte])
                last = byte
            }
        }
        guard at < bytes.count else { return nil }
        at += 1
        return set
    }

    private func insert(_ bytes: some Sequence<UInt8>, into set: inout ByteSet) {
        if folds { set.insert(folding: bytes) } else { set.insert(bytes) }
    }

    /// One byte of a class, which may be escaped.
    private mutating func member() -> UInt8? {
        if bytes[at] == UInt8(ascii: "\\") { at += 1 }
        guard at < bytes.count else { return nil }
        at += 1
        return bytes[at - 1]
    }
}
