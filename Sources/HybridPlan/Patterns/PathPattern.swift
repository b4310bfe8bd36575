internal import HybridGit
internal import HybridMerging

/// A claim's path as a pattern: git's wildmatch with pathname rules, on bytes.
///
/// `*` and `?` stay within a component and match a leading dot, `**` as a whole component crosses components, a
/// class is one byte. A name without a wildcard stands for that file or everything below that directory; a glob
/// stands for the whole paths that it matches, and for nothing below them (git's `:(glob)` pathspecs, wildmatch.c).
public struct PathPattern: Hashable, Sendable {
    /// The pattern as written.
    public let text: String
    /// Whether it holds a wildcard.
    public let isGlob: Bool
    /// What a glob is made of; empty for a name.
    let tokens: [Token]

    package enum Token: Hashable, Sendable {
        case byte(UInt8)
        /// A class, or `?`: what it accepts, and whether it is written as what it does not.
        case set(ByteSet, isNegated: Bool)
        case slash
        /// `*`: any bytes within a component.
        case star
        /// `**/`: no folder or any number of them.
        case folders
        /// `/**` at the end: anything, and at least one component of it.
        case rest
    }

    /// Reads a pattern; one that stands literally at the base is a name, whatever it holds.
    ///
    /// So is one that wildmatch could never match because a class in it does not end.
    public init(_ text: String, isLiteral: Bool) {
        self.text = text
        let tokens = isLiteral || !Self.hasWildcard(text) ? nil : PatternReader.tokens(Array(text.utf8))
        isGlob = tokens != nil
        self.tokens = tokens ?? []
    }

    package init(text: String, isGlob: Bool, tokens: [Token]) {
        self.text = text
        self.isGlob = isGlob
        self.tokens = tokens
    }

    /// The pattern of one path, and of nothing below it.
    package init(exactly path: String) {
        self.init(text: path, isGlob: true, tokens: path.utf8.map { $0 == 47 ? .slash : .byte($0) })
    }

    /// Whether it holds a negated class that has a letter in one case only.
    var saysCase: Bool {
        tokens.contains { if case .set(let set, true) = $0 { !set.isSameInBothCases } else { false } }
    }

    /// Whether a path holds a character that makes it a pattern.
    public static func hasWildcard(_ text: String) -> Bool {
        text.utf8.contains { $0 == 42 || $0 == 63 || $0 == 91 }
    }

    /// Whether the pattern covers a path.
    ///
    /// O(path × pattern) at worst, linear for what people write.
    public func matches(_ path: String) -> Bool { matches(Array(path.utf8)[...]) }

    package func matches(_ path: ArraySlice<UInt8>) -> Bool {
        if isGlob { return Self.matches(tokens, path) }
        let own = text.utf8
        guard path.starts(with: own) else { return false }
        let rest = path.dropFirst(own.count)
        return rest.isEmpty || rest.first == 47 && rest.count > 1
    }

    /// Greedy: one step back for the last star of a component, one for the last `**/`.
    ///
    /// An earlier star need not be tried again: components have fixed ends, and the leftmost place is the best one.
    package static func matches(_ tokens: [Token], _ path: ArraySlice<UInt8>) -> Bool {
        var (t, n) = (0, path.startIndex)
        var star: (token: Int, at: Int)?
        var folders: (token: Int, at: Int)?
        let end = path.endIndex
        while true {
            if t < tokens.count {
                switch tokens[t] {
                case .star:
                    t += 1
                    star = (t, n)
                    continue
                case .folders:
                    t += 1
                    folders = (t, n)
                    star = nil
                    continue
                case .rest:
                    if n < end { return true }
                case .byte(let byte):
                    if n < end, path[n] == byte {
                        (t, n) = (t + 1, n + 1)
                        continue
                    }
                case .set(let set, _):
                    if n < end, set.contains(path[n]) {
                        (t, n) = (t + 1, n + 1)
                        continue
                    }
                case .slash:
                    if n < end, path[n] == 47 {
                        (t, n) = (t + 1, n + 1)
                        star = nil
                        continue
                    }
                }
            } else if n == end {
                return true
            }
            if let (token, at) = star, at < end, path[at] != 47 {
                star = (token, at + 1)
                (t, n) = (token, at + 1)
            } else if let (token, at) = folders, let slash = path[at...].firstIndex(of: 47) {
                folders = (token, slash + 1)
                star = nil
                (t, n) = (token, slash + 1)
            } else {
                return false
            }
        }
    }

