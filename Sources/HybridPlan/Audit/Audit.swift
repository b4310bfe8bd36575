internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridSystem

/// What workers really changed, against what they claimed.
///
/// From git alone: no hook is believed.
public enum Audit {
    /// A path that a worker's branch changes.
    public struct Touched: Hashable, Sendable {
        /// The path.
        public var path: String
        /// Whether it is gone.
        public var isDelete: Bool
        /// Whether it is new.
        public var isCreate: Bool
        /// Whether it is now a symbolic link.
        public var isSymlink: Bool
        /// Where the link points.
        public var linkTarget: String?
        /// Whether it is or was a submodule.
        public var isSubmodule: Bool
        /// Whether it became another kind of thing, or executable or not.
        public var changesMode: Bool
        /// The path that was taken away and stands here now, byte for byte.
        public var renamedFrom: String?

        /// Makes a touched path.
        public init(
            path: String, isDelete: Bool = false, isCreate: Bool = false, isSymlink: Bool = false,
            linkTarget: String? = nil, isSubmodule: Bool = false, changesMode: Bool = false,
            renamedFrom: String? = nil
        ) {
            self.changesMode = changesMode
            self.renamedFrom = renamedFrom
            self.path = path
            self.isDelete = isDelete
            self.isCreate = isCreate
            self.isSymlink = isSymlink
            self.linkTarget = linkTarget
            self.isSubmodule = isSubmodule
        }
    }

    /// A path that a worker touched and had not claimed.
    public struct Breach: Hashable, Sendable {
        /// The path.
        public var path: String
        /// Why it is a breach.
        public var reason: String
        /// The worker's claim that comes nearest.
        public var nearestClaim: String?
        /// The name of the job that does hold the path, or the part of it.
        public var owner: String?
        /// The lines concerned; empty where no lines can be told.
        public var edits: [Edit] = []
        /// Whether nobody at all claimed it.
        public var isUnclaimed = false
        /// Whether no policy lets it be merged.
        package var isNeverAllowed = false

        package init(
            path: String, reason: String, nearestClaim: String? = nil, owner: String? = nil,
            edits: [Edit] = [], isUnclaimed: Bool = false
        ) {
            self.path = path
            self.reason = reason
            self.nearestClaim = nearestClaim
            self.owner = owner
            self.edits = edits
            self.isUnclaimed = isUnclaimed
        }

        /// Whether a policy lets the work be merged all the same.
        public func isAllowed(by policy: AuditPolicy) -> Bool {
            if isNeverAllowed { return false }
            return switch policy {
            case .refuse: false
            case .allowUnclaimed: isUnclaimed && reason.hasPrefix(Audit.notClaimed)
            case .report: true
            }
        }
    }

    /// The breaches of one job.
    ///
    /// Each path costs a look-up in the job's claims, and one in every job's where it is a breach. Texts are asked for
    /// files of which only sections are claimed, and for breaches. Throws what `texts` throws.
    public static func breaches<Failure: Error>(
        of job: Job, index: Int, plan: Plan, touched: [Touched], texts: Texts<Failure>
    ) throws(Failure) -> [Breach] {
        let own = ClaimSet(ofBothReadings: job.files)
        let owners = Owners(plan: plan, besides: index)
        var found: [Breach] = []
        for change in touched {
            let holders = own.holders(of: change.path)
            for fault in try faults(change, holders, texts) {
                var edits: [Edit] = []
                if let own = fault.edits {
                    edits = own
                } else if let all = try texts.edits(change) {
                    edits = all
                }
                let owner = try owners.name(of: change.path, edits, texts)
                found.append(
                    Breach(
                        path: change.path,
                        reason: fault.reason + (change.renamedFrom.map { " (renamed from \($0))" } ?? ""),
                        nearestClaim: nearestClaim(job, change.path), owner: owner, edits: edits,
                        isUnclaimed: holders.isEmpty && owner == nil))
            }
        }
        return found
    }

