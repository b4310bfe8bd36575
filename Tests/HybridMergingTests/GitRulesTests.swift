import Foundation
import HistoryGenerator
import HybridMerging
import TestSupport
import Testing

/// In which merges a newer git answers otherwise, and that nothing else changes with its version.
@Suite struct GitRulesTests {
    @Test(
        "versions as git names them",
        arguments: [
            ("git version 2.39.5", []), ("2.38", []), ("2.43.1", []),
            ("git version 2.43.2 (Apple Git-146)", [.lastLineCounts]), ("2.44.0", [.lastLineCounts]),
            ("2.45", [.lastLineCounts, .adviceApart]),
            ("2.46.0.windows.1", [.lastLineCounts, .adviceApart]),
            ("2.50.0.rc1", [.lastLineCounts, .adviceApart, .renamesCanBeOff]),
            ("2.51.0", [.lastLineCounts, .adviceApart, .renamesCanBeOff]),
            ("2.51.1", [.lastLineCounts, .adviceApart, .renamesCanBeOff, .renameSourcesStay]),
            (
                "2.53.0",
                [
                    .lastLineCounts, .adviceApart, .renamesCanBeOff, .renameSourcesStay,
                    .replacedFoldersSettle,
                ]
            ),
            ("git version 2.55.GIT", .newest), ("3.0", .newest), ("10.1", .newest),
        ] as [(String, GitRules)])
    func versions(_ text: String, _ rules: GitRules) { #expect(GitRules(version: text) == rules) }

    @Test(
        "no version of a git that merges without a working tree",
        arguments: ["", "git", "2", "2.37.9", "1.8", "x.y"])
    func noVersions(_ text: String) { #expect(GitRules(version: text) == nil) }

    /// Each case is one in which exactly this rule decides.
    @Test(
        arguments: [
            ("a-last-line-makes-a-rename", .lastLineCounts), ("submodule-conflict", .adviceApart),
            ("folder-rename-onto-a-renamed-file", .renameSourcesStay),
            ("folder-rename-back-to-its-own-place", .renameSourcesStay),
            ("slid-lines-are-compared-again", .slidGroupsCompared),
        ] as [(String, GitRules)])
    func aRuleDecides(_ name: String, _ rule: GitRules) throws {
        let text = try String(contentsOfFile: "\(HistoryTests.folder)/rule-\(name).history", encoding: .utf8)
        #expect(try deciding(text) == rule)
    }

    @Test func renamesThatAreOffAreNotFound() throws {
        for key in ["merge.renames", "diff.renames"] {
            let text = """
                config \(key) false
                commit base
                    write a/b "x\\n"
                commit ours base
                    move a/b b
                commit theirs base
                    write a/b ""
                """
            #expect(try deciding(text) == .renamesCanBeOff)
        }
    }

    /// The rules without which the newest answer is another, in either direction.
    private func deciding(_ text: String) throws -> GitRules {
        let trial = try Trial(text)
        func answer(_ rules: GitRules) throws -> [[UInt8]] {
            let format = MergeAnswer.Format(withVerdict: true, isTerminated: true)
            return try [("ours", "theirs"), ("theirs", "ours")].map { ours, theirs in
                format.bytes(try trial.merge(ours, theirs) { $0.rules = rules })
            }
        }
        let newest = try answer(.newest)
        var found: GitRules = []
        for bit in 0..<UInt8(8) {
            let rule = GitRules(rawValue: 1 << bit)
            if try answer(.newest.subtracting(rule)) != newest { found.insert(rule) }
        }
        return found
    }
}
