internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridUserGit

extension SharedState {
    /// What a comparison of settings has to know beside the two states.
    public struct Surroundings: Sendable {
        /// The `config.worktree` files that git of hybrid's or of its workers reads; nil for all that there are.
        public var worktreeFiles: Set<String>?
        /// The addresses that the base's `.gitmodules` gives each submodule, by its name.
        public var submodules: [String: Set<String>]
        /// What the user's own files say of each key, so that a repository that says the same changes nothing.
        public var inherited: [String: [String]]
        /// The bytes of a file that git obeys; nil where it is not there.
        public var content: @Sendable (String) -> [UInt8]?
        /// The file that keeps the content that a mark in ``SharedState/files`` stands for; nil where none does.
        public var copy: @Sendable (String) -> String?

        /// Makes surroundings; without any, every file counts and nothing excuses a change.
        public init(
            worktreeFiles: Set<String>? = nil, submodules: [String: Set<String>] = [:],
            inherited: [String: [String]] = [:],
            content: @escaping @Sendable (String) -> [UInt8]? = { _ in nil },
            copy: @escaping @Sendable (String) -> String? = { _ in nil }
        ) {
            self.worktreeFiles = worktreeFiles
            self.submodules = submodules
            self.inherited = inherited
            self.content = content
            self.copy = copy
        }
    }

    /// The settings that differ, by file and key.
    static func settingChanges(
        _ old: SharedState, _ new: SharedState, _ around: Surroundings
    ) -> [Change] {
        let judge = SettingJudge(old, new, around)
        var changes: [Change] = []
        for file in Set(old.settings.keys).union(new.settings.keys).sorted() {
            let isRead = judge.isRead(file)
            // What stood where git did not look counts as new once it looks there.
            let isOpened = isRead && !judge.wasRead(file)
            let (before, after) = (isOpened ? [:] : old.settings[file] ?? [:], new.settings[file] ?? [:])
            for key in Set(before.keys).union(after.keys).sorted() {
                guard !isSame(before[key], after[key]) else { continue }
                // A new worktree begins with what the main one has.
                if before[key] == nil, judge.isMains(key, after[key], in: file) { continue }
                // As `git submodule sync` writes it in a submodule's own settings.
                let isBases = file.contains("/modules/") && judge.isBases(key, after[key])
                let kind =
                    isRead && !isBases ? judge.kind(key, before[key], after[key], in: file) : .reported
                let values = shown(before[key], after[key])
                let place = isRead ? "" : " (git does not read that file, or not for this run)"
                changes.append(
                    Change(
                        what: "\(neutralise(key)) in \(neutralise(file))", kind: kind,
                        detail: values + place,
                        undo: isOpened
                            ? .command("git config --unset-all extensions.worktreeConfig || [ $? -eq 5 ]")
                            : undo(key, in: file, old, new),
                        tool: SetUpTool.of(key, after[key] ?? [])))
            }
        }
        return changes
    }

    /// Whether a key says the same as before: written again, or once more behind itself.
    private static func isSame(_ before: [String]?, _ after: [String]?) -> Bool {
        guard let before, let after else { return before == nil && after == nil }
        return before == after || Set(before) == Set(after) && before.last == after.last
    }

    private static func undo(
        _ key: String, in file: String, _ old: SharedState, _ new: SharedState
    ) -> SharedUndo {
        if [old, new].contains(where: { $0.included?[file]?.contains(key) == true }) {
            return SharedUndo.includedSetting(file, key)
        }
        return SharedUndo.setting(file, key, was: old.settings[file]?[key], is: new.settings[file]?[key])
    }

    private static func shown(_ before: [String]?, _ after: [String]?) -> String {
        func shown(_ values: [String]?) -> String {
            values.map { $0.map { "\"\(neutralise($0))\"" }.joined(separator: ", ") } ?? "not set"
        }
        return "was \(shown(before)), is \(shown(after))"
    }

    /// Whether a key makes git run a program, or read, write or talk to another place, whatever its value.
    ///
    /// Source: git-config(1).
    public static func executes(_ key: String) -> Bool {
        guard let name = SettingName(key) else { return true }
        return wholeSections.contains(name.section) || (keys[name.section]?.contains(name.key) ?? false)
    }

    private static let wholeSections: Set<String> = [
        "alias", "include", "includeif", "url", "filter", "credential", "submodule", "protocol", "http",
        "https", "pager", "extensions", "receive", "transfer", "man", "browser", "web", "sendemail",
        "instaweb",
    ]

