internal import HybridGit
internal import HybridSystem

/// A glob cut at its slashes, to be walked down a tree of names.
enum GlobPart {
    case name([UInt8])
    case some([PathPattern.Token], prefix: [UInt8], suffix: [UInt8])
    /// `**/`.
    case folders
    /// `/**` at the end.
    case rest

    /// The parts of a glob.
    static func parts(_ pattern: PathPattern) -> [GlobPart] {
        var parts: [GlobPart] = []
        var run: [PathPattern.Token] = []
        func flush() {
            guard !run.isEmpty else { return }
            let literal = run.compactMap(\.literal)
            if literal.count == run.count {
                parts.append(.name(literal))
            } else {
                let before = run.prefix { $0.literal != nil }.compactMap(\.literal)
                let behind = run.reversed().prefix { $0.literal != nil }.reversed().compactMap(\.literal)
                parts.append(.some(run, prefix: before, suffix: behind))
            }
            run = []
        }
        for token in pattern.tokens {
            switch token {
            case .slash: flush()
            case .folders: parts.append(.folders)
            case .rest: parts.append(.rest)
            default: run.append(token)
            }
        }
        flush()
        return parts
    }

    /// How many paths of a tree a glob matches, and whether all were counted.
    ///
    /// Only folders that can hold a match are read; `budget` is how many entries may still be looked at.
    static func count(_ pattern: PathPattern, in base: any BaseTree, budget: inout Int) throws
        -> (number: Int, isWhole: Bool)
    {
        let parts = parts(pattern)
        var seen: Set<[UInt8]> = []
        func walk(_ folder: [UInt8], _ at: Int, _ budget: inout Int) throws {
            func below(_ name: [UInt8]) -> [UInt8] { folder.isEmpty ? name : folder + [47] + name }
            func step(_ name: [UInt8], _ entry: BaseEntry, _ budget: inout Int) throws {
                if at + 1 == parts.count {
                    if entry != .directory { seen.insert(below(name)) }
                } else if entry == .directory {
                    try walk(below(name), at + 1, &budget)
                }
            }
            guard at < parts.count, budget > 0 else { return }
            let text = String(decoding: folder, as: UTF8.self)
            if case .name(let name) = parts[at] {
                let path = String(decoding: below(name), as: UTF8.self)
                if let entry = try base.entry(path) { try step(name, entry, &budget) }
                return
            }
            if case .folders = parts[at] { try walk(folder, at + 1, &budget) }
            for (name, entry) in try base.names(in: text) {
                budget -= 1
                switch parts[at] {
                case .name: break
                case .some(let tokens, _, _):
                    if PathPattern.matches(tokens, name[...]) { try step(name, entry, &budget) }
                case .folders:
                    if entry == .directory { try walk(below(name), at, &budget) }
                case .rest:
                    if entry == .directory {
                        try walk(below(name), at, &budget)
                    } else {
                        seen.insert(below(name))
                    }
                }
            }
        }
        try walk([], 0, &budget)
        return (seen.count, budget > 0)
    }
}
