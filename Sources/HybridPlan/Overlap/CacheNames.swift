internal import HybridBase

/// Names of what tools make by themselves and can make again.
package enum CacheNames {
    private static let folders: Set<String> = [
        "__pycache__", "node_modules", ".venv", "venv", ".tox", ".nox", ".pytest_cache", ".mypy_cache",
        ".ruff_cache",
        ".hypothesis", ".cache", ".gradle", ".parcel-cache", ".next", ".nuxt", ".turbo", ".eggs",
        ".ipynb_checkpoints", ".terraform", ".idea", "htmlcov", ".build", ".swiftpm", ".dart_tool", ".git",
    ]
    private static let files: Set<String> = [
        ".ds_store", "thumbs.db", ".coverage", ".eslintcache", ".hybrid-claims",
    ]
    private static let endings = [
        ".pyc", ".pyo", ".o", ".obj", ".class", ".swp", ".swo", "~", ".tmp", ".tsbuildinfo",
    ]

    /// Whether a path that a claim covers is such a thing, and the claim does not name it itself.
    package static func isCache(_ path: String, below claim: Claim) -> Bool {
        let fixed = PathPattern(claim.path, isLiteral: false).fixedFolder
        guard let rest = path.rest(behind: fixed), !rest.isEmpty else { return false }
        return isCache(String(rest))
    }

    /// Whether a path, or the name in a rule, is such a thing.
    package static func isCache(_ path: String) -> Bool {
        let parts = path.pathParts.map { $0.lowercased() }
        guard let name = parts.last else { return false }
        return parts.contains(where: { folders.contains($0) || $0.endsWithBytes(of: ".egg-info") })
            || files.contains(name) || endings.contains(where: name.endsWithBytes)
    }
}
