import Foundation

/// What was measured, for people and as JSON.
struct Report {
    var git: String
    var repetitions: Int
    var results: [Result]

    /// The slowest against git first.
    private var sorted: [Result] { results.sorted { $0.again.ratio < $1.again.ratio } }

    // MARK: Text

    /// The table, then what it says about each claim that is made elsewhere.
    func text() -> String {
        var rows = [
            "what,merges,conflicts,differ,git,hybrid,git/hybrid,range,CPU,first,cold,git MiB,hybrid MiB"
                .split(separator: ",").map(String.init)
        ]
        for result in sorted {
            let again = result.again
            rows.append([
                "\(result.group): \(result.name)", "\(result.pairs)", "\(result.conflicts)",
                "\(result.differ)", Self.time(again.gitSeconds), Self.time(again.hybridSeconds),
                Self.number(again.ratio), "\(Self.number(again.spread.0))-\(Self.number(again.spread.1))",
                Self.number(again.processorRatio), ratio(result, .first), ratio(result, .cold),
                Self.mebibytes(again.gitMemory), Self.mebibytes(again.hybridMemory),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = """
            hybrid against \(git), medians of at most \(repetitions) repetitions, slowest against git first.
            Each is a fresh process. Times and git/hybrid: repository in memory, result written before. CPU: the same of
            processor time. first: git/hybrid where the result is written for the first time. cold: with the packs out of
            memory (-: this machine cannot do that, so warm only).


            """
        for row in rows {
            let cells = row.enumerated().map { column, cell in
                let pad = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + pad : pad + cell
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        text += "\n" + claims().map { "\($0.says): \($0.measured)" }.joined(separator: "\n") + "\n"
        return text
    }

    /// What the project says of itself, and what this run measured for it.
    private func claims() -> [(says: String, measured: String)] {
        let asked = results.filter { $0.pairs > 0 }
        let merges = results.reduce(0) { $0 + $1.pairs }
        let differ = asked.reduce(0) { $0 + $1.differ }
        var claims: [(String, String)] = []
        if !asked.isEmpty {
            let slower = sorted.filter { $0.pairs > 0 && $0.again.ratio < 1 }
            claims = [
                ("The same answers as git's, byte for byte", "\(differ) of \(merges) differ"),
                (
                    "Never slower than git",
                    slower.isEmpty
                        ? "in none of \(asked.count) cases"
                        : "slower in \(slower.count) of \(asked.count): "
                            + slower.map { "\($0.name) (\(Self.number($0.again.ratio)))" }
                            .joined(separator: "; ")
                ),
            ]
        }
        for result in results
        where result.name.hasPrefix("who conflicts with whom, 50 workers, 20 edits each") {
            claims.append(
                (
                    "Who of 50 workers conflicts, 12 times as fast as git",
                    "\(Self.number(result.again.ratio)) times (\(result.name))"
                ))
        }
        for result in results where result.name.contains("30 files, one edited on both sides") {
            claims.append(
                (
                    "One small merge, a process of its own, in at most 2.2 times git's time",
                    "\(Self.number(1 / max(result.again.ratio, 1e-9))) times"
                ))
        }
        for result in results where result.group == "guard" || result.group == "check" {
            let (other, more) = (
                result.group == "guard" ? "git diff --cached" : "git ls-tree -r",
                (result.again.hybridSeconds - result.again.gitSeconds) * 1000
            )
            claims.append(
                (
                    "\(result.group): \(result.name)",
                    String(format: "%+.1f ms beside \(other)", more)
                        + (result.differ > 0 ? ", and another answer than the right one" : "")
                ))
        }
        for result in results where result.group == "replay" {
            let memory = Self.mebibytes(result.again.hybridMemory)
            claims.append(("A replay in less than 400 MiB of memory", "\(memory) MiB (\(result.name))"))
            if result.name.contains("topic") {
                claims.append(
                    ("Topic branches three times as fast as git", "\(Self.number(result.again.ratio)) times"))
            }
        }
        return claims
    }

    private func ratio(_ result: Result, _ setting: Setting) -> String {
        result.figures[setting].map { Self.number($0.ratio) } ?? "-"
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 10 ? String(format: "%.1f ms", seconds * 1000) : String(format: "%.2f s", seconds)
    }
    private static func number(_ value: Double) -> String {
        String(format: value < 100 ? "%.2f" : "%.0f", value)
    }
    private static func mebibytes(_ memory: Memory) -> String {
        (memory.isBelowFloor ? "<" : "") + "\(memory.bytes >> 20)"
    }

    // MARK: JSON

    /// Everything, in seconds and bytes.
    func json() throws -> String {
        let cases = sorted.map { result -> [String: Any] in
            var fields: [String: Any] = [
                "group": result.group, "name": result.name, "merges": result.pairs,
                "conflicts": result.conflicts, "differ": result.differ,
            ]
            for (setting, figures) in result.figures { fields[setting.rawValue] = Self.fields(figures) }
            return fields
        }
        let all: [String: Any] = [
            "schema": 1, "git": git, "cases": cases,
            "claims": claims().map { ["says": $0.says, "measured": $0.measured] },
        ]
        let data = try JSONSerialization.data(
            withJSONObject: all, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    private static func fields(_ figures: Figures) -> [String: Any] {
        func costs(_ all: [Cost]) -> [[String: Any]] {
            all.map { ["seconds": $0.seconds, "processor": $0.processor, "memory": $0.memory.bytes] }
        }
        return ["ratio": figures.ratio, "git": costs(figures.git), "hybrid": costs(figures.hybrid)]
    }
}
