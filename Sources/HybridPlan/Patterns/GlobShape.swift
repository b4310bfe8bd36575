internal import HybridMerging

/// What of a glob can be compared at once: most pairs of globs are told apart by it.
struct GlobShape {
    /// A component: how it begins and, reversed, how it ends; both are all of it where it holds no wildcard.
    private struct Part {
        var prefix: [UInt8]
        var suffix: [UInt8]
        var isName: Bool

        func mayMeet(_ other: Part) -> Bool {
            if isName, other.isName { return prefix == other.prefix }
            if isName { return prefix.starts(with: other.prefix) && suffix.starts(with: other.suffix) }
            if other.isName { return other.prefix.starts(with: prefix) && other.suffix.starts(with: suffix) }
            return GlobShape.agree(prefix, other.prefix) && GlobShape.agree(suffix, other.suffix)
        }
    }

    /// The bytes before the first wildcard, and those behind the last, reversed.
    let prefix: [UInt8]
    let suffix: [UInt8]
    /// How the last component begins; nil where it may be any.
    var lastName: [UInt8]? { back.first?.prefix }
    /// The components in front of the first `**`, and those behind the last, the last one first.
    private let front: [Part]
    private let back: [Part]
    private let isDeep: Bool

    init(_ pattern: PathPattern) {
        prefix = pattern.prefix
        suffix = pattern.suffix.reversed()
        let parts = GlobPart.parts(pattern).map { part -> Part? in
            switch part {
            case .name(let name): Part(prefix: name, suffix: name.reversed(), isName: true)
            case .some(_, let prefix, let suffix):
                Part(prefix: prefix, suffix: suffix.reversed(), isName: false)
            case .folders, .rest: nil
            }
        }
        front = parts.prefix { $0 != nil }.compactMap { $0 }
        back = parts.reversed().prefix { $0 != nil }.compactMap { $0 }
        isDeep = parts.contains { $0 == nil }
    }

    /// Whether two folded globs could meet; false only where none can.
    func mayMeet(_ other: GlobShape) -> Bool {
        if !isDeep, !other.isDeep, front.count != other.front.count { return false }
        // Without a `**` on one side its components count from both ends, and the other's have to find room.
        if !isDeep, front.count < other.front.count || front.count < other.back.count { return false }
        if !other.isDeep, other.front.count < front.count || other.front.count < back.count { return false }
        return zip(back, other.back).allSatisfy { $0.mayMeet($1) }
            && zip(front, other.front).allSatisfy { $0.mayMeet($1) }
    }

    static func agree(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count < b.count ? b.starts(with: a) : a.starts(with: b)
    }
}
