public import HybridBase
internal import HybridGit

extension Estimate {
    /// The longest that is believed: more is a slip of the pen.
    static let longestSeconds = 1000 * 3600

    /// Reads "10 minutes", "5-8 min" and "45 minutes - 1 hour" (their middle), "1.5 hours", "1,5 hours", "90 s",
    /// "1h30", "1 hour and 30 minutes", "~10 minutes", "half an hour", "between 1 and 2 hours".
    ///
    /// Throws naming `field` for anything else, above all for what could be two things: "1,500 s", "1:30", "2 days".
    public static func read(_ text: String, field: String) throws(HybridError) -> Estimate {
        var words = EstimateWords(text)
        guard let seconds = words.all() else {
            let (why, next) =
                EstimateWords.doubt(text)
                ?? ("is not a time", "write it as \"10 minutes\", \"1.5 hours\" or \"1 h 30 min\"")
            throw HybridError(.planInvalid, field, "\"\(shortened(text))\" \(why)", next: next)
        }
        guard seconds <= Double(longestSeconds) else {
            throw HybridError(
                .planInvalid, field, "\"\(shortened(text))\" is longer than 1000 hours",
                next: "split the task")
        }
        return Estimate(seconds: Int(seconds.rounded()), text: text)
    }
}

/// The candidate that is spelled most like `word`; nil when none is near.
package func nearest(_ word: String, in candidates: [String]) -> String? {
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
