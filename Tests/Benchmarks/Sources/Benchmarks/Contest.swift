import Foundation

/// One thing to measure: the same question to both programs.
struct Case {
    var group: String
    var name: String
    var repository: String
    /// Pairs of commit ids, a line "A B" each.
    var pairs: [String]
    /// Asks which of the pairs conflict, instead of for their merges.
    var matrix: Matrix?
    /// What is asked instead of merges.
    var errand: Errand?
    /// One pair is asked as two arguments, as a person does; more through stdin, in one process.
    var isBatch: Bool { pairs.count > 1 || matrix != nil }

    /// Branches, all pairs of which are asked for.
    struct Matrix {
        var names: [String]
        var base: String
        /// Whether git gets a process for each pair instead of one for all.
        var isOneByOne = false
    }

    /// A question of another kind, which takes both programs to the same folder.
    struct Errand {
        /// Where both are started.
        var folder: String
        /// What git is asked: the least that has to be read to answer.
        var git: [String]
        /// What hybrid is asked.
        var hybrid: [String]
        /// The exit codes of the right answers.
        var codes: (git: Int32, hybrid: Int32) = (0, 0)
    }

    var git: Invocation {
        if let errand { return Invocation(arguments: ["git"] + errand.git) }
        guard matrix?.isOneByOne == true else { return invocation(["git", "merge-tree", "--write-tree"]) }
        let loop = "while read -r a b; do git merge-tree --write-tree \"$a\" \"$b\" >/dev/null; echo $?; done"
        return Invocation(arguments: ["sh", "-c", loop], input: Array(lines.utf8))
    }

    func hybrid(_ program: String) -> Invocation {
        if let errand { return Invocation(arguments: [program] + errand.hybrid) }
        guard let matrix else { return invocation([program, "merge-tree"]) }
        return Invocation(
            arguments: [program, "conflicts", "--stdin", "--json", "--base", matrix.base],
            input: Array(matrix.names.map { $0 + "\n" }.joined().utf8))
    }

    private func invocation(_ words: [String]) -> Invocation {
        if isBatch { return Invocation(arguments: words + ["--stdin"], input: Array(lines.utf8)) }
        return Invocation(arguments: words + ["-z"] + pairs[0].split(separator: " ").map(String.init))
    }

    private var lines: String { pairs.map { $0 + "\n" }.joined() }
}

/// What a process finds when it starts.
enum Setting: String, CaseIterable {
    /// The repository in memory, and the objects that it would write written before: the merging alone.
    case again
    /// The same, with an empty object store in front of the repository's: the result is written as well.
    case first
    /// As `again`, with the repository's packs out of memory.
    case cold
}

/// What both programs needed for one case.
struct Result {
    var group: String
    var name: String
    var pairs: Int
    var conflicts: Int
    var differ: Int
    /// Without a setting that this machine cannot make.
    var figures: [Setting: Figures]
    /// The one that is always there.
    var again: Figures { figures[.again] ?? Figures() }
}

/// Both programs' costs over some repetitions.
struct Figures {
    private(set) var git: [Cost] = []
    private(set) var hybrid: [Cost] = []

    mutating func add(git one: Cost, hybrid other: Cost) {
        git.append(one)
        hybrid.append(other)
    }

