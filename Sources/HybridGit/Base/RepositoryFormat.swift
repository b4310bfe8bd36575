internal import CLibgit2

/// Which repositories can be read, by what their own configuration says of their form.
///
/// Source: git's gitrepository-layout and config documents, `extensions.*`.
enum RepositoryFormat {
    /// Extensions that change nothing for what hybrid reads and writes, or whose value is looked at.
    static let known = [
        "noop", "noop-v1", "worktreeconfig", "partialclone", "preciousobjects", "relativeworktrees",
        "submodulepathconfig", objects, refs,
    ]

    private static let objects = "objectformat"
    private static let refs = "refstorage"

    /// Throws `unsupported` where objects have other names than SHA-1, or refs lie in no files.
    ///
    /// Reads one small file; its text mostly says neither.
    static func refuseUnreadable(_ common: String) throws(GitError) {
        let path = common + "config"
        guard let bytes = try Disk.bytes(path) else { return }
        let text = String(decoding: bytes.map { 65...90 ~= $0 ? $0 | 32 : $0 }, as: UTF8.self)
        guard text.contains(objects) || text.contains(refs) else { return }
        var config: OpaquePointer?
        try check(git_config_open_ondisk(&config, path), "read configuration", path)
        defer { git_config_free(config) }
        for (name, readable) in [(objects, "sha1"), (refs, "files")] {
            guard let value = try value("extensions." + name, config), value != readable else { continue }
            throw refusal(common, reason(name, value))
        }
    }

    private static func value(_ key: String, _ config: OpaquePointer?) throws(GitError) -> String? {
        var value = git_buf()
        defer { git_buf_dispose(&value) }
        let status = git_config_get_string_buf(&value, config, key)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try check(status, "read setting", key)
        return value.ptr.map { String(cString: $0) }
    }

    /// libgit2 words the refusal of an extension in its own way: says which one and why.
    static func explained(_ error: GitError) -> GitError {
        let (name, format) = ("unsupported extension name extensions.", "unsupported object format")
        if let found = error.reason.firstRange(of: name) {
            let name = error.reason[found.upperBound...].prefix { !$0.isWhitespace }
            return refusal(
                error.subject, "it has extensions.\(name), of which hybrid does not know what it changes")
        }
        guard error.reason.contains(format) else { return error }
        return refusal(error.subject, reason(objects, "sha256"))
    }

    private static func reason(_ name: String, _ value: String) -> String {
        if name == objects {
            return
                "its objects have \(value) names (extensions.objectFormat), and hybrid reads sha1 names only"
        }
        return """
            its refs are stored as \(value) (extensions.refStorage), and hybrid reads refs in files only; git 2.46 and \
            newer turn them into files: git refs migrate --ref-format=files
            """
    }

    private static func refusal(_ place: String, _ reason: String) -> GitError {
        GitError(.unsupported, operation: "open repository", subject: place, reason: reason)
    }
}
