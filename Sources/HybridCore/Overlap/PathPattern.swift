/// A claim's path as a pattern: git's wildmatch with pathname rules.
///
/// `*` and `?` stay within a component, `**` as a whole component crosses them; a name without a wildcard
/// stands for that file or everything below it, and so does what a glob matches (git's pathspecs).
public struct PathPattern: Hashable, Sendable {
    /// The pattern as written.
    public let text: String
    /// Whether it holds a wildcard.
    public let isGlob: Bool
    let parts: [Part]

    enum Part: Hashable, Sendable {
        case any
        case name([Token])
    }

    enum Token: Hashable, Sendable {
        case star
        case one
        case char(Unicode.Scalar)
        case set([ClosedRange<Unicode.Scalar>], negated: Bool)

        func accepts(_ c: Unicode.Scalar) -> Bool {
            switch self {
            case .star, .one: true
            case .char(let own): own == c
            case .set(let ranges, let negated): ranges.contains { $0.contains(c) } != negated
            }
        }
    }

    /// Reads a pattern; one that stands literally at the base is a name, whatever it holds.
    public init(_ text: String, isLiteral: Bool) {
        self.text = text
        isGlob = !isLiteral && Self.hasWildcard(text)
        let glob = isGlob
        parts = text.split(separator: "/").map { part in
            if glob, part.allSatisfy({ $0 == "*" }), part.count > 1 { return .any }
            return .name(glob ? Self.tokens(part) : part.unicodeScalars.map { .char($0) })
        }
    }

    private init(text: String, isGlob: Bool, parts: [Part]) {
        self.text = text
        self.isGlob = isGlob
        self.parts = parts
    }

    /// Whether a path holds a character that makes it a pattern.
    public static func hasWildcard(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    /// The pattern with every letter folded, to find what some file systems take for the same.
    func folded() -> PathPattern {
        PathPattern(
            text: text, isGlob: isGlob,
            parts: parts.map { part in
                guard case .name(let tokens) = part else { return part }
                return .name(Self.folded(tokens))
            })
    }

    private static func folded(_ tokens: [Token]) -> [Token] {
        var out: [Token] = []
        var run = ""
        func flush() {
            out += PathFolding.folded(run).unicodeScalars.map { .char($0) }
            run = ""
        }
        for token in tokens {
            switch token {
            case .char(let c): run.unicodeScalars.append(c)
            case .set(let ranges, let negated):
                flush()
                // A folded set is read widely: what it may mean on a folding file system is not smaller.
                out.append(
                    negated || ranges.contains { $0.lowerBound != $0.upperBound }
                        ? .one : .set(ranges.flatMap { Self.bothCases($0.lowerBound) }, negated: false))
            default:
                flush()
                out.append(token)
            }
        }
        flush()
        return out
    }

    private static func bothCases(_ c: Unicode.Scalar) -> [ClosedRange<Unicode.Scalar>] {
        PathFolding.folded(String(c)).unicodeScalars.map { $0...$0 }
    }

    private static func tokens(_ part: Substring) -> [Token] {
        var out: [Token] = []
        var rest = part.unicodeScalars[...]
        while let c = rest.popFirst() {
            switch c {
            case "*": if out.last != .star { out.append(.star) }
            case "?": out.append(.one)
            case "[":
                if let set = set(&rest) { out.append(set) } else { out.append(.char(c)) }
            default: out.append(.char(c))
            }
        }
        return out
    }

    private static func set(_ rest: inout Substring.UnicodeScalarView.SubSequence) -> Token? {
        var at = rest
        let negated = at.first == "!" || at.first == "^"
        if negated { at.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let c = at.popFirst() {
            if c == "]", !isFirst {
                rest = at
                return .set(ranges, negated: negated)
            }
            isFirst = false
            if at.first == "-", let high = at.dropFirst().first, high != "]" {
                at.removeFirst(2)
                if c <= high { ranges.append(c...high) }
            } else {
                ranges.append(c...c)
            }
        }
        return nil
    }

    /// Whether the pattern covers a path: itself, or something above it.
    public func matches(_ path: String) -> Bool {
        let names = path.split(separator: "/").map { Array($0.unicodeScalars) }
        func walk(_ part: Int, _ name: Int) -> Bool {
            if part == parts.count { return name > 0 }
            if case .any = parts[part] {
                // `a/**` needs something below a.
                if part == parts.count - 1 { return name < names.count }
                return (name...names.count).contains { walk(part + 1, $0) }
            }
            guard name < names.count, case .name(let tokens) = parts[part] else { return false }
            return Self.matches(tokens, names[name]) && walk(part + 1, name + 1)
        }
        return walk(0, 0)
    }

    /// Greedy with one step back, so that `*a*a*a` stays linear in practice and never explodes.
    static func matches(_ tokens: [Token], _ name: [Unicode.Scalar]) -> Bool {
        var (t, n) = (0, 0)
        var star: (Int, Int)?
        while n < name.count {
            if t < tokens.count, tokens[t] == .star {
                star = (t, n)
                t += 1
            } else if t < tokens.count, tokens[t].accepts(name[n]) {
                t += 1
                n += 1
            } else if let (at, from) = star {
                star = (at, from + 1)
                t = at + 1
                n = from + 1
            } else {
                return false
            }
        }
        return tokens[t...].allSatisfy { $0 == .star }
    }
}
