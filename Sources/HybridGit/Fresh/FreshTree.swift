/// What a checkout of a tree writes, and the index that goes with it, worked out once for any number of worktrees.
struct FreshTree {
    /// A file, a link or a submodule's folder.
    struct File {
        var id: ObjectID
        var kind: EntryKind
        var conversion: Conversion
        /// Whether git itself writes it.
        var isGits: Bool
        /// Where its entry begins in the index.
        var entry: Int
        /// The length of its path, and where the last component begins in it.
        var length: Int
        var name: Int
    }

    /// A folder that is made, before all that it holds.
    struct Folder {
        var path: [CChar]
        /// What lies directly in it.
        var files: [Int] = []
        var folders: [Int] = []
    }

    fileprivate(set) var files: [File] = []
    fileprivate(set) var folders: [Folder] = []
    /// The index file without its checksum, the facts of files still zero.
    fileprivate(set) var index: [UInt8] = []

    /// Whether links are written as such; else as files that hold their targets.
    fileprivate(set) var makesLinks = true
    /// The drivers that git may run for its files; nil where it has none to write.
    fileprivate(set) var drivers: FilterDrivers?
    /// Whether it has submodules.
    fileprivate(set) var hasSubmodules = false
    /// All that decides how a file of a given blob is written: equal where that is the same.
    fileprivate(set) var rules = ""

    /// Reads a tree; nil where it holds names or forms that are left to libgit2 to judge.
    ///
    /// `registration` names one of the worktrees that are made of it.
    init?(
        of tree: ObjectID, in store: ObjectStore, registration: String?, sparse: SparseRules? = nil
    ) throws(GitError) {
        let builder = FreshTreeBuilder(store, registration, sparse)
        guard let result = try builder.build(tree) else { return nil }
        self = result
        makesLinks = try store.repository.configBool("core.symlinks") != false
        rules += makesLinks ? "" : " no links"
    }

    fileprivate init() {}

    /// The path of a file from the root.
    func repoPath(of file: File) -> RepoPath {
        let start = file.entry + IndexForm.nameOffset
        return RepoPath(bytes: Array(index[start..<start + file.length]))
    }

    /// The whole path of a file, NUL behind it, as it lies in an index.
    static func path(of file: File, in index: UnsafeRawPointer) -> UnsafePointer<CChar> {
        (index + file.entry + IndexForm.nameOffset).assumingMemoryBound(to: CChar.self)
    }
}

/// Walks a tree in git's order, which is that of the index.
private final class FreshTreeBuilder {
    private let store: ObjectStore
    private let registration: String?
    /// What is written; nil for all.
    private let sparse: SparseRules?
    private var entries = 0
    private var drivers: FilterDrivers?
    private var made = FreshTree()
    private var attributes: TreeAttributes!
    /// Where the last path lies in the index.
    private var last = 0..<0
    /// The files of attributes, each with its object.
    private var ruleFiles: [UInt8] = []

    init(_ store: ObjectStore, _ registration: String?, _ sparse: SparseRules?) {
        self.sparse = sparse
        self.store = store
        self.registration = registration
    }

    func build(_ tree: ObjectID) throws(GitError) -> FreshTree? {
        let root = try store.tree(tree)
        guard let top = try ownAttributes(root, isTop: true) else { return nil }
        attributes = try TreeAttributes(store.repository, top: top.text)
        made.index = IndexForm.head
        guard let record = try walk(tree, path: [], TreeAttributes.Chain(), isIn: sparse == nil) else {
            return nil
        }
        IndexForm.setCount(entries, in: &made.index)
        if entries > made.files.count { IndexForm.setExtended(in: &made.index) }
        record.append(to: &made.index)
        made.rules = try ObjectID(ofBlob: attributes.sources + ruleFiles).description
        return made
    }

    /// Nil where a folder's `.gitattributes` is no file; without text where there is none.
    private func ownAttributes(
        _ tree: TreeObject, isTop: Bool
    ) throws(GitError) -> (text: AttributeText?, isThere: Bool)? {
        guard let entry = tree.entry(named: Array(".gitattributes".utf8)[...]), !entry.isTree else {
            return (nil, false)
        }
        guard entry.isRegularFile else { return nil }
        return (AttributeText(try store.blob(entry.id), allowsMacros: isTop), true)
    }

