internal import CLibgit2

/// A repository's objects as this process reads them by itself, without libgit2.
///
/// Only an accelerator: what is nil is for libgit2's object database to read, to fetch from elsewhere, or to refuse.
final class OwnObjects {
    let packs: PackReader
    private let loose: LooseObjects
    private let verifies: Bool

    fileprivate init(in repository: Repository) throws(GitError) {
        let objects = repository.commonDirectory + "objects"
        verifies = Repository.verifiesObjects
        packs = try PackReader(in: objects, verifies: verifies)
        loose = try LooseObjects(in: PackReader.folders(objects))
    }

    /// An object; nil where another has to read it; throws where its file is damaged.
    func read(_ id: ObjectID) throws(GitError) -> StoredObject? {
        if let packed = packs.read(id) { return packed }
        // libgit2 hashes what it reads where that is wanted.
        return verifies ? nil : try loose.read(id)
    }

    /// Whether an object was seen; false also where another may know it.
    func holds(_ id: ObjectID) -> Bool { packs.holds(id) || loose.holds(id) }

    /// What walking needs of a commit; nil for what is none, and where libgit2 has to judge it.
    func commit(_ id: ObjectID) throws(GitError) -> CommitHeader? {
        guard let object = try read(id), object.type == GIT_OBJECT_COMMIT else { return nil }
        let bytes = object.withBytes { Array($0) }
        return CommitHeader.isPlain(bytes) ? try CommitHeader(bytes, id) : nil
    }
}

extension Repository {
    /// The reader of this handle; what was packed since it was made, libgit2 reads.
    func ownObjects() throws(GitError) -> OwnObjects {
        if let known = reader as? OwnObjects { return known }
        return try freshObjects()
    }

    /// A reader that knows the packs of now.
    func freshObjects() throws(GitError) -> OwnObjects {
        let made = try OwnObjects(in: self)
        reader = made
        return made
    }

    /// The tree of a commit; throws `notFound`.
    package func tree(ofCommit id: ObjectID) throws(GitError) -> ObjectID {
        if let known = try ownObjects().commit(id) { return known.tree }
        return try commit(id).tree
    }
}

extension CommitHeader {
    /// Whether a commit has the lines that every commit has, in git's order and form.
    static func isPlain(_ bytes: [UInt8]) -> Bool {
        var lines = bytes.split(separator: 10, maxSplits: 200, omittingEmptySubsequences: false)[...]
        func isID(_ line: ArraySlice<UInt8>, _ key: String) -> Bool {
            line.starts(with: key.utf8) && ObjectID(hexDigits: line.dropFirst(key.utf8.count)) != nil
        }
        guard let first = lines.popFirst(), isID(first, "tree ") else { return false }
        while let next = lines.first, isID(next, "parent ") { lines.removeFirst() }
        return lines.count >= 3
            && zip(["author ", "committer "], lines).allSatisfy { key, line in
                line.starts(with: key.utf8) && Signature(line: text(line.dropFirst(key.utf8.count))) != nil
            }
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String { String(decoding: line, as: UTF8.self) }
}
