internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension RunRecord {
    /// What begins such a run anew.
    var anew: String { adoption == nil ? "hybrid run \(planWords)" : planPath }

    /// The plan as the words of a command; one that came through a pipe has to be named anew.
    var planWords: String {
        if planPath == "-" { return "PLAN" }
        // Two files are kept as one text.
        return Files.exists(planPath) ? ShellWord.bare(planPath) : planPath
    }
}
