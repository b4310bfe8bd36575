internal import HybridBase
public import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Finds what crashes and other programs left behind, and mends what is provably hybrid's own.
///
/// It needs neither the ledger nor git's own listing of refs, both of which may be what is ill. Looking changes nothing;
/// mending removes nothing that no ref or file keeps. What a running process still works on is left alone.
public final class Doctor {
    /// The repository.
    public let repository: Repository
    let paths: RunPaths
    let host: Host
    private var findings: [DoctorReport.Finding] = []
    private let mends: Bool
    /// The ledger, once it is known to be whole.
    var ledger: Ledger?

    /// Opens the repository that holds a folder; with `mends`, what is found is mended where it can be.
    public init(at directory: String, host: Host, mends: Bool) throws {
        repository = try Repository.holding(directory)
        paths = try RunPaths(of: repository)
        self.host = host
        self.mends = mends
    }

    /// Looks at everything once.
    ///
    /// Throws where the repository cannot be read at all; whatever a single look stumbles over becomes a finding.
    /// Grows with the refs, the worktrees and the ledger.
    public func examine() throws -> DoctorReport {
        findings = []
        findUnwritable()
        let isWritable = findings.isEmpty
        try look(.lock, repository.commonDirectory, findLocks)
        try look(.ref, repository.commonDirectory + "refs", findBrokenRefs)
        try look(.ref, repository.commonDirectory, findBrokenHeads)
        try look(.ref, repository.commonDirectory + "objects", findMissing)
        try look(.pack, repository.commonDirectory + "objects/pack", findKeptPacks)
        if isWritable {
            // SQLite writes beside the file even to read it.
            try look(.ledger, paths.ledger, findLedger)
            try look(.run, paths.hybrid, findRuns)
            try look(.worktree, paths.worktrees, findWorktrees)
            try look(.branch, "refs/heads/hybrid", findStrayRefs)
        }
        try look(.draft, paths.hybrid, findDrafts)
        return DoctorReport(findings: findings)
    }

    /// Notes a finding, and mends it where that is wanted and possible.
    ///
    /// `mend` gives what it did in words, or throws why it could not.
    func note(
        _ kind: DoctorReport.Finding.Kind, _ thing: String, _ reason: String, remedy: String,
        mend: (() throws -> String)? = nil
    ) {
        var finding = DoctorReport.Finding(
            kind: kind, thing: thing, reason: reason, remedy: remedy, isMendable: mend != nil)
        if mends, let mend {
            do {
                finding.done = try mend()
            } catch {
                finding.isMendable = false
                finding.remedy = "it was not mended: \(error)"
            }
        }
        findings.append(finding)
    }

    /// One look must not keep the others from being made.
    private func look(_ kind: DoctorReport.Finding.Kind, _ thing: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            note(
                kind, thing, "it could not be looked at: \(error)",
                remedy: "see to that first, then: hybrid doctor")
        }
    }

    // MARK: What the looks share

    /// Whether a process drives a run at this moment.
    func isDriven(_ run: RunID) -> Bool { paths.isDriven(run) }

    /// The names of a run; where nothing says how they are laid out, as they are today.
    func names(_ run: RunID) -> RunNames {
        // A record that cannot be read is told of by the look at it.
        let record =
            (try? ledger?.run(run))
            ?? (try? RunRecordRef.read(run, in: repository, host.sealer)).flatMap { $0?.recorded.run }
        return record?.names ?? RunNames(run)
    }

    /// The runs that the ledger knows; none where it cannot be read.
    func knownRuns() throws -> Set<RunID> { Set(try ledger?.runs().map(\.id) ?? []) }

    /// Takes a run's lock so that nobody takes it up while it is mended.
    func lock(_ run: RunID) throws -> RunLock {
        try Files.makeFolder(paths.run(run))
        return try RunLock(paths.file(run, .lock), what: "run \(run)")
    }

    /// Keeps a commit at a ref of its own unless a branch, a tag or another ref reaches it; gives the ref.
    ///
    /// `without` are refs that are about to go.
    func rescue(_ id: ObjectID, as name: String, without gone: Set<String>) throws -> String? {
        let others = try repository.refFiles().filter { !gone.contains($0.name) }.compactMap(\.id).filter {
            // Tags of blobs and a run's record reach no commit.
            (try? repository.commit($0)) != nil
        }
        if try repository.commits(from: id, excluding: others).isEmpty { return nil }
        var number = 1
        while true {
            let ref = try RunNames.rescued(name, number)
            if try repository.objectID(of: ref) == nil {
                try repository.createReference(ref, at: id, message: "hybrid doctor")
                return ref.text
            }
            number += 1
        }
    }
}

extension RunPaths {
    /// The paths of a repository, as its configuration says.
    ///
    /// Throws where a folder's name is no UTF-8: what is read as text would name another folder.
    init(of repository: Repository) throws {
        guard repository.hasTextPaths else {
            throw HybridError(
                .unsupported, RepoPath(repository.commonDirectory).description,
                "the name of a folder on the way to it is not UTF-8, so hybrid cannot name what lies there",
                next: "rename that folder")
        }
        let main = try repository.mainWorktree()?.path
        let setting = try repository.configPath("hybrid.worktrees")
        let root = main ?? repository.commonDirectory
        let paths = RunPaths(
            common: repository.commonDirectory, mainWorktree: main,
            worktrees: setting.flatMap {
                $0.isEmpty ? nil : GuardPath.joined($0, to: root.withoutFinalSlashes)
            }
        )
        // git tells where worktrees lie without links and dots on the way.
        self.init(
            common: paths.common, mainWorktree: main, worktrees: Files.withoutLinks(paths.worktrees))
    }
}