    /// The bytes before the first wildcard.
    package var prefix: [UInt8] {
        isGlob ? tokens.prefix { $0.literal != nil }.compactMap(\.literal) : Array(text.utf8)
    }

    /// The bytes behind the last wildcard.
    package var suffix: [UInt8] {
        isGlob ? tokens.reversed().prefix { $0.literal != nil }.reversed().compactMap(\.literal) : []
    }

    /// The folders in front of the first component with a wildcard; the path itself of a name.
    package var fixedFolder: String {
        guard isGlob else { return text }
        let prefix = prefix
        let end = prefix.lastIndex(of: 47) ?? 0
        return String(decoding: prefix[..<end], as: UTF8.self)
    }

    /// Whether folding can change what it covers.
    var changesFolded: Bool {
        guard isGlob else { return text.utf8.contains { (65...90).contains($0) || $0 > 127 } }
        return tokens.contains { token in
            switch token {
            case .byte(let byte): (65...90).contains(byte) || byte > 127
            case .set(let set, _): !set.isSameInBothCases
            default: false
            }
        }
    }

    /// The pattern where case and the composition of letters do not count, of paths without a capital.
    ///
    /// A claimed class may be any letter of which it holds one case: `[!a-z]` holds `A`, and so meets `a`. What is taken away
    /// is taken as git compares without case: a negated class then takes only letters that it holds in both.
    func folded(composed: Bool = false, isTaken: Bool = false) -> PathPattern {
        if text.utf8.allSatisfy({ $0 < 128 }), !changesFolded, !isGlob { return self }
        return mapped { set, isNegated in
            isTaken && isNegated ? set.lettersInBothCases : set.lettersInAnyCase
        } _: {
            PathFolding.folded($0, composed: composed)
        }
    }

    /// The pattern where the composition of letters does not count, in one of the two canonical forms.
    package func normalised(composed: Bool) -> PathPattern {
        mapped { set, _ in
            set
        } _: {
            PathFolding.normalised($0, composed: composed)
        }
    }

    private func mapped(
        _ sets: (ByteSet, _ isNegated: Bool) -> ByteSet, _ change: (String) -> String
    ) -> PathPattern {
        guard isGlob else { return PathPattern(text: change(text), isGlob: false, tokens: []) }
        var out: [Token] = []
        var run: [UInt8] = []
        func flush() {
            if !run.isEmpty { out += change(String(decoding: run, as: UTF8.self)).utf8.map { .byte($0) } }
            run = []
        }
        for token in tokens {
            if case .byte(let byte) = token {
                run.append(byte)
                continue
            }
            flush()
            if case .set(let set, let isNegated) = token {
                out.append(.set(sets(set, isNegated), isNegated: isNegated))
            } else {
                out.append(token)
            }
        }
        flush()
        return PathPattern(text: text, isGlob: true, tokens: out)
    }
}

extension PathPattern.Token {
    /// The byte that alone stands here.
    package var literal: UInt8? {
        switch self {
        case .byte(let byte): byte
        case .slash: 47
        default: nil
        }
    }
}

/// Takes the text of a glob apart as git's wildmatch.c does.
struct PatternReader {
    private let text: [UInt8]
    private var at = 0

    /// The tokens; nil where a class does not end or names no POSIX class, which wildmatch never matches.
    ///
    /// `escapes` reads a backslash as git does; claims hold none.
    static func tokens(_ text: [UInt8], escapes: Bool = false) -> [PathPattern.Token]? {
        var reader = PatternReader(text: text)
        return reader.read(escapes)
    }

    private init(text: [UInt8]) { self.text = text }

    private func byte(_ ahead: Int = 0) -> UInt8? { at + ahead < text.count ? text[at + ahead] : nil }

