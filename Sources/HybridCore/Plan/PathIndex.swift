/// Values by path, to find those that stand at a path, above it or below it without looking at all of them.
struct PathIndex {
    private var at: [Substring: [Int]] = [:]
    private var below: [Substring: [Int]] = [:]

    /// Adds a value at a path; the empty path is above all others.
    mutating func add(_ value: Int, at path: String) {
        at[path[...], default: []].append(value)
        for folder in Self.folders(above: path) { below[folder, default: []].append(value) }
    }

    /// The values at a path, above it and below it; each once.
    func meeting(_ path: String) -> [Int] {
        Self.folders(above: path).flatMap { at[$0] ?? [] } + (at[path[...]] ?? []) + (below[path[...]] ?? [])
    }

    /// Every folder that holds a path, the root, which is empty, first.
    private static func folders(above path: String) -> [Substring] {
        guard !path.isEmpty else { return [] }
        return [""] + path.indices.filter { path[$0] == "/" }.map { path[..<$0] }
    }
}
