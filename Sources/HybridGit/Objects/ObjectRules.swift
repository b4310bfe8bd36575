internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What servers that check objects refuse to take, whoever pushes it.
///
/// Source: git-fsck(1), "FSCK MESSAGES", and `receive.fsckObjects` in git-config(1); such servers count warnings as errors.
/// Faults are named as git names them.
enum ObjectRules {
    /// What is wrong with a tree as it lies in the database; nil where nothing is.
    ///
    /// Names that some file system takes for the git directory are judged by whoever knows paths. Grows with the tree.
    static func fault(inTree bytes: UnsafeRawBufferPointer, id: ObjectID) -> String? {
        let reader = TreeReader(bytes: bytes, id: id)
        var at = 0
        var last: TreeReader.Entry?
        var names = Set<[UInt8]>()
        while at < bytes.count {
            guard let entry = try? reader.entry(at: at) else { return "badTree" }
            let name = reader.uncheckedName(of: entry)
            if name.contains(RepoPath.separator) { return "fullPathname" }
            if name.elementsEqual(".".utf8) { return "hasDot" }
            if name.elementsEqual("..".utf8) { return "hasDotdot" }
            if reader.value(of: entry).id == .zero { return "nullSha1" }
            if bytes[entry.start] == UInt8(ascii: "0") { return "zeroPaddedFilemode" }
            if !names.insert(Array(name)).inserted { return "duplicateEntries" }
            if entry.kind == .symlink, name.elementsEqual(".gitmodules".utf8) { return "gitmodulesSymlink" }
            if let last {
                let order = TreeReader.order(
                    reader.uncheckedName(of: last), last.kind == .tree, name, entry.kind == .tree)
                if order >= 0 { return "treeNotSorted" }
            }
            (last, at) = (entry, entry.end)
        }
        return nil
    }

    /// What is wrong with a commit as it lies in the database; nil where nothing is.
    static func fault(inCommit bytes: [UInt8]) -> String? {
        var rest = bytes[...]
        func line(_ key: String) -> ArraySlice<UInt8>? {
            guard rest.starts(with: key.utf8), let end = rest.firstIndex(of: 10) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end].dropFirst(key.utf8.count)
        }
        let header = bytes.prefix(bytes.count)
        guard
            let blank = header.indices.first(where: {
                header[$0] == 10 && header.index(after: $0) < header.endIndex && header[$0 + 1] == 10
            })
        else { return "unterminatedHeader" }
        if header[..<blank].contains(0) { return "nulInHeader" }
        guard let tree = line("tree ") else { return "missingTree" }
        if ObjectID(hexDigits: tree) == nil { return "badTreeSha1" }
        while let parent = line("parent ") {
            if ObjectID(hexDigits: parent) == nil { return "badParentSha1" }
        }
        guard let author = line("author ") else { return "missingAuthor" }
        if let fault = fault(inPerson: author) { return fault }
        if rest.starts(with: "author ".utf8) { return "multipleAuthors" }
        guard let committer = line("committer ") else { return "missingCommitter" }
        if let fault = fault(inPerson: committer) { return fault }
        return bytes[blank...].contains(0) ? "nulInCommit" : nil
    }

    /// What is wrong with who made something, and when.
    private static func fault(inPerson line: ArraySlice<UInt8>) -> String? {
        if line.first == UInt8(ascii: "<") { return "missingNameBeforeEmail" }
        guard let open = line.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }) else {
            return "missingEmail"
        }
        if line[open] == UInt8(ascii: ">") { return "badName" }
        if open == line.startIndex || line[open - 1] != UInt8(ascii: " ") { return "missingSpaceBeforeEmail" }
        let email = line[(open + 1)...]
        guard let close = email.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }),
            email[close] == UInt8(ascii: ">")
        else { return "badEmail" }
        var time = line[(close + 1)...]
        guard time.first == UInt8(ascii: " ") else { return "missingSpaceBeforeDate" }
        time = time.dropFirst()
        let digits = time.prefix { (48...57).contains($0) }
        if digits.count > 1, digits.first == 48 { return "zeroPaddedDate" }
        if digits.isEmpty { return "badDate" }
        // What git cannot count in 64 bits, the sign and two thousand million years aside.
        if Int64(String(decoding: digits, as: UTF8.self)) == nil { return "badDateOverflow" }
        let zone = Array(time.dropFirst(digits.count))
        guard zone.count == 6, zone[0] == 32, zone[1] == UInt8(ascii: "+") || zone[1] == UInt8(ascii: "-"),
            zone[2...].allSatisfy({ (48...57).contains($0) })
        else { return zone.first == 32 ? "badTimezone" : "badDate" }
        return nil
    }
}

extension ObjectStore {
    /// Why servers that check objects refuse a commit, as git names it; nil where they do not.
    ///
    /// Throws where it is not there.
    package func commitFault(_ id: ObjectID) throws(GitError) -> String? {
        ObjectRules.fault(inCommit: try commitContent(id))
    }

    /// The same of a tree by itself, without what it holds.
    package func treeFault(_ id: ObjectID) throws(GitError) -> String? {
        if id == Repository.emptyTree { return nil }
        return try rawTree(id).withBytes { ObjectRules.fault(inTree: $0, id: id) }
    }
}
