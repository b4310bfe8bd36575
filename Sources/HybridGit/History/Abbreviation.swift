internal import CLibgit2

extension Repository {
    /// The shortest name by which git would show an object: long enough for the number of packed objects, and unique.
    ///
    /// The length is git's own choice when `core.abbrev` is not set: half the bits of the number of objects, at least 7
    /// digits.
    public func abbreviation(of id: ObjectID) throws(GitError) -> String {
        let text = id.description
        let count = try packedObjectCount()
        let bits = Int.bitWidth - count.leadingZeroBitCount
        var length = max(7, (max(bits, 1) + 1) / 2)
        if let setting = try configString("core.abbrev")?.lowercased() {
            if ["no", "off", "false"].contains(setting) { return text }
            if let wanted = Int(setting), wanted >= 4 { length = wanted }
        }
        while length < ObjectID.digits, try !isUnique(id, length) { length += 1 }
        return String(text.prefix(length))
    }

    private func isUnique(_ id: ObjectID, _ length: Int) throws(GitError) -> Bool {
        try withDatabase { (database) throws(GitError) in
            var found = git_oid()
            var short = id.oid
            let status = git_odb_exists_prefix(&found, database, &short, length)
            if status == GIT_EAMBIGUOUS.rawValue { return false }
            if status == GIT_ENOTFOUND.rawValue { return true }
            try check(status, "abbreviate", id.description)
            return true
        }
    }

    /// The number of objects in packs, read from the heads of their indices.
    private func packedObjectCount() throws(GitError) -> Int {
        let folder = commonDirectory + "objects/pack/"
        guard try Disk.find(folder) != nil else { return 0 }
        var count = 0
        for name in try Disk.names(in: folder) where name.hasSuffix(".idx") {
            count += try Disk.lastFanout(folder + name)
        }
        return count
    }
}
