internal import CLibgit2

extension Repository {
    /// The first path of a tree that its own attributes send through a filter such as LFS; nil when none.
    ///
    /// Reads `.gitattributes` files only: without one that names a filter, nothing else is looked at. A rule that
    /// sets a filter counts for every path it could match, so the answer errs on the safe side.
    public func filteredPath(in tree: ObjectID) throws -> RepoPath? {
        var found: RepoPath?
        try walkFiles(tree) { path, entry in
            guard path.bytes.split(separator: 47).last?.elementsEqual(".gitattributes".utf8) == true else {
                return true
            }
            let text = String(decoding: try blob(entry.id), as: UTF8.self)
            if text.split(whereSeparator: \.isNewline).contains(where: Self.setsFilter) { found = path }
            return found == nil
        }
        return found
    }

    private static func setsFilter(_ line: Substring) -> Bool {
        guard !line.hasPrefix("#") else { return false }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().contains { $0.hasPrefix("filter=") }
    }
}
