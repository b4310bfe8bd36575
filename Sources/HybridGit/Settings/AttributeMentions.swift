/// Tells which paths certain attributes can concern, from the bare texts of the files that could set them.
///
/// An attribute is set where a line names it, or a macro that does. So where no file of attributes on the way to a path
/// holds any of those words, nothing is set, and nobody has to read patterns; most repositories are such. Reads each
/// file once.
public final class AttributeMentions {
    private let store: ObjectStore
    private let words: [[UInt8]]
    private let isAnywhere: Bool
    private var folders: [RepoPath: Folder] = [:]

    private struct Folder {
        /// Nil where there is no such folder.
        var tree: ObjectID?
        /// Whether a file here or above it names one of the attributes.
        var isMentioned: Bool
    }

    /// Looks for `names` in the files that ``AttributeSource`` reads for `tree`.
    ///
    /// Throws where a file cannot be read.
    public init(of names: [String], tree: ObjectID?, in store: ObjectStore) throws(GitError) {
        self.store = store
        // `binary` is the one macro that is always there.
        words = (names + ["binary", "[attr]"]).map { Array($0.utf8) }
        isAnywhere = try Self.isMentionedOutside(words, store.repository)
        folders[.root] = try look(at: tree, below: false)
    }

    /// Whether the attributes may be set for a path; false only where they are not.
    public func mayConcern(_ path: RepoPath) throws(GitError) -> Bool {
        if isAnywhere { return true }
        return try folder(path.parent).isMentioned
    }

    private func folder(_ path: RepoPath) throws(GitError) -> Folder {
        if let known = folders[path] { return known }
        let above = try folder(path.parent)
        let entry = try above.tree.flatMap { (tree) throws(GitError) in
            try store.tree(tree).entry(named: path.lastComponent)
        }
        let found = try look(at: entry.flatMap { $0.isTree ? $0.id : nil }, below: above.isMentioned)
        folders[path] = found
        return found
    }

    private func look(at tree: ObjectID?, below isMentioned: Bool) throws(GitError) -> Folder {
        guard let tree, !isMentioned,
            let file = try store.tree(tree).entry(named: Array(".gitattributes".utf8)[...])
        else { return Folder(tree: tree, isMentioned: isMentioned) }
        // What is no file, libgit2 has to judge.
        guard file.isRegularFile else { return Folder(tree: tree, isMentioned: true) }
        return Folder(tree: tree, isMentioned: Self.holds(words, try store.blob(file.id)))
    }

    /// Whether a file outside of trees names one of the words, or cannot be told.
    private static func isMentionedOutside(
        _ words: [[UInt8]], _ repository: Repository
    ) throws(GitError) -> Bool {
        if try repository.configString("core.attributesfile") != nil { return true }
        let files = [repository.commonDirectory + "info/attributes"] + (try repository.attributeFiles())
        for file in files {
            if let text = try Disk.text(file), holds(words, Array(text.utf8)) { return true }
        }
        return false
    }

    private static func holds(_ words: [[UInt8]], _ text: [UInt8]) -> Bool {
        words.contains { text.firstRange(of: $0) != nil }
    }
}
