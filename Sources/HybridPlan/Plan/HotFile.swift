/// A file that many jobs touch at once, and what is to become of it.
public struct HotFile: Hashable, Sendable {
    /// Whose the file is, or how what several jobs made of it comes together.
    public enum Policy: Hashable, Sendable {
        /// The orchestrator's: no job may claim it.
        case orchestrator
        /// One job's, by name or id: no other may claim it.
        case job(String)
        /// Anybody's; made anew by a command after the merge.
        case regenerate(Command)
        /// Anybody's; merged by taking the lines of both sides, as git's `merge=union` does.
        case union

        /// The word that a plan writes.
        public var word: String {
            switch self {
            case .orchestrator: "orchestrator"
            case .job: "job"
            case .regenerate: "regenerate"
            case .union: "union"
            }
        }

        /// Whether any job may touch the file without claiming it.
        public var isShared: Bool {
            switch self {
            case .regenerate, .union: true
            case .orchestrator, .job: false
            }
        }

        package static let words = ["orchestrator", "job", "regenerate", "union"]
    }

    /// A path or glob, as a claim's.
    public var path: String
    /// What becomes of it.
    public var policy: Policy

    /// Makes a hot file.
    public init(path: String, policy: Policy) {
        self.path = path
        self.policy = policy
    }

    /// What to say where the lines of both sides, one after the other, are likely to be no file of this kind any more.
    var brokenByUnion: String? {
        let structured = ["json", "jsonc", "json5", "toml", "yaml", "yml", "xml", "plist", "lock"]
        guard policy == .union, let dot = path.lastIndex(of: "."),
            structured.contains(path[path.index(after: dot)...].lowercased())
        else { return nil }
        return
            "\(path): union puts the lines of both sides one after the other, which can break the file and brings "
            + "back lines that one side removed; verify that it can be read, or make it anew: regenerate"
    }
}
