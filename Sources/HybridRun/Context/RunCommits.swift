internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension RunRecord {
    /// The branch that everything lands on.
    func targetBranch() throws -> BranchName { try BranchName(target) }

    /// The tip of the merge so far.
    func integratedTip() throws -> ObjectID { try commitID(integrated ?? targetBefore, "run \(id)") }

    /// The plan as the words of a command; one that came through a pipe has to be named anew.
    var planWords: String {
        if planPath == "-" { return "PLAN" }
        // Two files are kept as one text.
        return Files.exists(planPath) ? ShellWord.bare(planPath) : planPath
    }
}

/// A commit that a record names by its hex id.
func commitID(_ hex: String, _ what: String) throws -> ObjectID {
    guard let id = ObjectID(hex: hex) else {
        throw HybridError(
            what, "the ledger holds no commit id: \"\(hex)\"", next: "hybrid report shows the run")
    }
    return id
}
