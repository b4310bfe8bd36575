internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// Refs whose files are empty or damaged; git and libgit2 stop at them when they list refs.
    func findBrokenRefs() throws {
        for file in try repository.misnamedRefFiles() {
            note(.ref, neutralise(file.path), MisnamedRef.reason, remedy: MisnamedRef.remedy(file))
        }
        for file in try repository.refFiles() where (try? RefName(file.name)) != nil {
            guard case .broken(let bytes) = file.content else { continue }
            let reason = bytes == 0 ? "the ref's file is empty" : "the ref's file is damaged (\(bytes) bytes)"
            let isOurs = file.name.hasPrefix(RunNames.refs) || file.name.hasPrefix(RunNames.branches)
            let run = runOf(file.name)
            guard let id = try lastKnown(file.name, where: { try self.repository.exists($0) }) else {
                noteUnknown(file, reason, isOurs: isOurs)
                continue
            }
            if isOurs, run.map({ !isDriven($0) }) ?? true {
                note(
                    .ref, file.path, reason, remedy: "point \(file.name) at \(id) again, which it last named"
                ) {
                    try self.mend(file, id)
                }
            } else {
                note(
                    .ref, file.path, "\(reason); it last named \(id)",
                    remedy:
                        "mv \(ShellWord.bare(file.path)) \(ShellWord.bare(repository.commonDirectory + "damaged-ref")), then: git update-ref \(file.name) \(id)"
                )
            }
        }
    }

    /// What the worktrees of hybrid's check out, and the file of packed refs.
    func findBrokenHeads() throws {
        let common = repository.commonDirectory
        for name in Files.names(in: common + "worktrees").sorted() {
            let path = common + "worktrees/\(name)/HEAD"
            guard case .broken(let bytes)? = try Repository.refContent(ofFile: path) else { continue }
            let reason = "the file that says what is checked out is \(bytes == 0 ? "empty" : "damaged")"
            if let (run, folder) = RunNames.parse(registration: name), !isDriven(run), !hasSupervisor(name),
                let branch = try? RunNames.branch(run, folder: folder),
                try repository.objectID(of: branch.ref) != nil
            {
                note(.ref, path, reason, remedy: "let it name \(branch) again, which it was made for") {
                    try DurableFile.write(Array("ref: \(branch.ref)\n".utf8), to: path)
                    return "it names \(branch) again"
                }
            } else {
                note(
                    .ref, path, reason,
                    remedy:
                        "write into it what was checked out: echo 'ref: refs/heads/BRANCH' > \(ShellWord.bare(path))"
                )
            }
        }
        let lines = (Files.read(common + "packed-refs") ?? []).split(separator: 10)
        for (number, line) in lines.enumerated() where line.first != 35 && line.first != 94 {
            let words = line.split(separator: 32, maxSplits: 1)
            if words.count == 2, ObjectID(hex: String(decoding: words[0], as: UTF8.self)) != nil { continue }
            note(
                .ref, common + "packed-refs", "line \(number + 1) is damaged, and git reads none of its refs",
                remedy: "take that line out; what it named may be in: git fsck --unreachable")
            return
        }
    }

    private func noteUnknown(_ file: RefFile, _ reason: String, isOurs: Bool) {
        let aside = repository.commonDirectory + "damaged-ref"
        if let run = RunRecordRef.run(ofRef: file.name), !isDriven(run) {
            // The ledger is looked at later; this look only asks it for one run.
            let known = Files.exists(paths.ledger) ? try? paths.openLedger(host.sealer).recorded(run) : nil
            if let known {
                note(.ref, file.path, reason, remedy: "write it anew from the ledger") {
                    let lock = try self.lock(run)
                    defer { withExtendedLifetime(lock) {} }
                    let id = try self.repository.writeBlob(RunRecordRef.bytes(known, self.host.sealer))
                    return try self.mend(file, id)
                }
                return
            }
        }
        note(
            .ref, file.path, "\(reason), and no log says what it named",
            remedy:
                "\(isOurs ? "what it named may be in: git fsck --unreachable; " : "")mv \(ShellWord.bare(file.path)) \(ShellWord.bare(aside)), then set it again: git update-ref \(file.name) COMMIT"
        )
    }

    /// The run that a ref below hybrid's folders is named for.
    func runOf(_ name: String) -> RunID? { RunNames.run(ofRef: name) }

    /// The newest object that a ref named and that is there: by its log, its worktree's log or the ledger.
    func lastKnown(_ name: String, where fits: (ObjectID) throws -> Bool) throws -> ObjectID? {
        let common = repository.commonDirectory
        var ids = try Repository.loggedIDs(inFile: common + "logs/" + name)
        if let (run, folder) = RunNames.parse(branch: name) {
            let registration = RunNames.registration(run, folder: folder)
            ids += try Repository.loggedIDs(inFile: "\(common)worktrees/\(registration)/logs/HEAD")
        }
        if let run = runOf(name), Files.exists(paths.ledger), let ledger = try? paths.openLedger(host.sealer),
            let record = try? ledger.run(run)
        {
            let workers = (try? ledger.workers(of: run)) ?? []
            ids += Self.recorded(name, record, workers).compactMap { $0 }
        }
        return try ids.first(where: fits)
    }

    /// What a ledger says that a ref named: hybrid's own refs have no log.
    private static func recorded(
        _ name: String, _ run: RunRecord, _ workers: [WorkerRecord]
    ) -> [ObjectID?] {
        if let (_, folder) = RunNames.parse(branch: name), case .job(let id)? = run.names.place(folder),
            let worker = workers.first(where: { $0.job == id })
        {
            return [worker.tip, worker.base]
        }
        return switch run.names.parse(ref: name) {
        case .run(.base): [run.planned]
        case .run(.integrated): [run.integrated]
        case .run(.landed): [run.landedCommit]
        case .run(.candidate): [run.landedCommit, run.verified]
        case .run(.targetBefore): [run.targetBefore]
        case .kept(.job(let id), .resolution, _): workers.filter { $0.job == id }.map(\.tip)
        default: []
        }
    }

    /// Puts the id into the ref's file, which is moved nowhere: it held nothing.
    private func mend(_ file: RefFile, _ id: ObjectID) throws -> String {
        // Read again: somebody may have mended it meanwhile.
        guard case .broken = try Repository.refContent(ofFile: file.path) else {
            return "it is whole again"
        }
        try DurableFile.write(Array("\(id)\n".utf8), to: file.path)
        return "\(file.name) names \(id) again"
    }

    /// Refs and branches of runs that are nowhere recorded.
    func findStrayRefs() throws {
        guard ledger != nil || !Files.exists(paths.ledger) else { return }
        let known = try knownRuns()
        let all =
            try repository.refFiles(below: "refs/hybrid") + repository.refFiles(below: "refs/heads/hybrid")
        let recorded = Set(all.compactMap { RunRecordRef.run(ofRef: $0.name) })
        for file in all {
            guard let run = runOf(file.name), let id = file.id, !known.contains(run),
                !recorded.contains(run), !isDriven(run)
            else { continue }
            let isBranch = file.name.hasPrefix("refs/heads/")
            let proof = try isBranch ? madeByHybrid(file.name, run, all) : true
            let what = "no run \(run) is recorded: it was never finished being made, or its record is gone"
            guard proof else {
                note(
                    .branch, file.name, "it is named as a worker's branch, and no such run is recorded",
                    remedy:
                        "nothing here shows that hybrid made it; if you do not need it: git branch -D \(file.name.dropFirst(11))"
                )
                continue
            }
            if isBranch,
                let there = try repository.worktrees().first(where: { $0.branch?.ref.text == file.name })
            {
                note(
                    .branch, file.name, "\(what); it is checked out in \(there.path)",
                    remedy: "see to the worktree first, then: hybrid doctor --fix")
                continue
            }
            note(
                isBranch ? .branch : .ref, file.name, what,
                remedy: "remove it; what only it reaches is kept below refs/hybrid/rescued/"
            ) { try self.remove(file, id) }
        }
    }

    private func remove(_ file: RefFile, _ id: ObjectID) throws -> String {
        let name = file.name.split(separator: "/").dropFirst(file.name.hasPrefix("refs/heads/") ? 3 : 2)
            .joined(separator: "-")
        let kept = try rescue(id, as: name, without: [file.name])
        try repository.deleteReference(RefName(file.name), expecting: id)
        return kept.map { "removed; its commits are kept at \($0)" } ?? "removed; other refs reach all of it"
    }

    /// Whether a branch is hybrid's own: its log says who made it, or the run left other traces.
    private func madeByHybrid(_ name: String, _ run: RunID, _ all: [RefFile]) throws -> Bool {
        if Files.isFolder(paths.run(run)) { return true }
        if all.contains(where: { $0.name.hasPrefix("\(RunNames.refs)\(run)/") }) { return true }
        let log = Files.read(repository.commonDirectory + "logs/" + name) ?? []
        let first = log.split(separator: 10).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return first.contains("\thybrid: branch for \(run)-")
    }
}