    /// Adds a folder, whose path ends in a slash, with all that is below it; nil: left to libgit2.
    private func walk(
        _ id: ObjectID, path: [UInt8], _ above: TreeAttributes.Chain, isIn: Bool
    ) throws(GitError) -> TreeRecordLine? {
        let tree = try store.tree(id)
        var chain = above
        guard let own = try ownAttributes(tree, isTop: path.isEmpty) else { return nil }
        if let text = own.text {
            if let entry = tree.entry(named: Array(".gitattributes".utf8)[...]) {
                ruleFiles += path + Array("\u{0}\(entry.id)\n".utf8)
            }
            chain = attributes.entering(text, base: path.count, below: above)
        }
        let (folder, first) = (made.folders.count, made.files.count)
        made.folders.append(
            FreshTree.Folder(path: path.dropLast().map { CChar(bitPattern: $0) } + [0]))
        var record = TreeRecordLine(id: id)
        for (name, entry) in tree.entries {
            guard FreshName.isPlain(name, entry.kind) else { return nil }
            if entry.isTree {
                let inner = path + name + [RepoPath.separator]
                let (number, before) = (made.folders.count, made.files.count)
                let holds = (path + name).withUnsafeBytes {
                    sparse?.holds($0, name: path.count, isFolder: true)
                }
                guard var child = try walk(entry.id, path: inner, chain, isIn: holds ?? isIn) else {
                    return nil
                }
                record.count += child.count
                if made.files.count > before { made.folders[folder].folders.append(number) }
                child.name = Array(name)
                record.children.append(child)
            } else {
                guard try add(entry, path, name, to: folder, chain, isIn: isIn) else { return nil }
                record.count += 1
            }
        }
        // git makes no folders without files.
        if made.files.count == first, !path.isEmpty { made.folders.removeLast() }
        return record
    }

    /// False where the tree is not in git's order.
    private func add(
        _ entry: TreeEntry, _ path: [UInt8], _ name: ArraySlice<UInt8>, to folder: Int,
        _ chain: TreeAttributes.Chain, isIn: Bool
    ) throws(GitError) -> Bool {
        let start = made.index.count
        let holds = sparse.flatMap { rules in
            (path + name).withUnsafeBytes { rules.holds($0, name: path.count, isFolder: false) }
        }
        let isOutside = !(holds ?? isIn)
        let here = IndexForm.append(entry, path, name, isOutside: isOutside, to: &made.index)
        entries += 1
        let (isSorted, conversion) = made.index.withUnsafeBytes { bytes in
            let whole = UnsafeRawBufferPointer(rebasing: bytes[here])
            let sorted = last.isEmpty || bytes[last].lexicographicallyPrecedes(whole)
            let converts = entry.isRegularFile
            return (
                sorted, converts ? attributes.conversion(whole, name: path.count, chain) : .none
            )
        }
        last = here
        if isOutside { return isSorted }
        made.folders[folder].files.append(made.files.count)
        if entry.kind == .gitlink { made.hasSubmodules = true }
        var isGits = false
        if conversion.filter != .none {
            isGits = try self.isGits(conversion.filter, RepoPath(bytes: path + name))
        }
        made.files.append(
            FreshTree.File(
                id: entry.id, kind: entry.kind, conversion: conversion, isGits: isGits, entry: start,
                length: here.count,
                name: path.count))
        return isSorted
    }

    /// Whether git has to write a file; the drivers are asked for once, and only where an attribute names one.
    private func isGits(_ use: FilterUse, _ path: RepoPath) throws(GitError) -> Bool {
        guard Repository.fileFilters != nil else { return false }
        if drivers == nil { drivers = try store.repository.filterDrivers(registration: registration) }
        guard let known = drivers else { return false }
        guard try known.attribute(use, of: path) != nil else { return false }
        made.drivers = known
        return true
    }
}

/// Names that no rule against dangerous names could concern.
private enum FreshName {
    /// Whether git and libgit2 write the name on any platform: others are theirs to judge.
    static func isPlain(_ name: ArraySlice<UInt8>, _ kind: EntryKind) -> Bool {
        if name.elementsEqual([46]) || name.elementsEqual([46, 46]) { return false }
        var mayHide = false
        for byte in name {
            switch byte {
            // What Windows takes for a separator, or for the begin of a stream.
            case 0x5C, 0x3A: return false
            // What macOS ignores begins with these in UTF-8; NTFS has short names with a tilde.
            case 0xE2, 0xEF, 0x7E: mayHide = true
            default: break
            }
        }
        let letters = name.filter { $0 > 32 && $0 < 127 }.map { 65...90 ~= $0 ? $0 | 32 : $0 }
        if mayHide, letters.starts(with: Array(".git".utf8)) || letters.starts(with: Array("git".utf8)) {
            return false
        }
        // `.git` with dots and spaces behind it is `.git` to Windows.
        if letters.starts(with: Array(".git".utf8)), letters.dropFirst(4).allSatisfy({ $0 == 46 }) {
            return false
        }
        // A link of the name of one of git's own files is refused, in some spellings.
        return kind != .symlink || !mayHide && letters.firstRange(of: Array("git".utf8)) == nil
    }
}
