#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who is about to write.
enum GuardSubject {
    /// No worker of hybrid's: nothing is said.
    case nobody
    /// A worker, and its working tree.
    case worker(GuardPlace, GuardClaims)
    /// A worker whose claims cannot be read: nothing is allowed.
    case unknown(root: String, HybridError)

    var isNobody: Bool { if case .nobody = self { true } else { false } }

    /// Whose a working tree is.
    init(of place: GuardPlace, _ environment: [String: String]) {
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
                HybridError(file, "the claims file cannot be read: \(error)", next: "hybrid status"))
            return
        }
        do throws(HybridError) {
            let claims = try GuardClaims(bytes, file: file)
            guard claims.worktreeName == place.name else {
                throw HybridError(
                    file, "the claims file is that of another worktree (\(neutralise(claims.worktreeName)))",
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
    init(named environment: [String: String]) {
        guard let run = environment["HYBRID_RUN"], let job = environment["HYBRID_JOB"],
            let folder = environment["HYBRID_WORKTREE"], !run.isEmpty, job != Conductor.orchestrator,
            GuardPath.exists(folder)
        else {
            self = .nobody
            return
        }
        guard let place = GuardPlace(root: folder), let name = place.name, name.hasPrefix(run + "-") else {
            self = .unknown(
                root: GuardPath.real(folder) ?? folder,
                HybridError(
                    folder + "/.git", "it no longer leads to this worker's git directory",
                    next: "hybrid status"))
            return
        }
        self.init(of: place, environment)
    }

    /// The worker that one of these folders lies in; the first that is any worker's.
    init(around folders: [String], _ environment: [String: String]) {
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
                place.admin + "/" + GuardClaims.fileName,
                "this is a worker's worktree, but its claims file is gone",
                next: "the person who leads the run can write it anew: hybrid retry JOB"))
    }

    /// Whether a worktree without a claims file was made for a worker.
    ///
    /// Its name, `RUN-JOB`, cannot be changed from within; its branch can.
    private static func isWorkers(_ place: GuardPlace, _ environment: [String: String]) -> Bool {
        guard let name = place.name else { return false }
        if let run = environment["HYBRID_RUN"], let job = environment["HYBRID_JOB"], name == "\(run)-\(job)" {
            return job != Conductor.orchestrator
        }
        // An id is a date, a time and four characters: RunNames.makeID.
        let parts = name.split(separator: "-", maxSplits: 3)
        var job: Substring?
        if parts.count == 4, parts[0].count == 8, parts[1].count == 6, parts[2].count == 4,
            (parts[0] + parts[1]).allSatisfy(\.isNumber)
        {
            job = parts[3]
        } else if let head = GuardPlace.line(place.admin + "/HEAD"), head.hasPrefix("ref: refs/heads/hybrid/")
        {
            job = head.split(separator: "/").last
        }
        guard let job else { return false }
        // Worktrees that are not a worker's: the orchestrator's, a conflict's, one for a check.
        return job != Conductor.orchestrator && !job.hasSuffix("-resolve") && !job.hasPrefix("check-")
    }
}
