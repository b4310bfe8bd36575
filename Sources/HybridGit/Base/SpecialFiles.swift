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

    /// Looks at the files of a ref and its log, before libgit2 opens them.
    func lookAtRef(_ name: String) throws(GitError) {
        let folder = name.hasPrefix("refs/") ? commonDirectory : gitDirectory
        for path in [commonDirectory + "packed-refs", folder + name, folder + "logs/" + name] {
            try Disk.refuseEndless(path)
        }
    }
}
