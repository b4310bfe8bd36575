internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What users configured for themselves: git's system, XDG and global files, and what the environment adds.
///
/// Never a repository's own files: whoever works in a repository can write those, so what is run may not come from there.
public struct UserConfiguration: Sendable {
    /// One line of configuration.
    public struct Setting: Hashable, Sendable {
        /// The section, in lower case.
        public var section: String
        /// What stands in quotes behind the section; nil for none.
        public var subsection: String?
        /// The variable, in lower case.
        public var key: String
        /// The value's bytes, in any encoding; nil for a variable without `=`.
        public var value: [UInt8]?
        /// Whether it stands in another file, which the one that was read includes.
        public var isIncluded = false
    }

    /// All settings, weakest first: the last one of a name counts.
    public private(set) var settings: [Setting] = []

    /// Reads the files and variables that git reads.
    ///
    /// `GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM`, `GIT_CONFIG_NOSYSTEM` and `GIT_CONFIG_COUNT` count as for git;
    /// `GIT_CONFIG_PARAMETERS` (`git -c`) does not, and is for the caller to count in. Conditional includes ask `repository` where it lies. Throws where a file
    /// cannot be read or does not parse. Source: git-config(1), "FILES" and "ENVIRONMENT".
    public init(environment: [String: String], in repository: Repository) throws(GitError) {
        settings = try Self.ofFiles(environment, repository) + Self.given(environment)
    }

    /// What the files say, without what the environment adds.
    static func ofFiles(
        _ environment: [String: String], _ repository: Repository
    ) throws(GitError) -> [Setting] {
        var settings: [Setting] = []
        for path in try files(environment) { settings += try read(path, repository) }
        return settings
    }

    /// The files that git reads outside repositories, the weakest first; not all need be there.
    package static func files(_ environment: [String: String]) throws(GitError) -> [String] {
        var files: [String] = []
        if try !truth("GIT_CONFIG_NOSYSTEM", environment) {
            if let named = environment["GIT_CONFIG_SYSTEM"] {
                files.append(named)
            } else {
                files += try systemFile()
            }
        }
        if let named = environment["GIT_CONFIG_GLOBAL"] {
            files.append(named)
        } else {
            let home = environment["HOME"] ?? ""
            if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty {
                files.append(folder + "/git/config")
            } else if !home.isEmpty {
                files.append(home + "/.config/git/config")
            }
            if !home.isEmpty { files.append(home + "/.gitconfig") }
        }
        // An empty name is how users say that there is none.
        return files.filter { !$0.isEmpty }
    }

    /// git's own system file, where it is there.
    private static func systemFile() throws(GitError) -> [String] {
        if let user = PlainSettings.user {
            let file = user.system + "/gitconfig"
            return access(file, F_OK) == 0 ? [file] : []
        }
        var path = git_buf()
        defer { git_buf_dispose(&path) }
        try Library.started()
        let status = git_config_find_system(&path)
        if status == GIT_ENOTFOUND.rawValue { return [] }
        try check(status, "find", "system configuration")
        return [String(cString: path.ptr)]
    }

    static func read(_ path: String, _ repository: Repository) throws(GitError) -> [Setting] {
        try Disk.refuseEndless(path)
        if let lines = try? PlainConfiguration(Disk.bytes(path) ?? [])?.lines {
            return lines.map { line in
                Setting(section: line.section, subsection: line.subsection, key: line.key, value: line.value)
            }
        }
        var config: OpaquePointer?
        try Library.started()
        try check(git_config_new(&config), "read configuration", path)
        defer { git_config_free(config) }
        // A file that is not there has no settings.
        try check(
            git_config_add_file_ondisk(config, path, GIT_CONFIG_LEVEL_GLOBAL, repository.handle, 0),
            "read configuration", path)
        var iterator: OpaquePointer?
        try check(git_config_iterator_new(&iterator, config), "read configuration", path)
        defer { git_config_iterator_free(iterator) }
        var settings: [Setting] = []
        var entry: UnsafeMutablePointer<git_config_entry>?
        while true {
            let status = git_config_next(&entry, iterator)
            if status == GIT_ITEROVER.rawValue { return settings }
            try check(status, "read configuration", path)
            guard let entry, let name = entry.pointee.name else { continue }
            let value = entry.pointee.value.map {
                UnsafeBufferPointer(start: $0, count: strlen($0)).map { UInt8(bitPattern: $0) }
            }
            if var setting = Setting(String(cString: name), value) {
                setting.isIncluded = entry.pointee.include_depth > 0
                settings.append(setting)
            }
        }
    }

    /// The pairs of `GIT_CONFIG_COUNT`.
    static func given(_ environment: [String: String]) throws(GitError) -> [Setting] {
        guard let text = environment["GIT_CONFIG_COUNT"], !text.isEmpty else { return [] }
        guard let count = Int32(text), count >= 0 else {
            throw unreadable("GIT_CONFIG_COUNT", "\"\(text)\" is not a number of settings")
        }
        var settings: [Setting] = []
        for index in 0..<count {
            let names = ("GIT_CONFIG_KEY_\(index)", "GIT_CONFIG_VALUE_\(index)")
            guard let key = environment[names.0] else { throw unreadable(names.0, "it is not set") }
            guard let value = environment[names.1] else { throw unreadable(names.1, "it is not set") }
            guard let setting = Setting(key, Array(value.utf8)) else {
                throw unreadable(names.0, "\"\(key)\" is not the name of a setting")
            }
            settings.append(setting)
        }
        return settings
    }

    private static func truth(_ name: String, _ environment: [String: String]) throws(GitError) -> Bool {
        guard let text = environment[name] else { return false }
        if ["1", "true"].contains(text) { return true }
        if ["0", "false"].contains(text) { return false }
        var value: Int32 = 0
        try Library.started()
        guard git_config_parse_bool(&value, text) == 0 else {
            throw unreadable(name, "\"\(text)\" is neither true nor false")
        }
        return value != 0
    }

    private static func unreadable(_ variable: String, _ reason: String) -> GitError {
        GitError(
            .unsupported, operation: "read configuration", subject: variable,
            reason: "\(reason); mend or unset it")
    }
}

extension UserConfiguration.Setting {
    /// Splits a name such as `merge.My.Driver.recursive`; nil where it has no section or no key.
    init?(_ name: String, _ value: [UInt8]?) {
        guard let first = name.firstIndex(of: "."), let last = name.lastIndex(of: "."),
            first > name.startIndex, name.index(after: last) < name.endIndex
        else { return nil }
        section = name[..<first].lowercased()
        subsection = first == last ? nil : String(name[name.index(after: first)..<last])
        key = name[name.index(after: last)...].lowercased()
        self.value = value
    }
}