    var gitSeconds: Double { Self.median(git.map(\.seconds)) }
    var hybridSeconds: Double { Self.median(hybrid.map(\.seconds)) }
    var gitMemory: Memory { git.map(\.memory).max() ?? Memory() }
    var hybridMemory: Memory { hybrid.map(\.memory).max() ?? Memory() }
    /// How often faster hybrid is, of the medians.
    var ratio: Double { gitSeconds / max(hybridSeconds, 1e-9) }
    /// The same of processor time, which other programs on the machine disturb less.
    var processorRatio: Double {
        Self.median(git.map(\.processor)) / max(Self.median(hybrid.map(\.processor)), 1e-9)
    }
    /// The smallest and the largest ratio of one repetition.
    var spread: (Double, Double) {
        let ratios = zip(git, hybrid).map { $0.seconds / max($1.seconds, 1e-9) }
        return (ratios.min() ?? 0, ratios.max() ?? 0)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Lets both programs answer, one after the other, several times.
struct Contest {
    let workshop: Workshop
    let program: String
    let repetitions: Int
    /// A setting of a case ends after this time, in seconds, once it had two repetitions.
    let patience: Double

    /// Measures a case; the first answers, which also warm up, are compared.
    func run(_ item: Case) throws -> Result {
        if let errand = item.errand { return try run(item, errand) }
        let (git, hybrid) = (item.git, item.hybrid(program))
        let outputs = (workshop.place("git"), workshop.place("hybrid"))
        let stores = try (workshop.scratch(of: item.repository), workshop.scratch(of: item.repository))
        defer { workshop.remove([outputs.0, outputs.1, stores.0, stores.1]) }
        let codes = try (
            cost(git, item, in: stores.0, output: outputs.0).code,
            cost(hybrid, item, in: stores.1, output: outputs.1).code
        )
        let compared =
            try item.matrix.map { try Comparison(git: outputs.0, matrix: outputs.1, $0) }
            ?? Comparison(git: outputs.0, hybrid: outputs.1, of: item.pairs.count, item.isBatch)
        var result = Result(
            group: item.group, name: item.name, pairs: item.pairs.count, conflicts: compared.conflicts,
            differ: compared.differ, figures: [:])
        if !item.isBatch {
            result.conflicts = codes.0 == 0 ? 0 : 1
            if codes.0 != codes.1 { result.differ = 1 }
        }
        for setting in Setting.allCases {
            result.figures[setting] = try measure(item, git, hybrid, stores, setting)
        }
        return result
    }

    /// Measures what is no merge: answers are told by exit codes, and nothing is written or read from packs alone.
    private func run(_ item: Case, _ errand: Case.Errand) throws -> Result {
        let (git, hybrid) = (item.git, item.hybrid(program))
        let codes = try (
            cost(git, item, in: errand.folder, output: "/dev/null").code,
            cost(hybrid, item, in: errand.folder, output: "/dev/null").code
        )
        let figures = try measure(item, git, hybrid, (errand.folder, errand.folder), .again)
        return Result(
            group: item.group, name: item.name, pairs: 0, conflicts: 0,
            differ: codes == errand.codes ? 0 : 1, figures: [.again: figures].compactMapValues { $0 })
    }

    private func measure(
        _ item: Case, _ git: Invocation, _ hybrid: Invocation, _ stores: (String, String), _ setting: Setting
    ) throws -> Figures? {
        let begin = Date()
        var figures = Figures()
        for turn in 0..<repetitions {
            if turn > 1, Date().timeIntervalSince(begin) > patience { break }
            var costs: [Cost] = []
            // Who goes first changes, so that neither always finds what the other left in the machine.
            for isGit in turn % 2 == 0 ? [true, false] : [false, true] {
                if setting == .cold, try !workshop.evict(item.repository) { return nil }
                var store = isGit ? stores.0 : stores.1
                if setting == .first { store = try workshop.scratch(of: item.repository) }
                costs.append(try cost(isGit ? git : hybrid, item, in: store, output: "/dev/null"))
                if setting == .first { workshop.remove([store]) }
            }
            figures.add(git: costs[turn % 2], hybrid: costs[1 - turn % 2])
        }
        return figures
    }

    private func cost(
        _ invocation: Invocation, _ item: Case, in store: String, output: String
    ) throws -> Cost {
        var input = "/dev/null"
        if !invocation.input.isEmpty {
            input = workshop.place("input")
            try Data(invocation.input).write(to: URL(fileURLWithPath: input))
        }
        defer { if input != "/dev/null" { workshop.remove([input]) } }
        let done = try clocked(
            invocation.arguments, in: store, input: input, output: output, environment: workshop.environment)
        guard done.code <= 1 else {
            throw Trouble(
                description: "\(item.name): \(invocation.arguments.prefix(3).joined(separator: " ")) "
                    + "ended with code \(done.code)")
        }
        return done
    }
}

/// Whether two outputs of `merge-tree` say the same, answer by answer.
struct Comparison {
    var differ = 0
    var conflicts = 0

    /// Reads both files; a single answer is compared as a whole.
    init(git: String, hybrid: String, of count: Int, _ isBatch: Bool) throws {
        let one = FileManager.default.contents(atPath: git) ?? Data()
        let other = FileManager.default.contents(atPath: hybrid) ?? Data()
        guard isBatch else {
            differ = one == other && !one.isEmpty ? 0 : 1
            return
        }
        let (mine, theirs) = (Self.answers([UInt8](one)), Self.answers([UInt8](other)))
        guard mine.count == count else {
            throw Trouble(description: "git answered \(mine.count) of \(count) pairs")
        }
        for (index, answer) in mine.enumerated() {
            if answer.first == UInt8(ascii: "0") { conflicts += 1 }
            if index >= theirs.count || theirs[index] != answer { differ += 1 }
        }
    }

    /// Reads git's verdict of every pair, and the pairs that hybrid says conflict.
    init(git: String, matrix: String, _ asked: Case.Matrix) throws {
        let one = [UInt8](FileManager.default.contents(atPath: git) ?? Data())
        let verdicts =
            asked.isOneByOne
            ? one.split(separator: 10).map { $0.elementsEqual("1".utf8) }
            : Self.answers(one).map { $0.first == UInt8(ascii: "0") }
        let other = FileManager.default.contents(atPath: matrix) ?? Data()
        let found = try JSONSerialization.jsonObject(with: other) as? [String: Any]
        let pairs = (found?["pairs"] as? [[String: Any]] ?? []).map {
            "\($0["ours"] ?? "") \($0["theirs"] ?? "")"
        }
        let said = Set(pairs)
        let names = asked.names
        let all = names.indices.flatMap { a in names.indices[(a + 1)...].map { "\(names[a]) \(names[$0])" } }
        guard verdicts.count == all.count else {
            throw Trouble(description: "git answered \(verdicts.count) of \(all.count) pairs")
        }
        conflicts = verdicts.count { $0 }
        differ = zip(all, verdicts).count { said.contains($0) != $1 }
    }

    /// The answers one by one: status, tree, entries, an empty field; where it is a conflict messages, an empty field.
    static func answers(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var answers: [ArraySlice<UInt8>] = []
        var start = 0
        var at = 0
        func next() -> ArraySlice<UInt8>? {
            guard let end = bytes[at...].firstIndex(of: 0) else { return nil }
            defer { at = end + 1 }
            return bytes[at..<end]
        }
        while let status = next() {
            while let field = next(), !field.isEmpty {}
            if status.first == UInt8(ascii: "0") {
                while let field = next(), let count = Int(String(decoding: field, as: UTF8.self)) {
                    for _ in 0..<(count + 2) { _ = next() }
                }
            }
            answers.append(bytes[start..<at])
            start = at
        }
        return answers
    }
}
