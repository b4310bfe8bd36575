internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The commits that revisions name, in their order; throws for the first that names none.
    ///
    /// Plain names of branches take a tenth of the time that ``resolveCommit(_:)`` takes for each.
    public func resolveCommits(_ names: [String]) throws(GitError) -> [ObjectID] {
        let branches = try BranchTable(self)
        var found: [ObjectID] = []
        found.reserveCapacity(names.count)
        for name in names {
            if let known = try branches.commit(name) {
                found.append(known)
            } else {
                found.append(try resolveCommit(name))
            }
        }
        return found
    }
}

/// The branches of a repository, for looking up many of them by their short names.
///
/// Answers only where a name can mean nothing else than a branch (git's gitrevisions, "refname"); for everything else
/// libgit2 has to be asked.
private struct BranchTable {
    private let repository: Repository
    /// The folders in which refs lie: a linked worktree has some of its own.
    private let folders: [String]
    private let packed: PackedRefs?

    init(_ repository: Repository) throws(GitError) {
        self.repository = repository
        let (common, own) = (repository.commonDirectory, repository.gitDirectory)
        folders = common == own ? [common] : [common, own]
        packed = try PackedRefs(common + "packed-refs")
    }

    /// The commit that a branch's short name means; nil where that has to be found out otherwise.
    func commit(_ name: String) throws(GitError) -> ObjectID? {
        guard let packed, let branch = try? BranchName(name), branch.text != "@", ObjectID(hex: name) == nil
        else { return nil }
        for place in ["", "refs/", "refs/tags/"] {
            if !place.isEmpty, packed.id(of: place + name) != nil { return nil }
            for folder in folders where access(folder + place + name, F_OK) == 0 || errno != ENOENT {
                return nil
            }
        }
        let text: String?
        do throws(GitError) {
            text = try Disk.text(repository.commonDirectory + branch.ref.text)
        } catch {
            // A folder, or a file that cannot be read: libgit2 tells which.
            return nil
        }
        guard let id = text.map({ ObjectID(hex: $0) }) ?? packed.id(of: branch.ref.text) else { return nil }
        return try repository.isCommit(id) ? id : nil
    }
}

extension Repository {
    fileprivate func isCommit(_ id: ObjectID) throws(GitError) -> Bool {
        try withDatabase { (database) throws(GitError) in
            var (size, type, oid) = (0, GIT_OBJECT_INVALID, id.oid)
            return git_odb_read_header(&size, &type, database, &oid) == 0 && type == GIT_OBJECT_COMMIT
        }
    }
}

/// The file `packed-refs`, as long as it says that it is sorted.
struct PackedRefs {
    private let bytes: [UInt8]
    /// Where the lines after the head begin.
    private let start: Int

    /// Nil for a file that is not sorted; one that is not there is empty.
    init?(_ path: String) throws(GitError) {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            guard errno == ENOENT else { throw Disk.failure("read", path) }
            (bytes, start) = ([], 0)
            return
        }
        defer { close(file) }
        bytes = try Disk.readAll(file, path)
        let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard head.starts(with: "# pack-refs with:".utf8),
            head.split(separator: 32).contains(Array("sorted".utf8)[...])
        else { return nil }
        start = head.count + 1
    }

    /// The object that a ref's whole name stands for; nil where it is not in the file.
    ///
    /// Grows with the logarithm of the number of refs.
    func id(of name: String) -> ObjectID? {
        let wanted = Array(name.utf8)
        var (low, high) = (start, bytes.count)
        while low < high {
            // The line around the middle; those that begin with ^ belong to the ref above them.
            var line = beginning(of: (low + high) / 2, from: low)
            while line > low, bytes[line] == UInt8(ascii: "^") { line = beginning(of: line - 1, from: low) }
            let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            guard end > line + 41 else { return nil }
            let found = bytes[(line + 41)..<end]
            if found.elementsEqual(wanted) { return ObjectID(hexDigits: bytes[line..<line + 40]) }
            if found.lexicographicallyPrecedes(wanted) {
                low = end + 1
                while low < high, bytes[low] == UInt8(ascii: "^") {
                    low = (bytes[low...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count) + 1
                }
            } else {
                high = line
            }
        }
        return nil
    }

    private func beginning(of place: Int, from low: Int) -> Int {
        (bytes[low..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }) ?? low
    }
}
