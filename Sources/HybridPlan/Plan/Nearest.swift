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
