internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// A setting's value from the merged configuration; nil when it is not set.
    ///
    /// libgit2 reads neither `config.worktree` nor `GIT_CONFIG_GLOBAL`.
    package func configString(_ key: String) throws(GitError) -> String? {
        switch try plainly(key) {
        case .unset: return nil
        case .value(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .unknown: break
        }
        return try configured(key) { (config) throws(GitError) in
            var value: UnsafePointer<CChar>?
            let status = git_config_get_string(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return value.map { String(cString: $0) }
        }
    }

    /// A setting read as a path, with `~` for the user's home; nil when it is not set.
    package func configPath(_ key: String) throws(GitError) -> String? {
        switch try plainly(key) {
        case .unset: return nil
        case .value(let bytes) where bytes.first == RepoPath.separator:
            return String(decoding: bytes, as: UTF8.self)
        default: break
        }
        return try configured(key) { (config) throws(GitError) in
            var value = git_buf()
            defer { git_buf_dispose(&value) }
            let status = git_config_get_path(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return value.ptr.map { String(cString: $0) }
        }
    }

    /// A setting read as a truth value; nil when it is not set.
    package func configBool(_ key: String) throws(GitError) -> Bool? {
        switch try plainly(key) {
        case .unset: return nil
        case .value(let bytes):
            switch String(decoding: bytes, as: UTF8.self) {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: break
            }
        case .unknown: break
        }
        return try configured(key) { (config) throws(GitError) in
            var value: Int32 = 0
            let status = git_config_get_bool(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return value != 0
        }
    }

    /// A setting read as a number, `k`, `m` and `g` understood; nil when it is not set.
    package func configNumber(_ key: String) throws(GitError) -> Int? {
        switch try plainly(key) {
        case .unset: return nil
        case .value(let bytes)
        where bytes.count < 10 && bytes.first != 48 && bytes.allSatisfy { 48...57 ~= $0 } && !bytes.isEmpty:
            return bytes.reduce(0) { $0 * 10 + Int($1 - 48) }
        default: break
        }
        return try configured(key) { (config) throws(GitError) in
            var value: Int64 = 0
            let status = git_config_get_int64(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return Int(value)
        }
    }

    /// What plain files say of a setting, which most repositories have only.
    private func plainly(_ key: String) throws(GitError) -> PlainSettings.Answer {
        try Disk.refuseEndless(commonDirectory + "config")
        return settings?.value(key) ?? .unknown
    }

    private func configured<R>(
        _ key: String, _ body: (OpaquePointer?) throws(GitError) -> R
    ) throws(GitError) -> R {
        try Disk.refuseEndless(commonDirectory + "config")
        var config: OpaquePointer?
        try check(git_repository_config_snapshot(&config, handle), "read configuration", key)
        defer { git_config_free(config) }
        return try body(config)
    }

    /// The operation under way in this worktree that holds work; bisecting holds none that could be lost.
    package func operationHoldingWork() -> String? {
        operationInProgress().flatMap { $0 == "bisect" ? nil : $0 }
    }

    /// The operation that is under way in this worktree, such as "merge"; nil when there is none.
    package func operationInProgress() -> String? {
        let signs: [(file: String, operation: String)] = [
            ("rebase-merge/interactive", "rebase"), ("rebase-merge/", "rebase"),
            ("rebase-apply/rebasing", "rebase"),
            ("rebase-apply/applying", "am"), ("rebase-apply/", "rebase"), ("MERGE_HEAD", "merge"),
            ("REVERT_HEAD", "revert"), ("CHERRY_PICK_HEAD", "cherry-pick"), ("BISECT_LOG", "bisect"),
        ]
        // As libgit2 does it, and git's wt-status.
        return signs.first { Self.stands(gitDirectory + $0.file) }?.operation
    }

    /// Whether there is a file; a folder where the path ends in `/`.
    private static func stands(_ path: String) -> Bool {
        var found = stat()
        guard stat(path, &found) == 0 else { return false }
        return path.hasSuffix("/") ? Disk.isFolder(found) : found.st_mode & S_IFMT == S_IFREG
    }
}
