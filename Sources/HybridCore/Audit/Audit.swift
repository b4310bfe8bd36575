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

        /// Makes a touched path.
        public init(
            path: String, isDelete: Bool = false, isCreate: Bool = false, isSymlink: Bool = false,
            linkTarget: String? = nil, isSubmodule: Bool = false
        ) {
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
        /// The name of the job that does hold the path.
        public var owner: String?
    }

    /// Whether one of a job's claims covers a path, whatever the claim's kind.
    public static func covers(_ job: Job, path: String) -> Bool {
        ClaimSet(ofBothReadings: job.files).covers(path) != nil
    }

    /// The breaches of one job.
    ///
    /// Each path costs a look-up in the job's claims, and one in every job's where it is a breach.
    public static func breaches(of job: Job, index: Int, plan: Plan, touched: [Touched]) -> [Breach] {
        let own = ClaimSet(ofBothReadings: job.files)
        // Made only where a path is a breach.
        var others: [ClaimSet]?
        func owner(of path: String) -> String? {
            let sets = others ?? plan.jobs.map { ClaimSet(ofBothReadings: $0.files) }
            others = sets
            return sets.indices.first { $0 != index && sets[$0].covers(path) != nil }.map {
                plan.jobs[$0].name
            }
        }
        return touched.compactMap { change in
            func breach(_ reason: String) -> Breach {
                Breach(
                    path: change.path, reason: reason, nearestClaim: nearestClaim(job, change.path),
                    owner: owner(of: change.path))
            }
            if change.isSymlink, let target = change.linkTarget, leaves(target, from: change.path) {
                return breach("a symbolic link that points outside the repository")
            }
            if change.isSubmodule { return breach("a submodule, which no worker may change") }
            let holders = own.holders(of: change.path)
            if holders.isEmpty { return breach("not claimed") }
            let file = change.path.split(separator: "/").last.map(String.init) ?? change.path
            if [".gitattributes", ".gitmodules"].contains(file.lowercased()),
                !holders.contains(where: { $0.path == change.path })
            {
                return breach("it changes how git treats other files, so it must be claimed by name")
            }
            let allowed = holders.contains { holder in
                switch holder.kind {
                case .write: true
                case .create: change.isCreate
                case .edit: !change.isCreate && !change.isDelete
                case .delete: change.isDelete
                case .read: false
                }
            }
            let done = change.isDelete ? "deleted" : (change.isCreate ? "created" : "edited")
            let kinds = holders.map(\.kind.rawValue).joined(separator: ", ")
            return allowed ? nil : breach("\(done), but claimed for \(kinds) only")
        }
    }

    /// Whether a link's target leads out of the repository.
    static func leaves(_ target: String, from path: String) -> Bool {
        if target.hasPrefix("/") { return true }
        var depth = path.split(separator: "/").count - 1
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    private static func nearestClaim(_ job: Job, _ path: String) -> String? {
        func shared(_ claim: String) -> Int { zip(claim.utf8, path.utf8).prefix { $0 == $1 }.count }
        return job.files.map(\.path).max { shared($0) < shared($1) }
    }
}
