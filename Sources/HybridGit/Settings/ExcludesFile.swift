internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The file in which the user lists what git is to leave out everywhere; nil where there can be none.
    ///
    /// `core.excludesFile` as git reads it, from the user's files, the repository's `config` and `GIT_CONFIG_COUNT`, with
    /// `~/` and `~user/` written out; where it is not set, `$XDG_CONFIG_HOME/git/ignore` or `~/.config/git/ignore`. A
    /// relative name counts from a worktree's root. The file need not be there. Throws where a configuration cannot be
    /// read, and where the name cannot be written out, as git does. Source: gitignore(5), git-config(1).
    package func excludesFile(environment: [String: String]) throws(GitError) -> String? {
        let settings =
            try UserConfiguration.ofFiles(environment, self)
            + settings(inFile: commonDirectory + "config") + UserConfiguration.given(environment)
        let own = settings.last {
            $0.section == "core" && $0.subsection == nil && $0.key == "excludesfile"
        }
        guard let own else {
            if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty { return folder + "/git/ignore" }
            return environment["HOME"].map { $0 + "/.config/git/ignore" }
        }
        // An empty name is how users say that there is none.
        guard let value = own.value, !value.isEmpty else { return nil }
        return try Self.written(out: String(decoding: value, as: UTF8.self), environment)
    }

    private static func written(out path: String, _ environment: [String: String]) throws(GitError) -> String
    {
        func unknown(_ reason: String) -> GitError {
            GitError(
                .unsupported, operation: "read setting", subject: "core.excludesFile",
                reason: "\(path): \(reason); write the file's whole path")
        }
        if path.beginsWithBytes(of: "%(prefix)/") { throw unknown("where git itself lies is not known here") }
        guard let named = path.rest(behind: "~") else { return path }
        let user = named.parts(at: "/", most: 1, omittingEmpty: false)[0]
        let rest = named.rest(behind: user) ?? ""
        if user.isEmpty {
            guard let home = environment["HOME"] else { throw unknown("HOME is not set") }
            return home + rest
        }
        guard let home = home(of: String(user)) else { throw unknown("there is no user \(user)") }
        return home + rest
    }

    /// A user's folder as the system knows it; nil where it knows no such user.
    private static func home(of user: String) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 1 << 10)
        while getpwnam_r(user, &entry, &room, room.count, &found) == ERANGE, room.count < 1 << 20 {
            room = [CChar](repeating: 0, count: room.count * 4)
        }
        return found?.pointee.pw_dir.map { String(cString: $0) }
    }
}