    private static let keys: [String: Set<String>] = [
        "core": [
            "hookspath", "fsmonitor", "sshcommand", "editor", "pager", "attributesfile", "excludesfile",
            "worktree", "gitproxy", "askpass", "bare", "repositoryformatversion", "alternaterefscommand",
        ],
        "merge": ["driver"], "diff": ["external", "command", "textconv"],
        "gpg": ["program", "defaultkeycommand", "format"], "commit": ["gpgsign"], "user": ["signingkey"],
        "remote": [
            "url", "pushurl", "uploadpack", "receivepack", "proxy", "vcs", "fetch", "push", "mirror",
            "promisor",
        ],
        "difftool": ["cmd", "path"], "mergetool": ["cmd", "path"], "guitool": ["cmd"], "imap": ["tunnel"],
        "lfs": ["url", "pushurl", "path", "args", "clean", "smudge", "standalonetransferagent"],
        "fetch": ["bundleuri"],
        "sequence": ["editor"], "interactive": ["difffilter"], "uploadpack": ["packobjectshook"],
        "init": ["templatedir"], "hook": ["command", "event"], "trailer": ["command", "cmd"],
        "tar": ["command"],
        "hybrid": [
            "hooks", "worktrees", "guard", "setup", "postcheckout", "command", "prompt", "success", "hook",
        ],
    ]
}

/// A setting's name, taken apart; the section and the key in lower case.
private struct SettingName {
    var section: String
    var subsection: String?
    var key: String

    init?(_ text: String) {
        guard let first = text.firstIndex(of: "."), let last = text.lastIndex(of: ".") else { return nil }
        section = text[..<first].lowercased()
        key = text[text.index(after: last)...].lowercased()
        subsection = first == last ? nil : String(text[text.index(after: first)..<last])
    }
}

/// Judges a changed setting by what it can do where it stands.
private struct SettingJudge {
    private let old: SharedState
    private let new: SharedState
    private let around: SharedState.Surroundings
    /// The remotes that were there before.
    private let remotes: Set<String>
    /// What branches and defaults name as their remote already.
    private let named: Set<String>

    init(_ old: SharedState, _ new: SharedState, _ around: SharedState.Surroundings) {
        self.old = old
        self.new = new
        self.around = around
        let all = Array(old.settings.values) + [around.inherited]
        remotes = Set(
            all.flatMap(\.keys).compactMap { SettingName($0) }.filter { $0.section == "remote" }
                .compactMap(\.subsection))
        named = Set(
            all.flatMap { settings in
                settings.filter { SettingName($0.key).map(Self.choosesRemote) ?? false }.flatMap(\.value)
            })
    }

    /// Whether git reads a file now, in a place where hybrid or its workers call it.
    func isRead(_ file: String) -> Bool {
        guard Self.isOfWorktree(file) else { return true }
        return Self.readsWorktreeFiles(new) && (around.worktreeFiles?.contains(file) ?? true)
    }

    /// Whether git read a file before.
    func wasRead(_ file: String) -> Bool { !Self.isOfWorktree(file) || Self.readsWorktreeFiles(old) }

    private static func isOfWorktree(_ file: String) -> Bool { file.hasSuffix("/config.worktree") }

    /// Whether a linked worktree's own file says of a key what the main worktree's said before.
    func isMains(_ key: String, _ after: [String]?, in file: String) -> Bool {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard Self.isOfWorktree(file), parts.count > 3, parts[parts.count - 3] == "worktrees", let after
        else { return false }
        return old.settings[parts.dropLast(3).joined(separator: "/") + "/config.worktree"]?[key] == after
    }

    /// git reads `config.worktree` only where the shared file says so (git-worktree(1)).
    private static func readsWorktreeFiles(_ state: SharedState) -> Bool {
        let values = state.settings.filter { !isOfWorktree($0.key) }.values
        guard let last = values.compactMap({ $0["extensions.worktreeconfig"]?.last }).last else {
            return false
        }
        return !["false", "no", "off", "0", ""].contains(last.lowercased())
    }

    /// Whether a key says where the base's `.gitmodules` says that a submodule comes from.
    func isBases(_ key: String, _ after: [String]?) -> Bool {
        guard let name = SettingName(key), name.section == "remote", name.key == "url", let after else {
            return false
        }
        return around.submodules.values.contains { Set(after).isSubset(of: $0) }
    }

