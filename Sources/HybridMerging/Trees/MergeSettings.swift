public import HybridGit

extension MergeOptions {
    /// The settings of a repository and its user that change how git merges.
    ///
    /// `merge.renameLimit` (else `diff.renameLimit`), `merge.renames` (else `diff.renames`), `merge.directoryRenames` and `merge.conflictStyle`, as
    /// `git merge-tree` reads them. `attributesOf` is the tree whose `.gitattributes` files count; nil for none. `drivers` are
    /// the user's own, which no repository can define.
    public init(
        settingsOf repository: Repository, attributesOf tree: ObjectID? = nil,
        drivers: (any MergeDrivers)? = nil
    ) throws(GitError) {
        self.init()
        self.drivers = drivers
        for key in ["diff.renamelimit", "merge.renamelimit"] {
            if let limit = try repository.configNumber(key) { renameLimit = limit > 0 ? limit : 7000 }
        }
        for key in ["diff.renames", "merge.renames"] {
            guard let text = try repository.configString(key) else { continue }
            let isWord = ["copies", "copy"].contains(text.lowercased())
            if isWord {
                detectsRenames = true
            } else {
                detectsRenames = try repository.configBool(key) ?? true
            }
        }
        if let text = try repository.configString("merge.directoryrenames") {
            if text.lowercased() == "conflict" {
                directoryRenames = .suggest
            } else if let isWanted = try repository.configBool("merge.directoryrenames") {
                directoryRenames = isWanted ? .apply : .ignore
            }
        }
        if let style = try repository.configString("merge.conflictstyle") {
            guard let known = TextMerge.ConflictStyle(rawValue: style) else {
                throw GitError(
                    .unsupported, operation: "read setting", subject: "merge.conflictStyle",
                    reason: "\"\(style)\" is none of merge, diff3, zdiff3")
            }
            conflictStyle = known
        }
        attributes = LazyAttributes(repository, tree)
    }
}

/// Attributes that are looked for when the first text is merged: most questions never get that far.
///
/// As git does, a process reads them once: libgit2 looks at every file of attributes again for each path, so it is asked
/// only about paths that some file may concern.
private final class LazyAttributes: MergeAttributes {
    private let repository: Repository
    private let tree: ObjectID?
    private var source: AttributeSource?
    private var mentions: (names: [String], of: AttributeMentions)?
    private var known = RecentCache<Question, [AttributeValue]>(limit: 10_000)

    private struct Question: Hashable {
        var path: RepoPath
        var names: [String]
    }

    init(_ repository: Repository, _ tree: ObjectID?) {
        self.repository = repository
        self.tree = tree
    }

    func values(
        of names: [String], for path: RepoPath, in store: ObjectStore
    ) throws(GitError) -> [AttributeValue] {
        if try !mentions(of: names, store).mayConcern(path) { return names.map { _ in .unspecified } }
        let question = Question(path: path, names: names)
        if let values = known[question] { return values }
        let opened: AttributeSource
        if let source { opened = source } else { opened = try AttributeSource(of: repository, tree: tree) }
        source = opened
        let values = try opened.values(of: names, for: path)
        known.insert(values, for: question, cost: 1)
        return values
    }

    private func mentions(of names: [String], _ store: ObjectStore) throws(GitError) -> AttributeMentions {
        if let mentions, mentions.names == names { return mentions.of }
        let made = try AttributeMentions(of: names, tree: tree, in: store)
        mentions = (names, made)
        return made
    }
}
