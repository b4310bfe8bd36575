import Foundation
import HistoryGenerator
import HybridMerging
import TestSupport
import Testing

/// What merges of whole histories give, byte for byte, against what the installed git gives.
@Suite struct HistoryTests {
    /// The program under test: the built one unless the environment names another.
    static func program() throws -> MergeProgram {
        try MergeProgram(path: ProcessInfo.processInfo.environment["HYBRID_MERGE_PROGRAM"] ?? hybridProgram())
    }

    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/fixtures/histories"

    /// The names of all cases.
    static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".history") }.map { String($0.dropLast(8)) }.sorted()

    @Test func thereAreCases() { #expect(Self.cases.count >= 40) }

    @Test(arguments: cases)
    func aCaseGivesWhatGitGives(name: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/\(name).history", encoding: .utf8)
        let history = try History(parsing: text)
        let batch = try Batch([history], program: Self.program())
        let answers = batch.comparisons.compactMap(\.git)
        try #require(answers.count == batch.comparisons.count, "git dies of this case")
        for kind in history.meets {
            let met =
                kind == "clean"
                ? answers.allSatisfy(\.isClean)
                : answers.contains { $0.messages.contains { $0.label == kind } }
            #expect(met, "\(name) does not meet \(kind)")
        }
        if batch.comparisons.contains(where: { $0.difference != nil }) {
            Issue.record("\(name) differs:\n\(try explanation(of: history, program: Self.program()))")
        }
    }

    /// What newer gits answered: recorded with `swift run histories --record` and that git on PATH.
    @Test(arguments: ["plain", "settings"])
    func generatedHistoriesGiveWhatTheNewestGitGave(kind: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/newest-\(kind).answers", encoding: .utf8)
        let recorded = try #require(Recorded(parsing: text))
        #expect(recorded.digests.count >= 1000)
        let versions = try ["2.38", "2.44", "2.45", "2.50", "2.52", "2.53"].map { version in
            try MergeProgram(path: hybridProgram(), asGit: version)
        }
        let differing = try recorded.differing([MergeProgram(newestBy: hybridProgram())] + versions)
        #expect(differing[0] == [], "\(recorded.git) answered these histories otherwise")
        // The record tells the versions apart: each release that brought a rule answers more of it rightly.
        let counts = differing.dropFirst().map(\.count)
        #expect(counts == counts.sorted(by: >) && counts.allSatisfy { $0 > 0 })
    }

    /// A fixed budget; `swift run histories` goes on for as long as one likes.
    @Test func generatedHistoriesGiveWhatGitGives() throws {
        let generator = Generator(seed: 20_26)
        try compare((0..<draws(150)).map { generator.history($0) }, "seed 2026")
    }

    @Test(arguments: 0..<12)
    func generatedHistoriesWithSettingsGiveWhatGitGives(batch: Int) throws {
        let generator = Generator(seed: 20_27, variesSettings: true)
        let first = batch * Generator.batchSize
        let numbers = first..<first + min(draws(12), Generator.batchSize)
        try compare(numbers.map { generator.history($0) }, "seed 2027 with settings, batch \(batch)")
    }

    private func compare(_ histories: [History], _ name: String) throws {
        let program = try Self.program()
        let batch = try Batch(histories, program: program)
        let differing = batch.comparisons.filter { $0.difference != nil }
        guard let first = differing.first, let difference = first.difference else { return }
        var shrinker = Shrinker(program: program)
        shrinker.limit = 1000
        let small = try shrinker.shrink(histories[first.history], difference)
        Issue.record(
            """
            \(name): \(differing.count) of \(batch.comparisons.count) merges differ, the first in history \
            \(first.history):
            \(small.text)\(try explanation(of: small, program: program))
            """)
    }
}