    func kind(
        _ key: String, _ before: [String]?, _ after: [String]?, in file: String
    ) -> SharedState.Change.Kind {
        guard let name = SettingName(key) else { return .executes }
        if Self.choosesRemote(name) { return redirects(name, after) ? .executes : .reported }
        guard SharedState.executes(key) else { return .reported }
        // The same as the user's own files say: git does nothing new.
        let isUsers = [old, new].contains { $0.user?.settings[file] != nil }
        let inherited = isUsers ? nil : around.inherited[key]
        if before == nil, let after, after.last == inherited?.last { return .reported }
        // So it does where what is written down is what it does without.
        if before == nil, inherited == nil, let after, Self.isDefault(name, after.last) { return .reported }
        return isHarmless(name, before, after) ? .reported : .executes
    }

    private func isHarmless(_ name: SettingName, _ before: [String]?, _ after: [String]?) -> Bool {
        switch (name.section, name.key) {
        // By itself it runs nothing; what is read because of it is judged where it stands.
        case ("extensions", "worktreeconfig"): return true
        case ("remote", "url"), ("remote", "fetch"), ("remote", "pushurl"), ("remote", "push"):
            // A new one is nobody's until something names it.
            guard let remote = name.subsection else { return false }
            return !remotes.contains(remote) && !named.contains(remote)
                || name.key == "fetch" && Self.bringsOnlyToRemotes(after)
        case ("core", "fsmonitor"), ("pager", _):
            // git's own daemon, or git's own choice of a program, and none that is named here.
            return (after ?? []).allSatisfy { CommitRules.isTruth($0) }
        case ("http", _), ("https", _): return Self.harmlessOfHTTP.contains(name.key)
        case ("credential", _): return ["usehttppath", "username", "interactive"].contains(name.key)
        case ("protocol", "version"): return name.subsection == nil
        case ("transfer", "fsckobjects"), ("receive", "fsckobjects"):
            return after?.last.map { CommitRules.truth($0) == true } ?? false
        // Without a setting git goes by the base's .gitmodules, as after `git submodule deinit`.
        case ("submodule", _) where after == nil && name.subsection != nil: return true
        case ("submodule", "url"):
            guard let module = name.subsection, let after else { return false }
            return Set(after).isSubset(of: around.submodules[module] ?? [])
        case ("submodule", "update"): return !(after ?? []).contains { $0.hasPrefix("!") }
        case ("submodule", "active"), ("submodule", "branch"), ("submodule", "ignore"),
            ("submodule", "shallow"), ("submodule", "recurse"), ("submodule", "fetchrecursesubmodules"),
            ("submodule", "fetchjobs"):
            return true
        default: return false
        }
    }

    /// How git talks over HTTP, not with whom or with what proof.
    private static let harmlessOfHTTP: Set<String> = [
        "postbuffer", "lowspeedlimit", "lowspeedtime", "version", "maxrequests", "minsessions",
        "maxretries", "retryafter", "maxretrytime", "noepsv", "keepaliveidle", "keepaliveinterval",
        "keepalivecount",
    ]

    /// Whether a value is what git does where nobody says anything.
    private static func isDefault(_ name: SettingName, _ value: String?) -> Bool {
        guard let value, CommitRules.isTruth(value) else { return false }
        switch (name.section, name.key) {
        case ("commit", "gpgsign"), ("core", "fsmonitor"), ("core", "bare"), ("remote", "mirror"),
            ("remote", "promisor"):
            return CommitRules.truth(value) == false
        default: return false
        }
    }

    /// Whether what is fetched moves only what stands for remotes.
    private static func bringsOnlyToRemotes(_ values: [String]?) -> Bool {
        guard let values else { return false }
        return values.allSatisfy { value in
            value.split(separator: ":", omittingEmptySubsequences: false).last.map {
                $0 != value && $0.hasPrefix("refs/remotes/")
            } ?? false
        }
    }

    /// Whether a setting says which remote a branch, or everything, goes to.
    private static func choosesRemote(_ name: SettingName) -> Bool {
        switch name.section {
        case "branch": name.key == "remote" || name.key == "pushremote"
        case "remote": name.subsection == nil && name.key == "pushdefault"
        default: false
        }
    }

    /// Whether a branch that was there before now goes to a remote that was not.
    private func redirects(_ name: SettingName, _ after: [String]?) -> Bool {
        guard let to = after?.last, to != ".", !remotes.contains(to) else { return false }
        guard name.section == "branch" else { return true }
        return name.subsection.map { old.refs["refs/heads/" + $0] != nil } ?? true
    }
}
