internal import CLibgit2

extension Repository {
    /// A setting's value from the merged configuration; nil when it is not set.
    ///
    /// libgit2 reads neither `config.worktree` nor `GIT_CONFIG_GLOBAL`.
    package func configString(_ key: String) throws(GitError) -> String? {
        try configured(key) { (config) throws(GitError) in
            var value: UnsafePointer<CChar>?
            let status = git_config_get_string(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return value.map { String(cString: $0) }
        }
    }

    /// A setting read as a path, with `~` for the user's home; nil when it is not set.
    package func configPath(_ key: String) throws(GitError) -> String? {
        try configured(key) { (config) throws(GitError) in
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
        try configured(key) { (config) throws(GitError) in
            var value: Int32 = 0
            let status = git_config_get_bool(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return value != 0
        }
    }

    /// A setting read as a number, `k`, `m` and `g` understood; nil when it is not set.
    package func configNumber(_ key: String) throws(GitError) -> Int? {
        try configured(key) { (config) throws(GitError) in
            var value: Int64 = 0
            let status = git_config_get_int64(&value, config, key)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try check(status, "read setting", key)
            return Int(value)
        }
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

    /// Whether the repository has no main worktree.
    public var isBare: Bool { git_repository_is_bare(handle) == 1 }

    /// The operation under way in this worktree that holds work; bisecting holds none that could be lost.
    package func operationHoldingWork() -> String? {
        operationInProgress().flatMap { $0 == "bisect" ? nil : $0 }
    }

    /// The operation that is under way in this worktree, such as "merge"; nil when there is none.
    package func operationInProgress() -> String? {
        switch git_repository_state_t(rawValue: UInt32(git_repository_state(handle))) {
        case GIT_REPOSITORY_STATE_NONE: nil
        case GIT_REPOSITORY_STATE_MERGE: "merge"
        case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: "revert"
        case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: "cherry-pick"
        case GIT_REPOSITORY_STATE_BISECT: "bisect"
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX: "am"
        default: "rebase"
        }
    }
}
