import Foundation
import HistoryGenerator
import HybridGit
import TestSupport
import Testing

@testable import HybridMerging

/// Where pairs of branches started, and engines that work side by side.
@Suite struct PairBasesTests {
    /// A repository of empty commits: names, each with its parents.
    private struct Graph {
        let sandbox: Sandbox
        let engine: MergeEngine
        private(set) var ids: [String: ObjectID] = [:]

        /// Lines "name parent parent"; dates as given, else in order.
        init(_ lines: [String], dates: [Int]? = nil) throws {
            sandbox = try Sandbox()
            try sandbox.git("init", "-q", "--bare", "repo", in: "")
            var stream = ""
            for (number, line) in lines.enumerated() {
                let names = line.split(separator: " ").map(String.init)
                let date = "T <t@example.com> \(1_000_000_000 + (dates?[number] ?? number)) +0000"
                stream +=
                    "reset refs/heads/\(names[0])\n\ncommit refs/heads/\(names[0])\ncommitter \(date)\ndata 0\n"
                for (place, parent) in names.dropFirst().enumerated() {
                    stream += "\(place == 0 ? "from" : "merge") refs/heads/\(parent)\n"
                }
                stream += "M 100644 inline \(names[0])\ndata 0\n\n"
            }
            try sandbox.git("fast-import", "--quiet", input: Data(stream.utf8))
            let repository = try Repository(at: sandbox.root + "/repo")
            engine = try MergeEngine(repository)
            for line in lines {
                let name = String(line.split(separator: " ")[0])
                ids[name] = try repository.resolveCommit("refs/heads/" + name)
            }
        }

        func name(_ id: ObjectID?) -> String { ids.first { $0.value == id }?.key ?? "" }

        func bases(_ tips: [String], hint: String?) throws -> PairBases {
            try PairBases(
                tips.compactMap { name in ids[name].map { ConflictMatrix.Branch(name: name, tip: $0) } },
                hint: hint.flatMap { ids[$0] }, engine)
        }
    }

    /// Each pair's only base by name; "?" for a pair that is left to the whole merge, nothing for one that is its own answer.
    private func said(_ bases: PairBases, _ graph: Graph, _ tips: [String]) -> [String: String] {
        var found: [String: String] = [:]
        func note(_ one: Int, _ two: Int, _ base: String) {
            let pair = "\(tips[min(one, two)]) \(tips[max(one, two)])"
            #expect(found[pair] == nil, "\(pair) twice")
            found[pair] = base
        }
        for group in bases.groups {
            for (place, one) in group.members.enumerated() where group.pairs == nil {
                for two in group.members[(place + 1)...] { note(one, two, graph.name(group.base)) }
            }
            for pair in group.pairs ?? [] { note(pair.0, pair.1, graph.name(group.base)) }
        }
        for pair in bases.others { note(pair.0, pair.1, "?") }
        return found
    }

    @Test(arguments: [
        // Workers of one base.
        (["m", "a m", "b m", "c m"], ["a", "b", "c"], ["a b": "m", "a c": "m", "b c": "m"]),
        // One stands on another; c stands on both.
        (["m", "a m", "b a", "c b", "d m"], ["a", "b", "c", "d"], ["a d": "m", "b d": "m", "c d": "m"]),
        // Two on one that is no tip.
        (["m", "x m", "a x", "b x", "c m"], ["a", "b", "c"], ["a b": "x", "a c": "m", "b c": "m"]),
        // A merge in a chain.
        (["m", "a m", "b m", "c a b", "d m"], ["a", "c", "d"], ["a d": "m", "c d": "m"]),
        // Tips that stand before the hint, and the hint itself.
        (
            ["o", "m o", "a m", "b o", "c m"], ["a", "b", "m", "c"],
            ["a b": "o", "a c": "m", "b m": "o", "b c": "o"]
        ),
        // Several bases.
        (
            ["m", "x m", "y m", "a x y", "b y x", "c m"], ["a", "b", "c"],
            ["a b": "?", "a c": "m", "b c": "m"]
        ),
        // No base.
        (["m", "a m", "n", "b n"], ["a", "b"], ["a b": "?"]),
        // The same commit twice.
        (["m", "a m", "b m"], ["a", "a", "b"], ["a b": "m"]),
    ])
    func everyPairHasItsBase(lines: [String], tips: [String], wanted: [String: String]) throws {
        let graph = try Graph(lines)
        for hint in [nil] + lines.map({ String($0.split(separator: " ")[0]) }) {
            // Two of one name are two pairs of that name.
            if Set(tips).count < tips.count {
                #expect(try graph.bases(tips, hint: hint).others.isEmpty)
                continue
            }
            let bases = try graph.bases(tips, hint: hint)
            #expect(said(bases, graph, tips) == wanted, "hint \(hint ?? "none")")
            #expect((bases.unrelated != nil) == lines.contains("n"))
        }
    }

