/// Finds a path that two patterns both cover.
public enum PatternIntersection {
    /// A path in both patterns; nil only where none can exist.
    ///
    /// Polynomial: the product of both automata, each state seen once.
    public static func witness(_ a: PathPattern, _ b: PathPattern, folding: Bool = false) -> String? {
        let (a, b) = folding ? (a.folded(), b.folded()) : (a, b)
        var seen: Set<[Int]> = []
        var best: [String]?
        func walk(_ i: Int, _ j: Int, _ path: [String]) {
            guard best == nil, seen.insert([i, j]).inserted else { return }
            let (endA, endB) = (i == a.parts.count, j == b.parts.count)
            if endA, endB {
                best = path
                return
            }
            // What ends stands for everything below: the other's remaining names are filled in.
            if endA, !path.isEmpty {
                best = path + fill(b.parts[j...])
                return
            }
            if endB, !path.isEmpty {
                best = path + fill(a.parts[i...])
                return
            }
            guard !endA, !endB else { return }
            switch (a.parts[i], b.parts[j]) {
            case (.any, .any):
                walk(i + 1, j + 1, path)
                walk(i + 1, j, path)
                walk(i, j + 1, path)
                if i == a.parts.count - 1 || j == b.parts.count - 1 { best = best ?? path + ["x"] }
            case (.any, .name(let tokens)):
                if i < a.parts.count - 1 { walk(i + 1, j, path) }
                walk(i, j + 1, path + [sample(tokens)])
                if i == a.parts.count - 1 { best = best ?? path + fill(b.parts[j...]) }
            case (.name(let tokens), .any):
                if j < b.parts.count - 1 { walk(i, j + 1, path) }
                walk(i + 1, j, path + [sample(tokens)])
                if j == b.parts.count - 1 { best = best ?? path + fill(a.parts[i...]) }
            case (.name(let one), .name(let two)):
                if let name = common(one, two) { walk(i + 1, j + 1, path + [name]) }
            }
        }
        walk(0, 0, [])
        return best?.joined(separator: "/")
    }

    private static func fill(_ parts: ArraySlice<PathPattern.Part>) -> [String] {
        let names = parts.compactMap { part -> String? in
            guard case .name(let tokens) = part else { return nil }
            return sample(tokens)
        }
        return parts.last == .any ? names + ["x"] : names
    }

    private static func sample(_ tokens: [PathPattern.Token]) -> String {
        let text = tokens.map { token -> String in
            switch token {
            case .star: ""
            case .one: "x"
            case .char(let c): String(c)
            case .set(_, let negated):
                String(candidates(token).first { token.accepts($0) } ?? (negated ? "x" : "?"))
            }
        }.joined()
        return text.isEmpty ? "x" : text
    }

    private static func candidates(_ token: PathPattern.Token) -> [Unicode.Scalar] {
        switch token {
        case .char(let c): [c]
        case .set(let ranges, false): ranges.map(\.lowerBound)
        default:
            (97...122).map { Unicode.Scalar(UInt8($0)) }
                + (33...126).map { Unicode.Scalar(UInt8($0)) }.filter { $0 != "/" }
        }
    }

    /// A character that both tokens accept.
    private static func both(_ a: PathPattern.Token, _ b: PathPattern.Token) -> Unicode.Scalar? {
        (candidates(a) + candidates(b)).first { a.accepts($0) && b.accepts($0) }
    }

    /// A name that both token lists match; breadth first, so that the shortest is found.
    private static func common(_ a: [PathPattern.Token], _ b: [PathPattern.Token]) -> String? {
        var seen: Set<[Int]> = [[0, 0]]
        var queue: [(i: Int, j: Int, text: String)] = [(0, 0, "")]
        var at = 0
        func push(_ i: Int, _ j: Int, _ text: String) {
            if seen.insert([i, j]).inserted { queue.append((i, j, text)) }
        }
        while at < queue.count {
            let (i, j, text) = queue[at]
            at += 1
            if i == a.count, j == b.count {
                return text.isEmpty ? "x" : text
            }
            let starA = i < a.count && a[i] == .star
            let starB = j < b.count && b[j] == .star
            if starA { push(i + 1, j, text) }
            if starB { push(i, j + 1, text) }
            if starA, j < b.count, !starB { push(i, j + 1, text + sample([b[j]])) }
            if starB, i < a.count, !starA { push(i + 1, j, text + sample([a[i]])) }
            if i < a.count, j < b.count, !starA, !starB, let c = both(a[i], b[j]) {
                push(i + 1, j + 1, text + String(c))
            }
        }
        return nil
    }
}