    /// What is wrong with a change, and the edits concerned where it is not all of them.
    private static func faults<Failure: Error>(
        _ change: Touched, _ holders: [Claim], _ texts: Texts<Failure>
    ) throws(Failure) -> [(reason: String, edits: [Edit]?)] {
        if change.isSymlink, let target = change.linkTarget, leaves(target, from: change.path) {
            return [("a symbolic link that points outside the repository", nil)]
        }
        if change.path.pathParts.contains(where: PathRules.isGitFolder) {
            return [("it reaches into the git directory on some file system", nil)]
        }
        if change.isSubmodule, change.isCreate || change.isDelete || change.changesMode {
            return [("a submodule that comes or goes, which no worker may do", nil)]
        }
        if holders.isEmpty { return [(notClaimed, nil)] }
        let file = String(change.path.pathName)
        if [".gitattributes", ".gitmodules"].contains(file.lowercased()),
            !holders.contains(where: { $0.path.hasBytes(of: change.path) })
        {
            return [("it changes how git treats other files, so it must be claimed by name", nil)]
        }
        let whole = holders.filter { $0.section == nil }
        if whole.contains(where: { allows($0.kind, change) }) { return [] }
        let sections = holders.filter { $0.section != nil && $0.kind != .read }
        if sections.isEmpty {
            let kinds = holders.map(\.kind.rawValue).joined(separator: ", ")
            return [("\(deed(change)), but claimed for \(kinds) only", nil)]
        }
        let words = sections.map(\.text).joined(separator: ", ")
        if change.isDelete || change.isCreate || change.changesMode || change.isSymlink {
            return [("\(deed(change)), but only \(words) is claimed", nil)]
        }
        guard let edits = try texts.edits(change) else {
            return [("a binary file, of which no section can be changed", nil)]
        }
        var claimed: [ClosedRange<Int>] = []
        for section in sections {
            switch try texts.lines(section) {
            case .success(let lines): claimed.append(lines)
            case .failure(let error): return [("what is claimed of it cannot be found: \(error)", nil)]
            }
        }
        return edits.filter { edit in !claimed.contains { edit.lies(in: $0) } }.map {
            ("outside \(words)", [$0])
        }
    }

    static let notClaimed = "not claimed"

    private static func allows(_ kind: Claim.Kind, _ change: Touched) -> Bool {
        switch kind {
        case .write: true
        case .create: change.isCreate
        case .edit: !change.isCreate && !change.isDelete
        case .delete: change.isDelete
        case .read: false
        }
    }

    private static func deed(_ change: Touched) -> String {
        if change.isDelete { return "deleted" }
        if change.isCreate { return "created" }
        return change.changesMode ? "its mode changed" : "edited"
    }

    /// Who holds what a job had not claimed; made only where there is a breach.
    private final class Owners {
        private let plan: Plan
        private let index: Int
        private lazy var sets = plan.jobs.map { ClaimSet(ofBothReadings: $0.files) }
        private lazy var orchestrator = ClaimSet(ofBothReadings: plan.orchestrator.files)

        init(plan: Plan, besides index: Int) {
            self.plan = plan
            self.index = index
        }

        /// The job whose section the edits lie in, else the first that claims the path, else the orchestrator where it
        /// names the path.
        func name<Failure: Error>(
            of path: String, _ edits: [Edit], _ texts: Texts<Failure>
        ) throws(Failure) -> String? {
            var first: String?
            for other in sets.indices where other != index {
                let holders = sets[other].holders(of: path)
                if holders.isEmpty { continue }
                let name = plan.jobs[other].name
                let sections = holders.filter { $0.section != nil }
                if sections.isEmpty { return first ?? name }
                var lines: [ClosedRange<Int>] = []
                for section in sections {
                    // A section that this version does not have holds no lines.
                    if case .success(let found) = try texts.lines(section) { lines.append(found) }
                }
                if edits.contains(where: { edit in
                    lines.contains { range in
                        edit.places.contains {
                            $0.upperBound >= range.lowerBound && $0.lowerBound < range.upperBound
                        }
                    }
                }) {
                    return name
                }
                if edits.isEmpty { first = first ?? name }
            }
            return first ?? (orchestrator.covers(path) == nil ? nil : "the orchestrator")
        }
    }

    /// Whether a link's target leads out of the repository.
    static func leaves(_ target: String, from path: String) -> Bool {
        if target.beginsWithBytes(of: "/") { return true }
        var depth = path.pathParts.count - 1
        var isBelowName = false
        for part in target.pathParts where part != "." {
            // A name may be a link itself, and then nobody knows where a .. behind it leads.
            if part == "..", isBelowName { return true }
            isBelowName = isBelowName || part != ".."
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    private static func nearestClaim(_ job: Job, _ path: String) -> String? {
        func shared(_ claim: String) -> Int { zip(claim.utf8, path.utf8).prefix { $0 == $1 }.count }
        return job.files.filter { !$0.isExcluded }.max { shared($0.path) < shared($1.path) }?.text
    }
}
