/// The settings of drivers of the attribute `filter` (gitattributes(5)).
package enum FilterSettings {
    /// The keys of each driver, by its name, among settings as git lists them.
    package static func drivers(in settings: [String: String]) -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for (name, value) in settings where name.hasPrefix("filter.") {
            let rest = name.dropFirst(7)
            guard let dot = rest.lastIndex(of: ".") else { continue }
            let key = String(rest[rest.index(after: dot)...])
            if keys.contains(key) { found[String(rest[..<dot]), default: [:]][key] = value }
        }
        return found
    }

    private static let keys = ["clean", "smudge", "process", "required"]
}
