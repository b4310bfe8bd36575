internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A working tree of some repository, found by its `.git` without opening the repository.
package struct GuardPlace: Hashable {
    /// The root of the working tree, without links and without a final `/`.
    package var root: String
    /// The worktree's own git directory.
    package var admin: String
    /// The git directory that all worktrees of the repository share.
    package var common: String

    /// The registration's name; nil for a main worktree.
    package var name: String? {
        admin.rest(behind: common + "/worktrees/").map(String.init)
    }

    /// The working tree whose root is `folder` itself; nil where that has no usable `.git`.
    package init?(root folder: String) {
        let link = folder == "/" ? "/.git" : folder + "/.git"
        var facts = FileFacts()
        guard unsafe stat(link, &facts) == 0, let root = GuardPath.real(folder) else { return nil }
        if facts.st_mode & S_IFMT == S_IFDIR {
            guard let admin = GuardPath.real(link), unsafe access(admin + "/HEAD", F_OK) == 0 else {
                return nil
            }
            self.init(root: root, admin: admin)
            return
        }
        guard let place = Self.line(link)?.rest(behind: "gitdir: "),
            let admin = GuardPath.real(GuardPath.joined(String(place), to: folder))
        else { return nil }
        self.init(root: root, admin: admin)
    }

    /// The working tree that a git directory belongs to, as git names it to its hooks; nil for a bare one.
    package init?(gitDirectory: String) {
        guard let admin = GuardPath.real(gitDirectory) else { return nil }
        if let folder = Self.line(admin + "/gitdir")?.pathFolder,
            let root = GuardPath.real(GuardPath.joined(String(folder), to: admin))
        {
            self.init(root: root, admin: admin)
        } else if let root = admin.rest(before: "/.git") {
            self.init(root: String(root), admin: admin)
        } else {
            return nil
        }
    }

    private init(root: String, admin: String) {
        self.root = root
        self.admin = admin
        common =
            Self.line(admin + "/commondir").flatMap { GuardPath.real(GuardPath.joined($0, to: admin)) }
            ?? admin
    }

    /// The working trees that a path lies in, the nearest first: nested ones count each.
    package static func around(_ path: String) -> [GuardPlace] {
        var found: [GuardPlace] = []
        var folder = path
        while true {
            if let place = GuardPlace(root: folder) { found.append(place) }
            guard folder != "/", let above = folder.pathFolder else { return found }
            folder = String(above)
        }
    }

    /// The content of a small file without its final line break; nil where there is none.
    package static func line(_ path: String) -> String? {
        guard let bytes = try? Descriptor(opening: path, O_RDONLY | O_NONBLOCK).readAll(),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return text.rest(before: "\n").map(String.init) ?? text
    }
}

/// Where a path that somebody is about to write leads.
package enum GuardPath {
    /// The path without links; nil where it leads nowhere.
    package static func real(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// A path, put below `folder` where it is not absolute.
    package static func joined(_ path: String, to folder: String) -> String {
        path.beginsWithBytes(of: "/") ? path : folder + "/" + path
    }

    /// All places that a write to this path may change, absolute and without links in front of their last name.
    ///
    /// A program may take `..` away before it opens the file, or leave that to the system, where it means what a link in
    /// front of it says; and a link at the end is replaced by one program and written through by another. All must be
    /// allowed.
    package static func landings(of path: String, from folder: String) -> [String] {
        let whole = joined(path, to: folder)
        var found: [String] = []
        for reading in [withoutDots(whole), whole] {
            var next: String? = landing(reading)
            // As many links in a row as Linux follows.
            for _ in 0..<40 {
                guard let here = next, !found.contains(here) else { break }
                found.append(here)
                next = linkTarget(here).map { landing(joined($0, to: parent(of: here))) }
            }
        }
        return found
    }

    /// The path as text alone says it.
    static func withoutDots(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.pathParts where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func parent(of path: String) -> String {
        path.pathFolder.map(String.init) ?? "/"
    }

    /// The longest folder in front that is there, without links; what is not there yet behind it, as text.
    private static func landing(_ path: String) -> String {
        let parts = path.pathParts.filter { $0 != "." }
        var count = max(0, parts.count - 1)
        // `x/..` is a folder itself.
        if parts.last == ".." { count = parts.count }
        while true {
            if let real = real("/" + parts[..<count].joined(separator: "/")) {
                return withoutDots(real + "/" + parts[count...].joined(separator: "/"))
            }
            count -= 1
        }
    }

    private static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe readlink(path, $0.baseAddress!, $0.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Whether something stands there, a link that leads nowhere included.
    package static func exists(_ path: String) -> Bool {
        var facts = FileFacts()
        return unsafe lstat(path, &facts) == 0
    }
}

#if canImport(Glibc)
    private typealias FileFacts = Glibc.stat
#else
    private typealias FileFacts = Darwin.stat
#endif
