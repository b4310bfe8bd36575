internal import HybridGit

/// The numbers and words of an estimate, read from left to right.
struct EstimateWords {
    private var words: ArraySlice<String>

    init(_ text: String) {
        var found: [String] = []
        var word = ""
        let letters = Array(text.lowercased())
        func kind(_ c: Character) -> Int { Self.isDigit(c) || c == "." ? 0 : (c.isLetter ? 1 : 2) }
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
        words = found.filter { !Self.around.contains($0) }[...]
    }

    private static let around = [
        ".", "about", "approx", "approximately", "around", "c", "ca", "circa", "roughly", "some",
    ]

    private static func isDigit(_ c: Character) -> Bool { c.isASCII && c.isNumber }

    /// A comma between digits is a decimal one, unless three digits follow it: that could be thousands.
    private static func isDecimal(_ letters: [Character], _ comma: Int) -> Bool {
        guard comma > 0, isDigit(letters[comma - 1]) else { return false }
        return (1...2).contains(letters[(comma + 1)...].prefix(while: isDigit).count)
    }

    // MARK: Times

    /// One time, or the middle of two, in seconds; nil unless that is all there is.
    mutating func all() -> Double? {
        let isBetween = take("between")
        let isRange = take("from") || isBetween
        let start = words
        // "1 - 2 hours": the unit stands behind the second.
        if let low = number(), separator(isBetween) {
            guard let high = number(), let unit = unit(), words.isEmpty, low <= high else { return nil }
            return (low + high) * unit / 2
        }
        words = start
        guard let low = sum(isBetween) else { return nil }
        guard separator(isBetween) else { return words.isEmpty && !isRange ? low : nil }
        guard let high = sum(false), words.isEmpty, low <= high else { return nil }
        return (low + high) / 2
    }

    /// Whether a range goes on here, or the time ends.
    private func isAtEnd(_ isBetween: Bool) -> Bool {
        guard let first = words.first else { return true }
        return ["-", "–", "—", "to"].contains(first) || isBetween && first == "and"
    }

    private mutating func separator(_ isBetween: Bool) -> Bool {
        guard !words.isEmpty, isAtEnd(isBetween) else { return false }
        words.removeFirst()
        return true
    }

    /// Hours, minutes and seconds together, each unit smaller than the one before: "1 h 30 min", "1h30".
    private mutating func sum(_ isBetween: Bool) -> Double? {
        guard var (seconds, unit) = part() else { return nil }
        while !isAtEnd(isBetween) {
            // "1.5 h 30" could be much.
            guard seconds.truncatingRemainder(dividingBy: unit) == 0 else { return nil }
            let isListed = take(",")
            let isJoined = !isBetween && take("and") || isListed
            if let more = isJoined ? half(of: unit, isBetween) : sixtieths(of: unit, isBetween) {
                return seconds + more
            }
            guard let (more, smaller) = part(), smaller < unit else { return nil }
            seconds += more
            unit = smaller
        }
        return seconds
    }

    /// "a half" behind "an hour and", at the end of a time.
    private mutating func half(of unit: Double, _ isBetween: Bool) -> Double? {
        let start = words
        if take("a"), take("half"), isAtEnd(isBetween) { return unit / 2 }
        words = start
        return nil
    }

    /// Two digits without a unit behind hours or minutes, at the end of a time.
    private mutating func sixtieths(of unit: Double, _ isBetween: Bool) -> Double? {
        let start = words
        if unit > 1, let digits = words.popFirst(), digits.count == 2, let value = Int(digits), value < 60,
            isAtEnd(isBetween)
        {
            return Double(value) * unit / 60
        }
        words = start
        return nil
    }

    /// One number with its unit, or what says the same: "half an hour", "a quarter of an hour", "1 and a half hours".
    private mutating func part() -> (seconds: Double, unit: Double)? {
        if let value = number() {
            let start = words
            let isHalfMore = take("and") && take("a") && take("half")
            if !isHalfMore { words = start }
            return unit().map { ((isHalfMore ? value + 0.5 : value) * $0, $0) }
        }
        let isOne = take("a") || take("an")
        let share: Double = take("half") ? 0.5 : take("quarter") ? 0.25 : 1
        guard isOne || share < 1 else { return nil }
        if share < 1 {
            _ = take("of")
            _ = take("an") || take("a")
        }
        return unit().map { (share * $0, $0) }
    }

    /// Why there is no time, where it could be two, and what to write.
    static func doubt(_ text: String) -> (reason: String, next: String)? {
        let words = Array(EstimateWords(text).words)
        if words.contains(":") { return ("may be hours or minutes", "write it as \"1 h 30 min\"") }
        if words.contains(where: longUnits.contains) {
            return ("may be working days or whole ones", "write it in hours, such as \"16 hours\"")
        }
        let isNumber = words.map { $0.first.map(isDigit) ?? false }
        if words.indices.contains(where: { words[$0] == "," && $0 > 0 && isNumber[$0 - 1] }) {
            return ("may be a decimal or thousands", "write it as \"1500 s\" or \"1.5 s\"")
        }
        return nil
    }

    private static let longUnits: Set<String> = [
        "d", "day", "days", "w", "week", "weeks", "month", "months", "workday", "workdays",
    ]

    // MARK: Words

    private mutating func take(_ word: String) -> Bool {
        guard words.first == word else { return false }
        words.removeFirst()
        return true
    }

    private mutating func number() -> Double? {
        if let part = fraction() { return part }
        guard let first = words.first, first.contains(where: Self.isDigit), let value = Double(first) else {
            return nil
        }
        words.removeFirst()
        return first.contains(".") ? value : value + (fraction() ?? 0)
    }

    private mutating func fraction() -> Double? {
        guard let found = words.first.flatMap({ Self.parts[$0] }) else { return nil }
        words.removeFirst()
        return found
    }

    private static let parts = ["½": 0.5, "¼": 0.25, "¾": 0.75]

    private mutating func unit() -> Double? {
        guard let first = words.first, let value = Self.units[first] else { return nil }
        words.removeFirst()
        return value
    }

    private static let units: [String: Double] = [
        "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
        "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
        "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    ]
}
