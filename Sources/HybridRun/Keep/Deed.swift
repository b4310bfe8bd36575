internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Something that a worker's git did beyond the worker's own branch and worktree, as a hook noted it.
///
/// Workers can keep git from noting it, so no line is no proof; a line is.
struct Deed: Hashable {
    /// What was done.
    enum Kind: Hashable {
        /// A ref moved, was made (`old` is zero where git did not say it) or went (`new` is zero).
        case ref(RefName, old: ObjectID, new: ObjectID)
        /// A push sends this to a ref of another repository, or of this one.
        case push(RefName, new: ObjectID)
        /// Another branch or commit was checked out, or only files.
        case checkout(ofFiles: Bool)
        /// An index was written; and with it the working tree, or not.
        case index(workingTree: Bool)
        /// A commit was made in a worktree of hybrid's own, by a command of the run that is no worker's.
        case commit(ObjectID)
        /// HEAD or the branch of the worker's own worktree came to name this; when, and by which command, is not noted.
        case own(ObjectID)
        /// A commit of the worker's own worktree had another one put in its place.
        case amended(ObjectID)
        /// What a stash entry holds was put into a working tree.
        case applied(ObjectID)
        /// A commit was made past a hook of the user's, as `--no-verify` does.
        case past(ObjectID)
    }

    /// When, in seconds since 1970.
    var time: Int64
    /// The job; nil for a command of the run itself.
    var job: JobID?
    /// The git directory that it was done in, without links.
    var gitDirectory: String
    /// The command's words.
    var command: [String]
    /// What was done.
    var kind: Kind

    /// The command for people; cut where it is long.
    var said: String {
        let text = command.map { ShellWord.bare($0) }.joined(separator: " ")
        return neutralise(text.count > 120 ? text.prefix(120) + "..." : text)
    }

    /// What git runs below its options, such as `reset`; empty where that cannot be told.
    var verb: String {
        var words = command.dropFirst()[...]
        while let word = words.first, word.hasPrefix("-") {
            words.removeFirst()
            if ["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"].contains(word) {
                words = words.dropFirst()
            }
        }
        return words.first ?? ""
    }

    /// Commands that write an index only to remember how files looked.
    private static let lookers: Set<String> = [
        "status", "diff", "diff-files", "diff-index", "describe", "log", "show", "blame", "ls-files", "grep",
        "",
    ]

    /// Whether it changed a worktree, its index or its HEAD, rather than looked at it.
    var isActing: Bool {
        switch kind {
        case .checkout: true
        case .index(let workingTree): workingTree || !Self.lookers.contains(verb)
        case .ref(let ref, _, _): ref.text == "HEAD" || ref.text == "refs/stash"
        case .push, .commit, .own, .amended, .applied, .past: false
        }
    }

    /// The commit that it made, where its command is one that makes commits; who goes to a commit of others' makes none.
    var made: ObjectID? {
        guard case .ref(let ref, let old, let new) = kind, new != .zero, new != old,
            ref.text == "HEAD" || ref.branch != nil,
            ["commit", "cherry-pick", "revert", "am", "rebase"].contains(verb)
        else { return nil }
        return new
    }

    /// Whether it was done in the repository with this common git directory rather than in a clone.
    func isIn(_ common: String) -> Bool {
        let real = Files.real(common) ?? common
        return gitDirectory == real || gitDirectory.hasPrefix(real + "/")
    }

    /// Reads what hooks noted; lines that are cut short or of another form are left out.
    static func read(_ path: String) -> [Deed] {
        guard let bytes = Files.read(path) else { return [] }
        var places: [String: String] = [:]
        return bytes.split(separator: 10).compactMap { line in
            let fields = String(decoding: line, as: UTF8.self)
                .split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 6, let time = Int64(fields[0]), let kind = kind(fields[2], fields[5]),
                let job = fields[1].isEmpty ? .some(nil) : JobID(fields[1]).map(JobID?.some)
            else {
                return nil
            }
            let place = places[fields[3]] ?? directory(fields[3])
            places[fields[3]] = place
            return Deed(
                time: time, job: job, gitDirectory: place,
                command: fields[4].split(separator: "\u{1F}").map(String.init), kind: kind)
        }
    }

    /// The commits of a job for which hooks of the user's were gone past.
    static func past(by job: JobID, _ path: String) -> Set<ObjectID> {
        read(path).reduce(into: []) { all, deed in
            if deed.job == job, case .past(let id) = deed.kind { all.insert(id) }
        }
    }

    /// One line as the hooks write it; what it takes from elsewhere holds no tab and no line break.
    static func line(commit: ObjectID, time: Int64, command: String, in gitDirectory: String) -> String {
        "\(time)\t\tcommit\t\(gitDirectory)\t\(command)\t\(commit)\n"
    }

    private static func kind(_ hook: String, _ told: String) -> Kind? {
        let words = told.split(separator: " ").map(String.init)
        switch (hook, words.count) {
        case ("post-checkout", 3): return .checkout(ofFiles: words[2] == "0")
        case ("post-index-change", 1...): return .index(workingTree: words[0] == "1")
        case ("commit", 1): return ObjectID(hex: words[0]).map { .commit($0) }
        case ("amended", 1): return ObjectID(hex: words[0]).map { .amended($0) }
        case ("own", 1): return ObjectID(hex: words[0]).map { .own($0) }
        case ("past", 2): return ObjectID(hex: words[1]).map { .past($0) }
        case ("applied", 1): return ObjectID(hex: words[0]).map { .applied($0) }
        case ("reference-transaction", 3), ("pre-push", 3):
            guard let old = ObjectID(hex: words[0]), let new = ObjectID(hex: words[1]),
                let ref = try? RefName(words[2])
            else { return nil }
            return hook == "pre-push" ? .push(ref, new: new) : .ref(ref, old: old, new: new)
        default: return nil
        }
    }

    /// A git directory by its real path; the main worktree's may be a file that names it.
    private static func directory(_ path: String) -> String {
        if !Files.isFolder(path), let line = GuardPlace.line(path), line.hasPrefix("gitdir: ") {
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let target = GuardPath.joined(String(line.dropFirst(8)), to: String(path[..<slash]))
            return Files.real(target) ?? target
        }
        return Files.real(path) ?? path
    }
}
