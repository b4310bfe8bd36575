package import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who is about to write.
package enum GuardSubject {
    /// No worker of hybrid's: nothing is said.
    case nobody
    /// A worker, and its working tree.
    case worker(GuardPlace, GuardClaims)
    /// A worker whose claims cannot be read: nothing is allowed.
    case unknown(root: String, HybridError)

    var isNobody: Bool { if case .nobody = self { true } else { false } }

    /// Whose a working tree is.
    package init(of place: GuardPlace, _ environment: [String: String]) {
        let file = place.admin + "/" + GuardClaims.fileName
        let bytes: [UInt8]
        do {
            // Never waits for a pipe that somebody put there.
            bytes = try Descriptor(opening: file, O_RDONLY | O_NONBLOCK).readAll()
        } catch  where error.code == ENOENT || error.code == ENOTDIR {
            self = Self.isWorkers(place, environment) ? Self.gone(place) : .nobody
            return
        } catch {
            self = .unknown(
                root: place.root,
                HybridError(
                    .recordDamaged, file, "the claims file cannot be read: \(error)", next: "hybrid status"))
            return
        }
        do throws(HybridError) {
            let claims = try GuardClaims(bytes, file: file)
            guard claims.worktreeName == place.name else {
                throw HybridError(
                    .recordDamaged, file,
                    "the claims file is that of another worktree (\(neutralise(claims.worktreeName)))",
                    next: "hybrid status")
            }
            self = .worker(place, claims)
        } catch {
            self = .unknown(root: place.root, error)
        }
    }

    /// The worker that hybrid's variables name.
    ///
    /// They come first: a worker that goes elsewhere is still this worker.
    package init(named environment: [String: String]) {
        guard let run = environment["HYBRID_RUN"], let job = environment["HYBRID_JOB"],
            let folder = environment["HYBRID_WORKTREE"], !run.isEmpty, !job.isEmpty, GuardPath.exists(folder)
        else {
            self = .nobody
            return
        }
        guard let place = GuardPlace(root: folder), let name = place.name, name.hasPrefix(run + "-") else {
            self = .unknown(
                root: GuardPath.real(folder) ?? folder,
                HybridError(
                    .recordDamaged, folder + "/.git", "it no longer leads to this worker's git directory",
                    next: "hybrid status"))
            return
        }
        self.init(of: place, environment)
    }

    /// The worker that one of these folders lies in; the first that is any worker's.
    package init(around folders: [String], _ environment: [String: String]) {
        for folder in folders {
            for place in GuardPlace.around(folder) {
                let subject = GuardSubject(of: place, environment)
                if !subject.isNobody {
                    self = subject
                    return
                }
            }
        }
        self = .nobody
    }

    private static func gone(_ place: GuardPlace) -> GuardSubject {
        .unknown(
            root: place.root,
            HybridError(
                .recordDamaged, place.admin + "/" + GuardClaims.fileName,
                "this is a worker's worktree, but its claims file is gone",
                next: "the person who leads the run can write it anew: hybrid retry JOB"))
    }

    /// Whether a worktree without a claims file was made for a worker.
    ///
    /// Its name, `RUN-JOB`, cannot be changed from within; its branch can.
    private static func isWorkers(_ place: GuardPlace, _ environment: [String: String]) -> Bool {
        guard let name = place.name else { return false }
        let parts: (run: RunID, folder: String)
        if let run = environment["HYBRID_RUN"].flatMap({ RunID($0) }),
            let job = environment["HYBRID_JOB"].flatMap({ JobID($0) }),
            name == RunNames.registration(run, job: job)
        {
            parts = (run, job.text)
        } else if let found = RunNames.parse(registration: name) {
            parts = found
        } else if let head = GuardPlace.line(place.admin + "/HEAD"), head.hasPrefix("ref: "),
            let found = RunNames.parse(branch: head.dropFirst(5))
        {
            parts = found
        } else {
            return false
        }
        let names = RunNames(parts.run)
        guard case .job(let id)? = names.place(parts.folder) else { return false }
        if case .job? = RunNames(parts.run, .beside).place(parts.folder) { return true }
        // In the first layout this was a name of the run's own; today every job has a folder of its own.
        return GuardPath.exists(place.common + "/hybrid/runs/\(parts.run)/" + names.folder(RunStep.job(id)))
    }
}
