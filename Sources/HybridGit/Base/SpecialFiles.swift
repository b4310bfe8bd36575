internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What stands where git and libgit2 expect a file, looked at before they open it.
///
/// Opening a pipe waits until somebody writes into it, for ever, and a device may never come to an end.
extension Disk {
    /// Throws `notAFile` where opening a path could wait for ever: for a pipe or a device, links followed.
    ///
    /// Whatever else is wrong with it, whoever opens it will tell.
    static func refuseEndless(_ path: String) throws(GitError) {
        var found = stat()
        guard stat(path, &found) == 0, let name = endless(found) else { return }
        throw GitError(
            .notAFile, operation: "read", subject: path, reason: "it is \(name), where git expects a file")
    }

    private static func endless(_ found: stat) -> String? {
        switch found.st_mode & S_IFMT {
        case S_IFIFO: "a pipe"
        case S_IFCHR where found.st_rdev != nullDevice: "a device"
        case S_IFBLK: "a device"
        default: nil
        }
    }

    /// `/dev/null` stands for a file without content in many a configuration.
    private static let nullDevice: dev_t? = {
        var found = stat()
        return stat("/dev/null", &found) == 0 ? found.st_rdev : nil
    }()
}

/// The folders of a repository before it is opened.
private struct GitFolders {
    var own: String
    var common: String

    /// Finds what `path` names, or with `searching` what holds it; nil where there is nothing to be found.
    init?(of path: String, searching: Bool) throws(GitError) {
        guard var here = Disk.real(path) else { return nil }
        while true {
            if let own = try Self.gitDirectory(in: here) {
                self.own = own
                let link = try Disk.text(own + "/commondir")
                common = link.map { $0.hasPrefix("/") ? $0 : own + "/" + $0 } ?? own
                return
            }
            guard searching, here != "/", let above = here.pathFolder else { return nil }
            here = String(above)
        }
    }

    private static func gitDirectory(in folder: String) throws(GitError) -> String? {
        let link = folder + "/.git"
        try Disk.refuseEndless(link)
        var found = stat()
        if stat(link, &found) == 0 {
            if Disk.isFolder(found) { return link }
            guard let text = try Disk.text(link), let target = text.rest(behind: "gitdir: ") else {
                return nil
            }
            return target.hasPrefix("/") ? String(target) : folder + "/" + target
        }
        return stat(folder + "/HEAD", &found) == 0 && stat(folder + "/refs", &found) == 0
            || stat(folder + "/commondir", &found) == 0 ? folder : nil
    }
}

extension Repository {
    /// Looks at the files that opening a repository reads.
    static func lookBeforeOpening(_ path: String, searching: Bool) throws(GitError) {
        guard let folders = try GitFolders(of: path, searching: searching) else { return }
        try look(own: folders.own, common: folders.common)
        for path in userFiles { try Disk.refuseEndless(path) }
    }

    /// Looks again at what an open repository reads by and by.
    func lookAgain() throws(GitError) {
        try Self.look(own: String(gitDirectory.dropLast()), common: String(commonDirectory.dropLast()))
    }

    /// The index has its own look: most questions do not need it.
    private static func look(own: String, common: String) throws(GitError) {
        for folder in own == common ? [own] : [own, common] {
            for name in try Disk.names(in: folder) where name != "index" && !name.hasSuffix(".lock") {
                try Disk.refuseEndless(folder + "/" + name)
            }
            try Disk.refuseEndless(folder + "/logs/HEAD")
        }
        for name in ["info/exclude", "info/attributes", "info/grafts", "objects/info/alternates"] {
            try Disk.refuseEndless(common + "/" + name)
        }
    }

    /// Configuration that is not the repository's, where libgit2 looks for it.
    private static var userFiles: [String] {
        func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let home = value("HOME")
        let folder = value("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" }
        return ["/etc/gitconfig"] + [home.map { $0 + "/.gitconfig" }].compactMap { $0 }
            + ["config", "ignore", "attributes"].compactMap { name in folder.map { "\($0)/git/\(name)" } }
    }

    /// Looks at the files that say what is ignored and converted in a working tree, before they are read.
    ///
    /// Goes where a status goes: into folders that hold files of the index, and into others that are not ignored.
    func lookAtRules(_ index: OpaquePointer) throws(GitError) {
        try lookAgain()
        for key in ["core.excludesfile", "core.attributesfile"] {
            if let own = try configPath(key) { try Disk.refuseEndless(own) }
        }
        guard let root = workingDirectory else { return }
        var waiting: [[UInt8]] = [[]]
        while let folder = waiting.popLast() {
            let path = Array(root.utf8) + folder
            var inner: [[UInt8]] = []
            var isNested = false
            try Disk.eachEntry(of: path) { (name, isFolder) throws(GitError) in
                if Self.ruleNames.contains(name) {
                    try Disk.refuseEndless(String(decoding: path + name, as: UTF8.self))
                } else if name == Self.gitName {
                    isNested = !folder.isEmpty
                } else if isFolder {
                    inner.append(folder + name + [RepoPath.separator])
                }
            }
            // What is in a repository of its own is not looked at.
            if isNested { continue }
            for inner in inner where isLookedInto(inner, index) { waiting.append(inner) }
        }
    }

    private static let ruleNames: Set<[UInt8]> = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]
    private static let gitName = Array(".git".utf8)

    /// The rule files above a folder were looked at.
    private func isLookedInto(_ folder: [UInt8], _ index: OpaquePointer) -> Bool {
        let text = folder.map { CChar(bitPattern: $0) } + [0]
        var position = 0
        if git_index_find_prefix(&position, index, text) == 0 { return true }
        var ignored: Int32 = 0
        return git_ignore_path_is_ignored(&ignored, handle, text) != 0 || ignored == 0
    }
}

extension Disk {
    /// Visits the names in a folder, and whether each is a folder itself; nothing where it cannot be listed.
    static func eachEntry(
        of path: [UInt8], _ body: (_ name: [UInt8], _ isFolder: Bool) throws(GitError) -> Void
    ) throws(GitError) {
        // What cannot be listed is told by the status, which comes to it as well.
        guard let stream = opendir(path.map { CChar(bitPattern: $0) } + [0]) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 1) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name == [46] || name == [46, 46] { continue }
            var isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            if entry.pointee.d_type == UInt8(DT_UNKNOWN) {
                var found = stat()
                let whole = (path + name).map { CChar(bitPattern: $0) } + [0]
                isFolder = lstat(whole, &found) == 0 && Disk.isFolder(found)
            }
            try body(name, isFolder)
        }
    }
}