    @Test(arguments: 0..<6)
    func manyTipsOfAnyGraphHaveTheBasesThatLookingAtEachPairGives(seed: Int) throws {
        var random = Random(seed: 13, part: seed)
        let count = seed == 0 ? 160 : 60
        var lines = ["c0"]
        for number in 1..<count {
            var parents = Set([random.pick(max(0, number - 12)...number - 1)])
            if random.chance(30) { parents.insert(random.pick(max(0, number - 20)...number - 1)) }
            if random.chance(4) { parents = [] }
            lines.append((["c\(number)"] + parents.sorted().map { "c\($0)" }).joined(separator: " "))
        }
        // Clocks that go wrong, by little and by much.
        let dates = (0..<count).map { $0 * 10 + random.pick(-(seed * 60)...(seed * 60)) }
        let graph = try Graph(lines, dates: dates)
        let tips = (0..<count).map { "c\($0)" }.shuffled(using: &random)
        var wanted: [String: String] = [:]
        let plain = try Repository(at: graph.sandbox.root + "/repo")
        for (place, one) in tips.enumerated() {
            for two in tips[(place + 1)...] {
                guard let a = graph.ids[one], let b = graph.ids[two] else { continue }
                let bases = try plain.mergeBases(a, b)
                if bases == [a] || bases == [b] { continue }
                wanted["\(one) \(two)"] = bases.count == 1 ? graph.name(bases[0]) : "?"
            }
        }
        for hint in [nil, "c0", "c\(count / 2)", tips[0]] {
            #expect(said(try graph.bases(tips, hint: hint), graph, tips) == wanted, "hint \(hint ?? "none")")
        }
    }

    // MARK: Crews

    private struct Refused: Error, Equatable { var question: Int }

    @Test(arguments: 1...4)
    func aCrewAnswersInOrderWhateverItsSize(count: Int) throws {
        let graph = try Graph(["m"])
        let path = graph.sandbox.root + "/repo"
        let crew = try MergeCrew(count) { try MergeEngine(Repository(at: path)) }
        for questions in [0, 1, 8, 9, 17, 100, 100] {
            let answers = try crew.answer(Array(0..<questions)) { _, asked in
                asked.map { $0 % 7 == 3 ? .failure(Refused(question: $0)) : .success($0 * 2) }
            }
            #expect(answers.count == questions)
            for (question, answer) in answers.enumerated() {
                if question % 7 == 3 {
                    #expect(throws: Refused(question: question)) { try answer.get() }
                } else {
                    #expect(try answer.get() == question * 2)
                }
            }
        }
        var engines = 0
        crew.forEach { _ in engines += 1 }
        #expect(engines <= count)
    }

    /// How many engines were made, on whatever thread.
    private final class Made: @unchecked Sendable {
        private let lock = DispatchSemaphore(value: 1)
        private var number = 0
        var count: Int {
            lock.wait()
            defer { lock.signal() }
            return number
        }
        func more() -> Int {
            lock.wait()
            defer { lock.signal() }
            number += 1
            return number
        }
    }

    @Test func aCrewMakesNoMoreEnginesThanThereIsWorkFor() throws {
        let graph = try Graph(["m"])
        let path = graph.sandbox.root + "/repo"
        let made = Made()
        let crew = try MergeCrew(4) {
            _ = made.more()
            return try MergeEngine(Repository(at: path))
        }
        func ask(_ count: Int) throws {
            // Each waits a little, so that nobody is done before others begin.
            _ = try crew.answer(Array(0..<count)) { _, asked in
                usleep(100_000)
                return asked.map { .success($0) }
            }
        }
        try ask(1)
        #expect(made.count == 1)
        try ask(2)
        #expect(made.count == 2)
        try ask(12)
        #expect(made.count == 4)
    }

    @Test func aHandleThatCannotBeOpenedIsAnError() throws {
        let graph = try Graph(["m"])
        let path = graph.sandbox.root + "/repo"
        let made = Made()
        let crew = try MergeCrew(2) {
            if made.more() == 2 { throw Refused(question: 2) }
            return try MergeEngine(Repository(at: path))
        }
        #expect(throws: Refused(question: 2)) {
            try crew.answer(Array(0..<9)) { _, asked in
                usleep(100_000)
                return asked.map { Result<Int, any Error>.success($0) }
            }
        }
    }

    @Test func aMatrixIsTheSameForAnyNumberOfEnginesAndWhenRepeated() throws {
        let sandbox = try Sandbox()
        let text = (1...30).map { "\($0)\n" }.joined()
        try sandbox.repository(["a": text, "d/b": text, "d/c": text, "e/f": text])
        let scripts = [
            "sed -i 1s/.*/%/ a", "sed -i 2s/.*/%/ a", "git mv d/b d/%", "git mv d g%", "echo % > d/new",
            "rm d/c", "echo % >> e/f",
        ]
        let names = (0..<24).map { "w\($0)" }
        for (number, name) in names.enumerated() {
            try sandbox.git("switch", "-q", "-c", name, "main")
            let script = scripts[number % scripts.count].replacingOccurrences(of: "%", with: name)
            try #require(try sandbox.run("sh", "-ec", script, in: "repo").code == 0)
            try sandbox.git("add", "-A")
            try sandbox.git("commit", "-q", "-m", name)
        }
        let path = sandbox.root + "/repo"
        let repository = try Repository(at: path)
        let branches = try names.map {
            ConflictMatrix.Branch(name: $0, tip: try repository.resolveCommit($0))
        }
        let one = try ConflictMatrix.make(
            branches, with: MergeCrew(1) { try MergeEngine(Repository(at: path)) })
        #expect(!one.pairs.isEmpty && !one.touching.isEmpty)
        for count in 2...4 {
            let crew = try MergeCrew(count) { try MergeEngine(Repository(at: path)) }
            for _ in 0..<3 {
                let many = try ConflictMatrix.make(branches, with: crew)
                #expect(many.pairs == one.pairs && many.touching == one.touching)
            }
        }
    }
}
