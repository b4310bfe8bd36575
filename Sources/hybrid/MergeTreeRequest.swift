import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

/// What `hybrid merge-tree` was asked, however its words were read.
struct MergeTreeRequest {
    var commits: [String]
    var stdin = false
    var terminated = false
    var nameOnly = false
    var messages: Bool?
    var allowsUnrelatedHistories = false
    var mergeBase: String?
    var strategy: [StrategyOption] = []
    var quiet = false
    var attrSource: String?
    var asGit: String?
    var noWrite = false

    /// The tree that attributes are read from: what is asked for, the environment's, or that of `attr.tree`, which as in git
    /// counts only where it is one.
    private func attributes(_ environment: [String: String], _ repository: Repository) throws -> ObjectID? {
        if let name = attrSource ?? environment["GIT_ATTR_SOURCE"] { return try repository.resolveTree(name) }
        return try repository.configString("attr.tree").flatMap { try? repository.resolveTree($0) }
    }

    /// Merges, and writes the answer; throws the exit code where it is a conflict.
    func answer() throws {
        try prepareForMerges()
        let repository = try Repository.holding(".")
        let environment = processEnvironment()
        let attributes = try attributes(environment, repository)
        let strategy = strategy
        let directory = repository.gitDirectory
        let allowsUnrelatedHistories = allowsUnrelatedHistories
        let rules = asGit.flatMap { GitRules(version: $0) } ?? .newest
        let crew = try MergeCrew(stdin ? OwnProgram.mergeThreads() : 1) {
            try MergeEngine.ofUser(
                at: directory, attributesOf: attributes, environment: environment, warn: warn
            ) {
                $0.allowsUnrelatedHistories = allowsUnrelatedHistories
                $0.rules = rules
                for option in strategy { option.apply(to: &$0) }
            }
        }
        let session = MergeTreeSession(
            crew: crew, writes: !noWrite && !quiet,
            format: quiet
                ? nil
                : MergeAnswer.Format(
                    withVerdict: stdin, isTerminated: stdin || terminated, namesOnly: nameOnly,
                    messages: messages))
        if stdin { return try session.answerLines() }
        let isClean = try session.answer([
            MergeQuestion(
                base: mergeBase.map { Array($0.utf8) }, ours: Array(commits[0].utf8),
                theirs: Array(commits[1].utf8))
        ])
        try session.flush()
        if !isClean { throw Exit.no }
    }
}
