extension Estimate {
    /// The longest that is believed: more is a slip of the pen.
    static let longestSeconds = 1000 * 3600

    /// Reads "10 minutes", "5-8 min" and "45 minutes - 1 hour" (their middle), "1.5 hours", "1,5 hours", "90 s",
    /// "1 h 30 min", "1 hour and 30 minutes", "~10 minutes".
    ///
    /// Throws naming `field` for anything else; "1,500 s" could be two things.
    public static func read(_ text: String, field: String) throws(HybridError) -> Estimate {
        var tokens = EstimateTokens(text)
        var seconds = 0.0
        var understood = !tokens.isEmpty
        while !tokens.isEmpty, understood {
            guard let part = tokens.part() else {
                understood = false
                break
            }
            seconds += part
        }
        guard understood else {
            throw HybridError(
                field, "\"\(shortened(text))\" is not a time", next: "write it as \"10 minutes\"")
        }
        guard seconds <= Double(longestSeconds) else {
            throw HybridError(
                field, "\"\(shortened(text))\" is longer than 1000 hours", next: "split the task")
        }
        return Estimate(seconds: Int(seconds.rounded()), text: text)
    }
}

/// The numbers and words of an estimate, read from left to right.
private struct EstimateTokens {
    private var tokens: ArraySlice<String>

    var isEmpty: Bool { tokens.isEmpty }

    init(_ text: String) {
        var found: [String] = []
        var word = ""
        let letters = Array(text.lowercased())
        func kind(_ c: Character) -> Int { c.isNumber || c == "." ? 0 : (c.isLetter ? 1 : 2) }
        for (place, letter) in letters.enumerated() {
            let c = letter == "," && Self.isDecimal(letters, place) ? "." : letter
            if let last = word.last, kind(last) != kind(c) {
                found.append(word)
                word = ""
            }
            if c.isWhitespace || c == "~" || c == "≈" { continue }
            if kind(c) == 2 {
                found.append(String(c))
            } else {
                word.append(c)
            }
        }
        if !word.isEmpty { found.append(word) }
        tokens = found.filter { !$0.isEmpty && !["about", "approx", "ca", "."].contains($0) }[...]
    }

    /// A comma between digits is a decimal one, unless three digits follow it: that could be thousands.
    private static func isDecimal(_ letters: [Character], _ comma: Int) -> Bool {
        guard comma > 0, letters[comma - 1].isNumber else { return false }
        return (1...2).contains(letters[(comma + 1)...].prefix { $0.isNumber }.count)
    }

    /// One time, or the middle of two, in seconds; nil where there is none.
    mutating func part() -> Double? {
        if let first = tokens.first, ["and", ","].contains(first) { tokens.removeFirst() }
        guard let low = number() else { return nil }
        let unit = self.unit()
        if let dash = tokens.first, ["-", "–", "—", "to"].contains(dash) {
            tokens.removeFirst()
            guard let high = number(), let last = self.unit(), high * last >= low * (unit ?? last) else {
                return nil
            }
            return (low * (unit ?? last) + high * last) / 2
        }
        return unit.map { low * $0 }
    }

    private mutating func number() -> Double? {
        guard let first = tokens.first, let value = Double(first) else { return nil }
        tokens.removeFirst()
        return value
    }

    private mutating func unit() -> Double? {
        guard let first = tokens.first, let value = Self.units[first] else { return nil }
        tokens.removeFirst()
        return value
    }

    private static let units: [String: Double] = [
        "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
        "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
        "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    ]
}

/// A value as an error shows it: short, and safe on a terminal.
func shortened(_ text: String) -> String {
    let safe = neutralise(String(text.prefix(61)))
    return text.count > 60 ? String(safe.prefix(60)) + "…" : safe
}

/// The candidate that is spelled most like `word`; nil when none is near.
func nearest(_ word: String, in candidates: [String]) -> String? {
    let short = Array(word.lowercased().prefix(60))
    let scored = candidates.map { (distance(short, Array($0.lowercased())), $0) }
    guard let best = scored.min(by: { $0 < $1 }), best.0 <= max(2, best.1.count / 2) else { return nil }
    return best.1
}

/// Levenshtein's distance, O(n·m).
private func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
