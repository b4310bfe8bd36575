internal import HybridBase

/// Which paths a sparse checkout has: what `info/sparse-checkout` says, in cone form or not.
///
/// The last pattern that matches a path counts, else that of the folder above it, and so on; what no pattern matches is
/// out. Source: git-sparse-checkout(1), gitignore(5), git's `clear_ce_flags`.
struct SparseRules {
    private struct Rule {
        var pattern: AttributePattern
        var isOut: Bool
        var isOfFolders: Bool
    }

    /// The file's bytes.
    let text: [UInt8]
    /// The last first.
    private let rules: [Rule]

    /// Reads the patterns; with `folds`, letters of either case are the same.
    init(_ text: [UInt8], folds: Bool) {
        self.text = text
        rules = text.split(separator: UInt8(ascii: "\n")).reversed().compactMap { line in
            var line = Self.trimmed(line)
            guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
            let isOut = first == UInt8(ascii: "!")
            if isOut { line = line.dropFirst() }
            let isOfFolders = line.last == RepoPath.separator
            if isOfFolders { line = line.dropLast() }
            guard !line.isEmpty else { return nil }
            return Rule(
                pattern: AttributePattern(line, folds: folds), isOut: isOut, isOfFolders: isOfFolders)
        }
    }

    /// Without what git does not count at a line's end: spaces that no backslash keeps, and a return.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        if line.last == 13 { line = line.dropLast() }
        while line.last == 32, line.dropLast().last != UInt8(ascii: "\\") { line = line.dropLast() }
        return line
    }

    /// What is said of a path, whose last component begins at `name`; nil: what is said of the folder above it counts.
    func holds(_ path: UnsafeRawBufferPointer, name: Int, isFolder: Bool) -> Bool? {
        let last = UnsafeRawBufferPointer(rebasing: path[name...])
        for rule in rules where isFolder || !rule.isOfFolders {
            if rule.pattern.matches(path, name: last) { return !rule.isOut }
        }
        return nil
    }
}

/// How the main worktree is sparse, which new worktrees are as well, as `git worktree add` makes them.
struct SparseCheckout {
    let rules: SparseRules
    /// The content of `config.worktree` for a new worktree; nil for none.
    let configuration: [UInt8]?

    /// Nil where the main worktree is not sparse, or there is none.
    init?(of repository: Repository) throws(GitError) {
        let common = repository.commonDirectory
        guard let text = try Disk.bytes(common + "info/sparse-checkout") else { return nil }
        var isOn = try repository.configBool("core.sparseCheckout") == true
        var own: [UInt8]?
        if try repository.configBool("extensions.worktreeConfig") == true {
            own = try Disk.bytes(common + "config.worktree")
            let settings = own == nil ? [] : try repository.settings(inFile: common + "config.worktree")
            for setting in settings where setting.isCore("sparsecheckout") { isOn = setting.isTrue }
        }
        guard isOn else { return nil }
        rules = SparseRules(text, folds: try repository.configBool("core.ignorecase") == true)
        configuration = own.map(Self.forLinked)
    }

    /// Without what is said of the main worktree alone: `core.bare` and `core.worktree`.
    private static func forLinked(_ bytes: [UInt8]) -> [UInt8] {
        var isCore = false
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return Array(
            lines.filter { line in
                let text = String(decoding: line, as: UTF8.self).lowercased().filter { !$0.isWhitespace }
                if text.hasPrefix("[") { isCore = text.hasPrefix("[core]") }
                let isOwn = ["bare", "worktree"].contains { text == $0 || text.hasPrefix($0 + "=") }
                return !(isCore && isOwn)
            }.joined(separator: [UInt8(ascii: "\n")]))
    }

    /// Makes a new worktree sparse, whose git directory this is, before its files are written.
    func write(to admin: String) throws(GitError) {
        try Disk.makeFolder(admin + "info")
        try Disk.write(rules.text, to: admin + "info/sparse-checkout")
        if let configuration { try Disk.write(configuration, to: admin + "config.worktree") }
    }
}

extension UserConfiguration.Setting {
    fileprivate func isCore(_ name: String) -> Bool {
        section == "core" && subsection == nil && key.lowercased() == name
    }

    /// A variable without a value is true.
    fileprivate var isTrue: Bool {
        guard let value else { return true }
        return ["true", "yes", "on", "1"].contains(String(decoding: value, as: UTF8.self).lowercased())
    }
}

extension Repository {
    /// The patterns of the main worktree's sparse checkout, which new worktrees have as well; nil where it is not sparse.
    package func sparsePatterns() throws(GitError) -> [UInt8]? { try SparseCheckout(of: self)?.rules.text }
}
