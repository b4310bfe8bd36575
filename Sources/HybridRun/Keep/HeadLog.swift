internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// What the log of a worktree's HEAD tells of the work that was done there.
struct HeadLog {
    /// A rebase that came to its end.
    struct Rebase: Hashable {
        /// Where HEAD was before it.
        var from: ObjectID
        /// What it put the commits on.
        var onto: ObjectID
        /// The commits that it made.
        var made: [ObjectID]
        /// Whether it melted commits into others.
        var melds: Bool
    }

    /// Every commit that HEAD named, the oldest first.
    private(set) var commits: [ObjectID] = []
    /// Those that an amended commit took the place of.
    private(set) var amended: Set<ObjectID> = []
    /// The rebases that came to their end.
    private(set) var rebases: [Rebase] = []
    /// What HEAD was last sent to when it came to name a commit: a branch, or a commit by way of its branch's name.
    private(set) var places: [ObjectID: String] = [:]
    /// The commits that were made here, rather than found somewhere.
    private(set) var made: Set<ObjectID> = []
    /// When a stash was made or a reset came to nothing, in seconds since 1970, by what was checked out.
    private(set) var resets: [ObjectID: [Int64]] = [:]

    /// Reads a log, the oldest entry first; `branch` is what was checked out at its beginning.
    init(_ entries: [ReflogEntry], on branch: String) {
        var seen: Set<ObjectID> = [.zero]
        var place: String? = branch
        var open: Rebase?
        for entry in entries {
            let deed = Deed(entry.message)
            if case .checkout(let name) = deed {
                place = ObjectID(hex: name) == nil && name != "HEAD" ? name : nil
            }
            for id in [entry.old, entry.new] where seen.insert(id).inserted {
                commits.append(id)
                if let place, id == entry.new { places[id] = place }
            }
            if Self.making.contains(where: entry.message.hasPrefix) { made.insert(entry.new) }
            switch deed {
            case .amend: amended.insert(entry.old)
            case .reset where entry.old == entry.new: resets[entry.new, default: []].append(entry.time)
            case .rebaseStart:
                open = Rebase(from: entry.old, onto: entry.new, made: [], melds: false)
            case .rebaseStep(let melds):
                open?.made.append(entry.new)
                made.insert(entry.new)
                if melds { open?.melds = true }
            case .rebaseFinish:
                if let rebase = open { rebases.append(rebase) }
                open = nil
            case .rebaseAbort: open = nil
            default: break
            }
        }
    }

    /// How git's words begin where a commit is made.
    private static let making = ["commit", "cherry-pick", "revert", "am:"]

    /// What one line says was done; git-reflog(1) has no list, these are what git and its scripts write.
    private enum Deed {
        case amend, reset, checkout(String), rebaseStart, rebaseStep(melds: Bool), rebaseFinish, rebaseAbort
        case other

        init(_ message: String) {
            let head = message.prefix { $0 != ":" }
            let rest = message.dropFirst(head.count + 2)
            if head == "commit (amend)" {
                self = .amend
            } else if head == "reset" {
                self = .reset
            } else if head == "checkout", let to = rest.split(separator: " ").last {
                self = .checkout(String(to))
            } else if head.contains("rebase"), let open = head.lastIndex(of: "("), head.hasSuffix(")") {
                switch head[head.index(after: open)...].dropLast() {
                case "start": self = .rebaseStart
                case "finish": self = .rebaseFinish
                case "abort": self = .rebaseAbort
                case "squash", "fixup": self = .rebaseStep(melds: true)
                default: self = .rebaseStep(melds: false)
                }
            } else {
                self = .other
            }
        }
    }
}
