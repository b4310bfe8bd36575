internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Brings what is to land to a remote before the target moves here, by the user's own git.
///
/// Nothing is forced: what is pushed stands on where the remote's branch is, and the remote takes it only while it is still
/// there.
struct PushStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// What came of it.
    enum Answer {
        /// The remote's branch holds the commit.
        case there
        /// The remote's branch holds what the run was not merged with; it is here now.
        case moved(ObjectID)
        /// The remote, or a hook, does not take it.
        case refused(String)
    }

    /// How long git may take for one call to a remote, in seconds.
    private static let patience = 3_600.0

    /// Pushes a commit that stands on `base`, unless the remote has it already.
    ///
    /// Throws where the remote cannot be asked, and where nobody can say what is to become of its branch.
    func push(_ run: RunRecord, _ remote: String, _ candidate: ObjectID, base: ObjectID) throws -> Answer {
        guard let there = try tip(of: run.target, on: remote, run) else {
            return try push(run, remote, candidate, expecting: nil)
        }
        if there == candidate { return .there }
        guard there != base else { return try push(run, remote, candidate, expecting: there) }
        try fetch(run.target, from: remote, there, run)
        if try repository.isAncestor(candidate, of: there) { return .there }
        if try repository.isAncestor(there, of: base) {
            throw HybridError(
                .changed, "\(remote)/\(run.target)",
                "it lacks commits that \(run.target) has here and that the run does not bring; nothing was pushed",
                next:
                    "push them first: git push \(ShellWord.bare(remote)) \(ShellWord.bare(run.target.text)), "
                    + "then: hybrid land \(run.id) --push \(ShellWord.bare(remote))")
        }
        return .moved(there)
    }

    private func push(
        _ run: RunRecord, _ remote: String, _ candidate: ObjectID, expecting old: ObjectID?
    ) throws -> Answer {
        let ref = run.target.ref.text
        host.narrate(.stage(.advance, "\(remote)/\(run.target) to \(candidate.short)"))
        let answer = try ask(
            [
                "push", "--porcelain", "--atomic", "--no-follow-tags", "--recurse-submodules=no",
                "--force-with-lease=\(ref):\(old?.description ?? "")", "--end-of-options", remote,
                "\(candidate):\(ref)",
            ])
        if answer.code == 0 { return .there }
        // It may have arrived all the same, or somebody else was faster: the remote says which.
        let now = try tip(of: run.target, on: remote, run)
        if now == candidate { return .there }
        if let now, now != old {
            try fetch(run.target, from: remote, now, run)
            return .moved(now)
        }
        return .refused(answer.allWords)
    }

    /// Where a branch is on a remote; nil where it is not there.
    private func tip(of branch: BranchName, on remote: String, _ run: RunRecord) throws -> ObjectID? {
        let answer = try ask(["ls-remote", "--end-of-options", remote, branch.ref.text])
        guard answer.code == 0 else { throw refusal(remote, run, "git cannot ask it: \(answer.allWords)") }
        let line = answer.text.split(separator: "\n").first { $0.hasSuffix("\t" + branch.ref.text) }
        return line.flatMap { ObjectID(hex: String($0.prefix { $0 != "\t" })) }
    }

    /// Brings a remote's commit here; no ref but the remote's own moves.
    private func fetch(
        _ branch: BranchName, from remote: String, _ commit: ObjectID, _ run: RunRecord
    ) throws {
        if try repository.exists(commit) { return }
        let answer = try ask(
            [
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no",
                "--end-of-options", remote, branch.ref.text,
            ])
        guard answer.code == 0, try Repository(at: repository.commonDirectory).exists(commit) else {
            throw refusal(remote, run, "git cannot fetch what came there: \(answer.allWords)")
        }
    }

    private func ask(_ words: [String]) throws -> UserGit.Answer {
        try UserGit.ask(
            words, in: world.home, environment: WorkerEnvironment.cleaned(host.environment),
            timeout: Self.patience)
    }

    private func refusal(_ remote: String, _ run: RunRecord, _ reason: String) -> HybridError {
        HybridError(
            .programFailed, "remote \(neutralise(remote))", "\(reason); nothing landed",
            next: "see that it can be reached: git ls-remote \(ShellWord.bare(remote)), "
                + "then: hybrid land \(run.id) --push \(ShellWord.bare(remote))")
    }
}
