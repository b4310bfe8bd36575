import Foundation
public import HybridGit
import TestSupport
import Testing

@testable import HistoryGenerator
@testable import HybridMerging

/// A small history in a bare repository, merged by git and by an engine in the test's own process.
final class Trial {
    private let bench: Bench
    private let ids: [String: String]
    /// The repository.
    let repository: Repository
    /// Where it lies.
    var folder: String { bench.repository }

    /// Writes a history in the text form of `fixtures/histories`; what is not named otherwise merges `ours` and `theirs`.
    init(_ text: String) throws {
        var history = try History(parsing: text)
        let names = Set(history.commits.map(\.name))
        if history.merges.isEmpty, names.isSuperset(of: ["ours", "theirs"]) {
            history.merges = [History.Merge("ours", "theirs")]
        }
        bench = try Bench(settings: history.settings)
        ids = try Import.write([history], to: bench)[0]
        repository = try Repository(at: bench.repository)
    }

    /// A commit's id by its name in the history.
    func id(_ commit: String) throws -> ObjectID {
        try #require(ids[commit].flatMap { ObjectID(hex: $0) }, "no commit \(commit)")
    }

    /// A new engine with the repository's settings, as the command has it.
    func engine(_ change: (inout MergeOptions) -> Void = { _ in }) throws -> MergeEngine {
        var options = try MergeOptions(settingsOf: repository).asInstalledGit()
        change(&options)
        return try MergeEngine(repository, options)
    }

    /// Merges with a new engine; the sides are called by their names.
    func merge(
        _ ours: String = "ours", _ theirs: String = "theirs",
        _ change: (inout MergeOptions) -> Void = { _ in }
    ) throws -> MergeAnswer {
        try engine(change).merge(
            ours: id(ours), theirs: id(theirs), labels: MergeLabels(ours: ours, theirs: theirs))
    }

    /// Runs git in the repository; what it gives, to the byte.
    @discardableResult
    func git(_ arguments: String..., input: String = "") throws -> [UInt8] {
        let done = try bench.run(["git"] + arguments, input: Array(input.utf8))
        try #require(!done.failed, "git \(arguments): \(done.complaint)")
        return done.out
    }

    /// What git gives as text, without the last line feed.
    func gitText(_ arguments: String..., input: String = "") throws -> String {
        let done = try bench.run(["git"] + arguments, input: Array(input.utf8))
        try #require(!done.failed, "git \(arguments): \(done.complaint)")
        let text = String(decoding: done.out, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// What git's merge-tree prints with these flags, and whether it calls the merge clean.
    func oracle(
        _ ours: String = "ours", _ theirs: String = "theirs", _ flags: [String] = []
    ) throws -> (bytes: [UInt8], isClean: Bool) {
        let done = try bench.run(["git", "merge-tree", "--write-tree"] + flags + [ours, theirs])
        // 0 and 1 are answers, everything else is a failure.
        try #require(
            done.complaint.hasPrefix("exit 0") || done.complaint.hasPrefix("exit 1"), "git: \(done.complaint)"
        )
        return (done.out, !done.failed)
    }

    /// Expects git's answer, byte for byte, in both directions; gives the first.
    @discardableResult
    func expectGitsAnswer(
        _ comment: String = "", _ ours: String = "ours", _ theirs: String = "theirs",
        location: SourceLocation = #_sourceLocation
    ) throws -> MergeAnswer {
        var first: MergeAnswer?
        for (one, two) in [(ours, theirs), (theirs, ours)] {
            let git = try oracle(one, two, ["-z", "--messages"])
            let answer = try merge(one, two)
            let bytes = MergeAnswer.Format(isTerminated: true, messages: true).bytes(answer)
            #expect(
                shown(bytes) == shown(git.bytes), "\(comment): \(one) and \(two)", sourceLocation: location)
            #expect(
                answer.isClean == git.isClean, "\(comment): \(one) and \(two)", sourceLocation: location)
            if first == nil { first = answer }
        }
        return try #require(first)
    }

    /// Reads a file of a merged tree through the store that holds it.
    func file(_ path: String, of answer: MergeAnswer, in engine: MergeEngine) throws -> String? {
        var tree = answer.tree
        let parts = path.split(separator: "/")
        for (place, part) in parts.enumerated() {
            guard let entry = try engine.store.tree(tree).entry(named: Array(part.utf8)[...]) else {
                return nil
            }
            if place == parts.count - 1 {
                return String(decoding: try engine.store.blob(entry.id), as: UTF8.self)
            }
            tree = entry.id
        }
        return nil
    }
}

/// Bytes as a failed test shows them: NUL as a line feed behind `␀`.
func shown(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\0", with: "␀\n")
}

extension RepoPath: ExpressibleByStringLiteral {
    /// A path as tests write it.
    public init(stringLiteral text: String) { self.init(text) }
}