    private mutating func read(_ escapes: Bool) -> [PathPattern.Token]? {
        var out: [PathPattern.Token] = []
        while let c = byte() {
            switch c {
            case 92 where escapes:
                guard let next = byte(1) else { return nil }
                out.append(next == 47 ? .slash : .byte(next))
                at += 2
            case 47:
                out.append(.slash)
                at += 1
            case 63:
                out.append(.set(.inName, isNegated: false))
                at += 1
            case 42: stars(&out)
            case 91:
                at += 1
                guard let set = set() else { return nil }
                out.append(set)
            default:
                out.append(.byte(c))
                at += 1
            }
        }
        return out
    }

    private mutating func stars(_ out: inout [PathPattern.Token]) {
        let start = at
        while byte() == 42 { at += 1 }
        let isWhole = (start == 0 || text[start - 1] == 47) && (byte() == nil || byte() == 47)
        if at - start > 1, isWhole {
            if byte() == nil {
                out.append(.rest)
            } else {
                at += 1
                // Several in a row mean what one means.
                if out.last != .folders { out.append(.folders) }
            }
        } else if out.last != .star {
            out.append(.star)
        }
    }

    /// A class, read from behind its `[`; nil where it is broken.
    private mutating func set() -> PathPattern.Token? {
        var set = ByteSet()
        let negated = byte() == 33 || byte() == 94
        if negated { at += 1 }
        // As in C: a range needs a byte before its sign, and 0 says that there is none.
        var previous: UInt8 = 0
        var isFirst = true
        while let c = byte(), isFirst || c != 93 {
            isFirst = false
            if c == 92 {
                at += 1
                guard let next = byte() else { return nil }
                set.insert(next)
                previous = next
            } else if c == 45, previous != 0, let next = byte(1), next != 93 {
                at += 1
                var high = next
                if high == 92 {
                    at += 1
                    guard let escaped = byte() else { return nil }
                    high = escaped
                }
                if previous <= high { for member in previous...high { set.insert(member) } }
                previous = 0
            } else if c == 91, byte(1) == 58, let end = text[(at + 2)...].firstIndex(of: 93) {
                if end > at + 2, text[end - 1] == 58 {
                    guard let members = Self.posix(text[(at + 2)..<(end - 1)]) else { return nil }
                    set.formUnion(members)
                    at = end
                    previous = 0
                } else {
                    set.insert(91)
                    previous = 91
                }
            } else if c == 91, byte(1) == 58 {
                return nil
            } else {
                set.insert(c)
                previous = c
            }
            at += 1
        }
        guard byte() == 93 else { return nil }
        at += 1
        return .set(
            negated ? ByteSet.inName.subtracting(set) : set.intersection(.inName), isNegated: negated)
    }

    /// What a POSIX class holds in git, which knows ASCII alone (ctype.c); nil for an unknown name.
    private static func posix(_ name: ArraySlice<UInt8>) -> ByteSet? {
        func isLetter(_ c: UInt8) -> Bool { (65...90).contains(c & 0xDF) }
        func isDigit(_ c: UInt8) -> Bool { (48...57).contains(c) }
        func isSpace(_ c: UInt8) -> Bool { [32, 9, 10, 13].contains(c) }
        func isPrinted(_ c: UInt8) -> Bool { (32...126).contains(c) }
        return switch String(decoding: name, as: UTF8.self) {
        case "alnum": ByteSet { isLetter($0) || isDigit($0) }
        case "alpha": ByteSet(isLetter)
        case "blank": ByteSet { $0 == 32 || $0 == 9 }
        case "cntrl": ByteSet { $0 < 32 || $0 == 127 }
        case "digit": ByteSet(isDigit)
        case "graph": ByteSet { isPrinted($0) && !isSpace($0) }
        case "lower": ByteSet { (97...122).contains($0) }
        case "print": ByteSet(isPrinted)
        case "punct": ByteSet { isPrinted($0) && $0 != 32 && !isLetter($0) && !isDigit($0) }
        case "space": ByteSet(isSpace)
        case "upper": .capitals
        case "xdigit": ByteSet { isDigit($0) || (65...70).contains($0 & 0xDF) }
        default: nil
        }
    }
}
