internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridUserGit

/// What the worktrees of a repository share and a worker may change: configuration, hooks, attributes, refs.
public struct SharedState: Codable, Hashable, Sendable {
    /// The values of each key in each configuration file, by the file's path.
    public var settings: [String: [String: [String]]]
    /// A mark of mode and content of each file that git obeys, by its path in the git directory.
    public var files: [String: String]
    /// The ids that refs name, by full name; what a fetch may move, hybrid's own and the stash are left out.
    public var refs: [String: String]
    /// The keys with values from files that a configuration file includes, by that file's path.
    public var included: [String: Set<String>]?
    /// The worktrees in which branches are checked out, by the branch's full name.
    public var checkedOut: [String: String]?

    /// What refs of other runs name, by full name; nil in files of older versions.
    package var otherRefs: [String: String]?
    /// The ids of other runs' records, by run.
    package var otherRecords: [RunID: String]?

    /// What git reads of the user's own, outside the repository; nil in files of older versions.
    package var user: UserState?

    /// The user's own configuration, and the files of theirs that git obeys in every repository.
    package struct UserState: Codable, Hashable, Sendable {
        /// The values of each key in each file, with what that includes.
        package var settings: [String: [String: [String]]] = [:]
        /// The keys with values from files that a configuration file includes, by that file's path.
        package var included: [String: Set<String>] = [:]
        /// Marks of the files of attributes and of ignored names, by path.
        package var files: [String: String] = [:]
        /// Those of them that only say what is ignored.
        package var ignoring: Set<String> = []

        package init() {}
    }

    /// The same with the user's own among the rest.
    package var withUser: SharedState {
        guard let user else { return self }
        var all = self
        all.settings.merge(user.settings) { $1 }
        all.files.merge(user.files) { $1 }
        all.included = (included ?? [:]).merging(user.included) { $1 }
        return all
    }

    /// What other runs keep; nil where nobody noted it.
    package var otherRuns: (refs: [String: String], records: [RunID: String])? {
        guard let otherRefs, let otherRecords else { return nil }
        return (otherRefs, otherRecords)
    }

    /// Makes a state.
    public init(
        settings: [String: [String: [String]]] = [:], files: [String: String] = [:],
        refs: [String: String] = [:], included: [String: Set<String>]? = nil,
        checkedOut: [String: String]? = nil
    ) {
        self.settings = settings
        self.files = files
        self.refs = refs
        self.included = included
        self.checkedOut = checkedOut
    }

    /// One thing that is not as it was.
    public struct Change: Hashable, Sendable {
        /// What a change can do.
        public enum Kind: Hashable, Sendable {
            /// It makes git run or read something else: the run stops.
            case executes
            /// It is said, and the run goes on.
            case reported
        }
        /// The key, the file or the ref.
        public var what: String
        /// What it can do.
        public var kind: Kind
        /// Before and after, one line.
        public var detail: String
        /// How to bring back what was.
        public var undo: SharedUndo
        /// The program whose set-up it looks like; nil where it is none that is known.
        public var tool: SetUpTool?
    }

    /// What differs between two states, in the order of names.
    ///
    /// Complexity: O(n log n) in the number of entries.
    public static func changes(
        from old: SharedState, to new: SharedState, around: Surroundings = Surroundings()
    ) -> [Change] {
        // A state of an older version noted nothing of the user's, so nothing of it came since.
        let (old, new) = old.user == nil || new.user == nil ? (old, new) : (old.withUser, new.withUser)
        return settingChanges(old, new, around) + fileChanges(old, new, around) + refChanges(old, new)
    }

    private static func fileChanges(
        _ old: SharedState, _ new: SharedState, _ around: Surroundings
    ) -> [Change] {
        Set(old.files.keys).union(new.files.keys).sorted().compactMap { path in
            let (before, after) = (old.files[path], new.files[path])
            guard before != after else { return nil }
            let harmless =
                [old, new].contains { $0.user?.ignoring.contains(path) == true }
                || path.hasSuffix("info/exclude") || path.hasSuffix("/shallow")
                || path.hasSuffix(".sample") && ![before, after].contains { $0.map(isExecutable) ?? false }
            let deed = before == nil ? "it is new" : after == nil ? "it is gone" : "it was changed"
            return Change(
                what: neutralise(path), kind: harmless ? .reported : .executes, detail: deed,
                undo: SharedUndo.file(
                    path, was: before, copy: before.flatMap(around.copy),
                    isFolderNow: new.files.keys.contains { $0.hasPrefix(path + "/") }),
                tool: after == nil ? nil : around.content(path).flatMap(SetUpTool.of))
        }
    }

    private static func refChanges(_ old: SharedState, _ new: SharedState) -> [Change] {
        replacements(old, new)
            + old.refs.keys.sorted().compactMap { ref in
                guard !ref.beginsWithBytes(of: replace), let before = old.refs[ref], new.refs[ref] != before
                else {
                    return nil
                }
                let now = new.refs[ref]
                // Notes and the like grow as people work; that they are gone is worth knowing.
                if now != nil,
                    !["refs/heads/", "refs/tags/"].contains(where: { ref.beginsWithBytes(of: $0) })
                {
                    return nil
                }
                return Change(
                    what: neutralise(ref), kind: .reported, detail: "was \(before), is \(now ?? "gone")",
                    undo: SharedUndo.ref(ref, was: before, now: now, checkedOutIn: new.checkedOut?[ref]))
            }
    }

    private static let replace = "refs/replace/"

    /// Replacements make git read another object than the one that was merged and verified (git-replace(1)).
    private static func replacements(_ old: SharedState, _ new: SharedState) -> [Change] {
        Set(old.refs.keys).union(new.refs.keys).filter { $0.beginsWithBytes(of: replace) }.sorted().compactMap
        { ref in
            let (before, after) = (old.refs[ref], new.refs[ref])
            guard before != after else { return nil }
            return Change(
                what: neutralise(ref), kind: .executes,
                detail: "was \(before ?? "not there"), is \(after ?? "gone")",
                undo: .command(
                    before.map { "git update-ref \(ShellWord.quoted(ref)) \($0)" }
                        ?? "git update-ref -d \(ShellWord.quoted(ref))"))
        }
    }

    private static func isExecutable(_ mark: String) -> Bool {
        guard let mode = mark.split(separator: " ").first.flatMap({ Int($0, radix: 8) }) else { return true }
        return mode & 0o111 != 0 || mode & 0o170000 != 0o100000
    }
}
