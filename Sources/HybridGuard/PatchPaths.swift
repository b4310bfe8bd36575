internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// The files that a patch's text changes.
enum PatchPaths {
    /// All paths named in a text, in order: of `*** Update File:` patches and of unified diffs, git's included.
    ///
    /// The lines of a hunk are not read, whatever they look like. Source: git-diff(1), "Generating patch text with -p".
    static func read(_ text: String) -> [Guard.Target] {
        var found: [Guard.Target] = []
        func add(_ path: String, isDelete: Bool = false) {
            let target = Guard.Target(path, isDelete: isDelete)
            if !path.isEmpty, !found.contains(target) { found.append(target) }
        }
        var left = (old: 0, new: 0)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix("\r") ? line.dropLast() : line
        }
        for (number, line) in lines.enumerated() {
            if left.old > 0 || left.new > 0 {
                switch line.utf8.first {
                case UInt8(ascii: "-"): left.old -= 1
                case UInt8(ascii: "+"): left.new -= 1
                case UInt8(ascii: "\\"): break
                case UInt8(ascii: " "), nil: left = (left.old - 1, left.new - 1)
                // Shorter than it said: what follows is read.
                default: left = (0, 0)
                }
                if left.old > 0 || left.new > 0 || line.utf8.first.map({ "-+ \\".utf8.contains($0) }) ?? true
                {
                    continue
                }
            }
            if let counts = hunk(line) {
                left = counts
            } else if let path = marked(line, ["Add File:", "Update File:", "Move to:"])
                ?? rest(line, "rename to ") ?? rest(line, "copy to ")
            {
                add(plain(path))
            } else if let path = marked(line, ["Delete File:"]) ?? rest(line, "rename from ") {
                add(plain(path), isDelete: true)
            } else if let both = rest(line, "diff --git "), let path = sameName(both) {
                add(path)
            } else if line.hasPrefix("--- "), number + 1 < lines.count, lines[number + 1].hasPrefix("+++ ") {
                let (old, new) = pair(plain(name(line)), plain(name(lines[number + 1])))
                if let old, new == nil || new != old { add(old, isDelete: true) }
                if let new { add(new) }
            }
        }
        return found
    }

    /// The name in a line of the form `*** Add File: NAME`; those that read such patches take spaces in front.
    private static func marked(_ line: Substring, _ marks: [String]) -> String? {
        let line = line.drop { $0 == " " || $0 == "\t" }
        return marks.lazy.compactMap { rest(line, "*** " + $0) }.first
    }

    private static func rest(_ line: Substring, _ prefix: String) -> String? {
        guard line.hasPrefix(prefix) else { return nil }
        var text = line.dropFirst(prefix.count)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The lines that a hunk's head announces; nil where the line is none.
    private static func hunk(_ line: Substring) -> (old: Int, new: Int)? {
        guard line.hasPrefix("@@ -") else { return nil }
        let parts = line.dropFirst(4).split(separator: " ", maxSplits: 2)
        guard parts.count > 1, parts[1].hasPrefix("+") else { return nil }
        func count(_ range: Substring) -> Int? {
            let numbers = range.split(separator: ",")
            return numbers.count > 1 ? Int(numbers[1]) : 1
        }
        guard let old = count(parts[0]), let new = count(parts[1].dropFirst()) else { return nil }
        return (old, new)
    }

    /// The name in a `---` or `+++` line, without the time behind a tab.
    private static func name(_ line: Substring) -> String {
        let text = line.dropFirst(4)
        if text.hasPrefix("\"") { return String(text) }
        return String(text.prefix { $0 != "\t" })
    }

    /// The name in both halves of a `diff --git` line; nil where they differ, for then other lines name them.
    private static func sameName(_ both: String) -> String? {
        let bytes = Array(both.utf8)
        guard bytes.count % 2 == 1 else { return nil }
        let middle = bytes.count / 2
        let halves = (
            plain(String(decoding: bytes[..<middle], as: UTF8.self)),
            plain(String(decoding: bytes[(middle + 1)...], as: UTF8.self))
        )
        guard bytes[middle] == 32 else { return nil }
        let (old, new) = pair(halves.0, halves.1)
        return old == new ? new : nil
    }

    /// Both names without git's prefixes; nil for /dev/null.
    private static func pair(_ old: String, _ new: String) -> (String?, String?) {
        // diff.mnemonicPrefix has others than a and b.
        func prefix(_ name: String) -> Character? {
            guard let first = name.first, "abciwo".contains(first), name.dropFirst().first == "/" else {
                return nil
            }
            return first
        }
        let isNone = (old == "/dev/null", new == "/dev/null")
        let strips =
            isNone.0 || isNone.1
            ? prefix(isNone.0 ? new : old) != nil
            : prefix(old) != nil && prefix(new) != nil && prefix(old) != prefix(new)
        func stripped(_ name: String) -> String { strips ? String(name.dropFirst(2)) : name }
        return (isNone.0 ? nil : stripped(old), isNone.1 ? nil : stripped(new))
    }

    /// A name as git quotes it, read; others as they are.
    ///
    /// Source: git-config(1), core.quotePath.
    private static func plain(_ name: String) -> String {
        let bytes = Array(name.utf8)
        guard bytes.count > 1, bytes.first == 34, let end = bytes.lastIndex(of: 34), end > 0 else {
            return name
        }
        var out: [UInt8] = []
        var at = 1
        while at < end {
            guard bytes[at] == 92, at + 1 < end else {
                out.append(bytes[at])
                at += 1
                continue
            }
            let next = bytes[at + 1]
            at += 2
            switch next {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "a"): out.append(7)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "v"): out.append(11)
            case 48...55:
                var value = Int(next - 48)
                for _ in 0..<2 where at < end && (48...55).contains(bytes[at]) {
                    value = value * 8 + Int(bytes[at] - 48)
                    at += 1
                }
                out.append(UInt8(truncatingIfNeeded: value))
            default: out.append(next)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
