import Foundation
import HybridGit

/// What a git answered to generated histories, kept as a text, so that a program can be compared with a git that is not
/// installed.
///
/// The first line names the git, the second how the histories are made; then a line for each history has a digest of each
/// of its answers in both directions, or `-` where git died.
package struct Recorded {
    /// What `git --version` said.
    package var git: String
    /// How the histories are made.
    package var generator: Generator
    /// By history, the digests of its answers.
    package var digests: [[String]]

    /// Asks the git on PATH.
    package init(askingGit version: String, _ generator: Generator, count: Int) throws {
        git = version
        self.generator = generator
        digests = try Self.answers(of: [.git], generator, count: count)[0].map { answers in
            answers.map { $0.map(Self.digest) ?? "-" }
        }
    }

    /// Reads a record; nil for what is none.
    package init?(parsing text: String) {
        var lines = text.split(separator: "\n").map(String.init)
        guard lines.count > 2, lines[0].hasPrefix("git version ") else { return nil }
        git = lines.removeFirst()
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3, words[0] == "seed", let seed = UInt64(words[1]),
            ["plain", "settings"].contains(words[2])
        else { return nil }
        generator = Generator(seed: seed, variesSettings: words[2] == "settings")
        digests = lines.map { $0.split(separator: " ").map(String.init) }
    }

    /// The record as text.
    package var text: String {
        let head = "\(git)\nseed \(generator.seed) \(generator.variesSettings ? "settings" : "plain")\n"
        return head + digests.map { $0.joined(separator: " ") + "\n" }.joined()
    }

    /// For each program the numbers of the histories to which it answers otherwise.
    package func differing(_ programs: [MergeProgram]) throws -> [[Int]] {
        try Self.answers(of: programs, generator, count: digests.count).map { answers in
            digests.indices.filter { number in
                guard answers[number].count == digests[number].count else { return true }
                return zip(answers[number], digests[number]).contains { answer, digest in
                    digest != "-" && answer.map(Self.digest) != digest
                }
            }
        }
    }

    private static func digest(_ answer: Answer) -> String {
        String((try? ObjectID(ofBlob: answer.bytes).description.prefix(12)) ?? "unreadable")
    }

    /// Each program's answers to each history, both ways round; a history is written once for all of them.
    private static func answers(
        of programs: [MergeProgram], _ generator: Generator, count: Int
    ) throws -> [[[Answer?]]] {
        var found = [[[Answer?]]](repeating: [], count: programs.count)
        for first in stride(from: 0, to: count, by: Generator.batchSize) {
            let histories = (first..<min(count, first + Generator.batchSize)).map { generator.history($0) }
            let bench = try Bench(settings: histories.first?.settings ?? [])
            let questions = Batch.questions(histories, try Import.write(histories, to: bench))
            for (place, program) in programs.enumerated() {
                let answers = try bench.ask(program, questions.map(\.pair)).answers
                var each = [[Answer?]](repeating: [], count: histories.count)
                for (question, answer) in zip(questions, answers) { each[question.history].append(answer) }
                found[place] += each
            }
        }
        return found
    }
}
