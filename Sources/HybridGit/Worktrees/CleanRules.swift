internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What git makes of line endings when it stores files of a worktree, where libgit2 does not know it.
///
/// libgit2 reads fewer forms of attributes than git: no quoted pattern, for example. A file that was written with CRLF by
/// such a line would come back as changed from top to bottom. Source: git's convert.c, gitattributes(5).
final class CleanRules {
    private let repository: Repository
    private let root: String
    private var attributes: TreeAttributes?
    private var drivers: FilterDrivers?
    private var chains: [RepoPath: TreeAttributes.Chain] = [:]

    init(_ repository: Repository) {
        self.repository = repository
        root = repository.workingDirectory ?? ""
    }

    /// The content as git stores it, where what libgit2 made of it still has line endings that git takes away; else nil.
    ///
    /// `bytes` is what libgit2 made of it, `index` what the index holds at the path. Most files have no rule.
    func cleaned(
        _ path: RepoPath, _ bytes: [UInt8], index: TreeEntry?
    ) throws(GitError) -> [UInt8]? {
        let endings = try conversion(of: path).endings
        if endings == .kept { return nil }
        guard let text = bytes.withUnsafeBytes({ Conversion.withoutReturns($0) }) else { return nil }
        switch endings {
        case .kept: return nil
        case .crlf: return text
        case .crlfIfText:
            // What was stored with returns stays so, and so does what is no text.
            if bytes.withUnsafeBytes({ Conversion.isBinary($0) }) { return nil }
            if let index, index.isRegularFile, try repository.blob(index.id).contains(13) { return nil }
            return text
        }
    }

    /// Whether a file's line endings may be others when it is stored.
    func convertsEndings(of path: RepoPath) throws(GitError) -> Bool {
        try conversion(of: path).endings != .kept
    }

    /// The attribute for which git alone can store a file here; nil where it has none.
    ///
    /// Throws `unsupported` where its driver may not run.
    func attribute(of path: RepoPath) throws(GitError) -> String? {
        let use = try conversion(of: path).filter
        if use == .none { return nil }
        guard Repository.fileFilters != nil else {
            let attribute =
                use.driver.map { "filter=\($0)" } ?? use.encoding.map { "working-tree-encoding=\($0)" } ?? ""
            throw GitError(
                .unsupported, operation: "convert", subject: path.description,
                reason: "\(path) has the attribute \(attribute): commit it with git itself")
        }
        return try filterDrivers().attribute(use, of: path)
    }

    /// The drivers that may run here, asked once.
    func filterDrivers() throws(GitError) -> FilterDrivers {
        if let drivers { return drivers }
        let found = try repository.filterDrivers()
        drivers = found
        return found
    }

    /// Whether a file is stored as it lies there, whatever it holds: no attribute and no setting says otherwise.
    ///
    /// Costs no call to the disk once its folder is known.
    func keepsContent(of path: RepoPath) throws(GitError) -> Bool {
        let (attributes, chain, name) = try place(of: path)
        return path.bytes.withUnsafeBytes { attributes.keepsContent($0, name: name, chain) }
    }

    private func conversion(of path: RepoPath) throws(GitError) -> Conversion {
        let (attributes, chain, name) = try place(of: path)
        return path.bytes.withUnsafeBytes { attributes.conversion($0, name: name, chain) }
    }

    /// The rules of a path's folder, and where the path's last component begins.
    private func place(
        of path: RepoPath
    ) throws(GitError) -> (attributes: TreeAttributes, chain: TreeAttributes.Chain, name: Int) {
        let attributes = try compiled()
        var (chain, folder, base) = (TreeAttributes.Chain(), RepoPath.root, 0)
        for name in [nil] + path.components.dropLast().map(Optional.some) {
            if let name {
                folder = folder.appending(name)
                base += name.count + 1
            }
            if let known = chains[folder] {
                chain = known
                continue
            }
            if let text = try own(folder, isTop: name == nil) {
                chain = attributes.entering(text, base: base, below: chain)
            }
            chains[folder] = chain
        }
        return (attributes, chain, base)
    }

    private func compiled() throws(GitError) -> TreeAttributes {
        if let attributes { return attributes }
        let found = try TreeAttributes(repository, top: own(.root, isTop: true))
        attributes = found
        return found
    }

    /// The attributes file of a folder; nil where there is none, or no file.
    private func own(_ folder: RepoPath, isTop: Bool) throws(GitError) -> AttributeText? {
        let place = root + folder.appending(".gitattributes".utf8).text
        guard let found = try Disk.find(place) else { return try staged(folder, isTop: isTop) }
        guard found.st_mode & S_IFMT == S_IFREG, let bytes = try Disk.bytes(place) else { return nil }
        return AttributeText(bytes, allowsMacros: isTop, skipsMark: true)
    }

    /// The same of the index, which git reads where the file is gone.
    private func staged(_ folder: RepoPath, isTop: Bool) throws(GitError) -> AttributeText? {
        try repository.prepareIndex()
        var index: OpaquePointer?
        try check(git_repository_index(&index, repository.handle), "read the index of", root)
        defer { git_index_free(index) }
        let path = folder.appending(".gitattributes".utf8)
        guard let entry = git_index_get_bypath(index, path.terminated, 0)?.pointee.held, entry.isRegularFile
        else { return nil }
        return AttributeText(try repository.blob(entry.id), allowsMacros: isTop)
    }
}
