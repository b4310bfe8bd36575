extension Estimate {
    /// The longest that is believed: more is a slip of the pen.
    static let longestSeconds = 1000 * 3600

    /// Reads "10 minutes", "5-8 min" (its middle), "1.5 hours", "90 s", "1 h 30 min", "~10 minutes".
    ///
    /// Throws naming `field` for anything else.
    public static func read(_ text: String, field: String) throws(HybridError) -> Estimate {
        let lower = text.lowercased()
        var tokens: [String] = []
        var word = ""
        func kind(_ c: Character) -> Int { c.isNumber || c == "." ? 0 : (c.isLetter ? 1 : 2) }
        for c in lower {
            if let last = word.last, kind(last) != kind(c) {
                tokens.append(word)
                word = ""
            }
            if c == " " || c == "~" || c == "≈" || c == "\t" { continue }
            if kind(c) == 2 {
                tokens.append(String(c))
            } else {
                word.append(c)
            }
        }
        if !word.isEmpty { tokens.append(word) }
        tokens = tokens.filter { !$0.isEmpty && !["about", "approx", "ca", "."].contains($0) }
        var seconds = 0.0
        var at = 0
        var understood = !tokens.isEmpty
        while at < tokens.count, understood {
            guard let low = Double(tokens[at]) else {
                understood = false
                break
            }
            at += 1
            var value = low
            if at + 1 < tokens.count, ["-", "–", "—", "to"].contains(tokens[at]),
                let high = Double(tokens[at + 1])
            {
                understood = high >= low
                value = (low + high) / 2
                at += 2
            }
            guard at < tokens.count, let unit = units[tokens[at]] else {
                understood = false
                break
            }
            at += 1
            seconds += value * unit
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
