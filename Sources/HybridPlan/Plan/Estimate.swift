public import HybridBase

/// A planned duration.
///
/// Kept in whole seconds so that ratios compare exactly.
public struct Estimate: Hashable, Sendable, Comparable {
    /// The middle of the range, in seconds.
    public var seconds: Int
    /// How the author wrote it; what a conversion writes back.
    public var text: String

    /// Makes an estimate of `seconds`, written as `text` or in the template's words ("10 minutes").
    public init(seconds: Int, text: String? = nil) {
        self.seconds = seconds
        self.text = text ?? Estimate.words(seconds)
    }

    /// Minutes, possibly fractional, for display.
    public var minutes: Double { Double(seconds) / 60 }

    /// Orders by duration.
    public static func < (a: Estimate, b: Estimate) -> Bool { a.seconds < b.seconds }

    package static func words(_ seconds: Int) -> String {
        if seconds % 60 == 0 { return seconds == 60 ? "1 minute" : "\(seconds / 60) minutes" }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}

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
