internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a repository lies.
struct RepositoryPlace: Equatable {
    /// The worktree's own git directory, with a final `/`.
    var own: String
    /// The git directory that all worktrees share, with a final `/`.
    var common: String
    /// The root of the working tree, with a final `/`; nil in a bare repository.
    var root: String?
}

extension RepositoryPlace {
    /// Finds and checks a repository as libgit2 does, where nothing about it is unusual; nil where libgit2 has to look.
    ///
    /// What is checked: that it is whole, that all that decides what it is belongs to whoever asks, that its
    /// configuration and the user's are plain, that its form is git's own first one. Source: git's
    /// gitrepository-layout; libgit2's `repository.c`.
    init?(plain path: String, searching: Bool) {
        guard let start = Self.real(path), let device = Self.device(start) else { return nil }
        var here = start
        while true {
            // libgit2 stops where another file system begins.
            guard Self.device(here) == device else { return nil }
            if let found = Self(in: here) {
                guard found.isOrdinary() else { return nil }
                self = found
                return
            }
            // Whatever else there is of a repository, libgit2 looks at.
            guard searching, here != "/", !Self.isAnything(here), let above = here.pathFolder else {
                return nil
            }
            here = String(above)
        }
    }

    /// What lies in a folder: a working tree, main or linked, a git directory, a bare repository.
    private init?(in folder: String) {
        let inner = folder == "/" ? "/" : folder + "/"
        let link = inner + ".git"
        if Self.isFile(inner + "commondir") {
            // A registration.
            guard let link = Self.line(inner + "gitdir"), let root = link.rest(before: ".git"),
                let place = Self(linked: link, root: String(root)), place.own == inner
            else { return nil }
            self = place
            return
        }
        if Self.isFolder(link), access(link + "/.git", F_OK) != 0 {
            self.init(own: link + "/", common: link + "/", root: inner)
        } else if Self.isFile(link) {
            self.init(linked: link, root: inner)
        } else if access(link, F_OK) != 0 {
            self.init(own: inner, common: inner, root: folder.rest(before: "/.git").map { $0 + "/" })
        } else {
            return nil
        }
        guard Self.isFile(own + "HEAD"), Self.isFolder(common + "objects"), Self.isFolder(common + "refs"),
            own != common || access(own + "commondir", F_OK) != 0
        else { return nil }
    }

    /// A linked worktree, whose registration leads back to it.
    private init?(linked link: String, root: String) {
        guard let text = Self.line(link), let target = text.rest(behind: "gitdir: "), target.hasPrefix("/"),
            let own = Self.real(String(target)), let back = Self.line(own + "/gitdir"),
            back.hasBytes(of: link),
            Self.real(root).map({ $0 + "/" == root }) == true,
            let shared = Self.line(own + "/commondir"),
            let common = Self.real(shared.hasPrefix("/") ? shared : own + "/" + shared)
        else { return nil }
        self.init(own: own + "/", common: common + "/", root: root)
    }

    /// A path without links; nil where it is no text.
    private static func real(_ path: String) -> String? {
        Disk.real(path).flatMap { $0.unicodeScalars.contains("\u{FFFD}") ? nil : $0 }
    }

    private static func isAnything(_ folder: String) -> Bool {
        [".git", "HEAD", "objects", "refs", "commondir", "gitdir"].contains {
            access("\(folder)/\($0)", F_OK) == 0
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var found = stat()
        return stat(path, &found) == 0 && Disk.isFolder(found)
    }

    private static func isFile(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
    }

    private static func device(_ path: String) -> dev_t? {
        var found = stat()
        return stat(path, &found) == 0 ? found.st_dev : nil
    }

    /// A file's only line; nil for anything else.
    private static func line(_ path: String) -> String? {
        guard isFile(path), let bytes = (try? Disk.bytes(path)) ?? nil,
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        return line.utf8.contains { $0 < 32 } || line.hasSuffix(" ") ? nil : line
    }

    /// Whether its owner is whoever asks, and its configuration says nothing that only libgit2 understands.
    private func isOrdinary() -> Bool {
        let owner = geteuid()
        var paths = [own, common]
        if let root { paths += [root, root + ".git"] }
        for path in paths {
            var found = stat()
            guard lstat(path, &found) == 0, found.st_uid == owner else { return false }
        }
        guard var settings = PlainSettings(common), let lines = settings.lines() else { return false }
        return isPlain(lines)
    }

    private func isPlain(_ lines: [PlainConfiguration.Line]) -> Bool {
        var isBare: String?
        for line in lines where line.section == "extensions" || line.section == "core" {
            guard line.section == "core", line.subsection == nil else { return false }
            let text = line.value.map { String(decoding: $0, as: UTF8.self) }
            switch line.key {
            case "bare": isBare = text
            case "worktree": return false
            case "repositoryformatversion": if text != "0", text != "1" { return false }
            default: break
            }
        }
        return isBare == (root == nil ? "true" : "false")
    }
}
