internal import HybridGit

/// The settings that `git -c KEY=VALUE hybrid ...` hands on in `GIT_CONFIG_PARAMETERS`.
///
/// They are the user's own for this command; git hands them on in a form of its own, which is nobody's to append to.
package enum GitParameters {
    package static let variable = "GIT_CONFIG_PARAMETERS"

    /// An environment that says the same by `GIT_CONFIG_COUNT`.
    ///
    /// git reads the counted ones first, so what `-c` says comes behind them. What git itself could not read stays.
    package static func counted(_ environment: [String: String]) -> [String: String] {
        guard let text = environment[variable] else { return environment }
        var result = environment
        let count = environment["GIT_CONFIG_COUNT"].map { Int($0) } ?? 0
        guard let count, count >= 0, let pairs = pairs(text) else { return environment }
        result[variable] = nil
        for (index, pair) in pairs.enumerated() {
            result["GIT_CONFIG_KEY_\(count + index)"] = pair.key
            result["GIT_CONFIG_VALUE_\(count + index)"] = pair.value
        }
        if !pairs.isEmpty { result["GIT_CONFIG_COUNT"] = String(count + pairs.count) }
        return result
    }

    /// Reads `'KEY'='VALUE'`, and `'KEY=VALUE'` of git before 2.31; nil where it is neither.
    package static func pairs(_ text: String) -> [(key: String, value: String)]? {
        var rest = Array(text.utf8)[...]
        var found: [(key: String, value: String)] = []
        while true {
            rest = rest.drop { $0 == 32 }
            if rest.isEmpty { return found }
            guard let word = quoted(&rest) else { return nil }
            if rest.first == UInt8(ascii: "=") {
                rest.removeFirst()
                guard rest.first == UInt8(ascii: "'") else {
                    found.append((word, "true"))
                    continue
                }
                guard let value = quoted(&rest) else { return nil }
                found.append((word, value))
            } else {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                // A name without a value is true.
                found.append((String(parts[0]), parts.count == 2 ? String(parts[1]) : "true"))
            }
        }
    }

    /// Takes one word as git quotes it for a shell off the front; nil where none stands there.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        let quote = UInt8(ascii: "'")
        guard rest.first == quote else { return nil }
        var word: [UInt8] = []
        while rest.first == quote {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            word += rest[..<end]
            rest = rest[(end + 1)...]
            // Quotes and exclamation marks stand outside, behind a backslash.
            guard rest.first == UInt8(ascii: "\\"), let escaped = rest.dropFirst().first,
                escaped == quote || escaped == UInt8(ascii: "!")
            else { break }
            word.append(escaped)
            rest = rest.dropFirst(2)
            guard rest.first == quote else { return nil }
        }
        return String(decoding: word, as: UTF8.self)
    }
}
