internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The settings of one configuration file, and of what it includes, in order; none where it is not there.
    ///
    /// Throws where it cannot be read or does not parse.
    public func settings(inFile path: String) throws(GitError) -> [UserConfiguration.Setting] {
        try UserConfiguration.read(path, self)
    }

    /// The configuration files that worktrees share or own: `config`, that of each submodule, each `config.worktree`.
    package func configurationFiles() throws(GitError) -> [String] {
        var files = [commonDirectory + "config", commonDirectory + "config.worktree"]
        for module in try submoduleDirectories() { files.append(module + "/config") }
        let folder = commonDirectory + "worktrees"
        guard try Disk.find(folder) != nil else { return files }
        for name in try Disk.names(in: folder).sorted() { files.append("\(folder)/\(name)/config.worktree") }
        return files
    }

    /// What refs below a prefix name, by full name, unpeeled; refs that lead nowhere are left out, as are files whose
    /// names git does not allow.
    public func tips(prefix: String) throws(GitError) -> [String: ObjectID] {
        var iterator: OpaquePointer?
        try check(git_reference_iterator_glob_new(&iterator, handle, prefix + "*"), "list refs", prefix)
        defer { git_reference_iterator_free(iterator) }
        var found: [String: ObjectID] = [:]
        var name: UnsafePointer<CChar>?
        while true {
            let status = git_reference_next_name(&name, iterator)
            if status == GIT_ITEROVER.rawValue { return found }
            try check(status, "list refs", prefix)
            guard let name, RefName.isValid(name) else { continue }
            try lookAtRef(String(cString: name))
            var id = git_oid()
            let read = git_reference_name_to_id(&id, try handle, name)
            if read == GIT_ENOTFOUND.rawValue { continue }
            try check(read, "read ref", String(cString: name))
            found[String(cString: name)] = ObjectID(id)
        }
    }
}

/// What lies at one path of a git directory, by content.
public enum FileMark {
    /// The paths of all files below a path, itself where it is one; links are not followed.
    public static func files(below path: String) throws(GitError) -> [String] {
        guard let found = try Disk.find(path) else { return [] }
        guard Disk.isFolder(found) else { return [path] }
        var all: [String] = []
        for name in try Disk.names(in: path).sorted() { all += try files(below: path + "/" + name) }
        return all
    }

    /// Kind, mode and content's hash in one word, such as `100755 8f3a...`; nil where nothing is there.
    public static func read(_ path: String) throws(GitError) -> String? {
        guard let found = try Disk.find(path) else { return nil }
        let kind = String(found.st_mode, radix: 8)
        switch found.st_mode & S_IFMT {
        case S_IFREG:
            var id = git_oid()
            try Library.started()
            try check(git_odb_hashfile(&id, path, GIT_OBJECT_BLOB), "hash file", path)
            return "\(kind) \(ObjectID(id))"
        case S_IFLNK:
            return "\(kind) \(try ObjectID(ofBlob: linkTarget(path)))"
        default: return kind
        }
    }

    /// A file's bytes, or a link's target; nil where it is neither, or larger than `limit` bytes.
    public static func content(_ path: String, atMost limit: Int) throws(GitError) -> [UInt8]? {
        guard let found = try Disk.find(path), found.st_size <= limit else { return nil }
        switch found.st_mode & S_IFMT {
        case S_IFREG:
            let file = try Disk.openFile(path, O_NOFOLLOW)
            defer { close(file) }
            return try Disk.readAll(file, path)
        case S_IFLNK: return try linkTarget(path)
        default: return nil
        }
    }

    /// The hash that stands in the mark of a file with this content.
    public static func hash(of bytes: [UInt8]) throws(GitError) -> String {
        try ObjectID(ofBlob: bytes).description
    }

    private static func linkTarget(_ path: String) throws(GitError) -> [UInt8] {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count >= 0 else { throw Disk.failure("read link", path) }
        return target.prefix(count).map { UInt8(bitPattern: $0) }
    }
}
