import Foundation
import TestSupport
import Testing

/// Files among the refs whose names git does not allow: named, with a way out, and in nobody's way.
@Suite struct MisnamedRefTests {
    private static let names = ["a..b", "with space", "ctl\u{1}x", ".hidden", "ends.", "a~1", "tab\tbed"]

    @Test func aRunGoesOnAndSaysSo() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let lost = try bench.shell("git commit-tree -m Lost HEAD^{tree}")
        for name in Self.names {
            try bench.sandbox.write(lost + "\n", to: "repo/.git/refs/heads/" + name)
        }
        try bench.shell("mkdir .git/refs/hybrid; echo \(lost) > .git/refs/hybrid/x..y; : > .git/refs/tags/.t")
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo new > a.txt")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "new\n")
        let folder = bench.repo + "/.git/refs/heads/"
        for shown in ["a..b", "with space", "ctl\\u{01}x", ".hidden", "ends.", "a~1"] {
            #expect(
                ran.out.contains(folder + shown + ": git allows no ref of this name"), "\(shown) \(ran.out)")
        }
        let raw = Set(ran.out.utf8).union(ran.err.utf8)
        #expect(!raw.contains(1))
        for command in ["status", "report", "clean"] { #expect(try bench.hybrid(command).code == 0) }
        let conflicts = try bench.hybrid("conflicts", "main", "main~0")
        #expect(conflicts.code == 0, "\(conflicts.err)")
    }

    @Test func theDoctorFindsThemAndItsRemedyWorks() throws {
        let bench = try Bench(["a.txt": "a\n"])
        let lost = try bench.shell("git commit-tree -m Lost HEAD^{tree}")
        for name in Self.names {
            try bench.sandbox.write(lost + "\n", to: "repo/.git/refs/heads/" + name)
        }
        let found = try #require(
            Bench.object(bench.hybrid("doctor", "--json"))["findings"] as? [[String: Any]])
        #expect(found.count == Self.names.count, "\(found)")
        for finding in found {
            try bench.shell(try #require(finding["remedy"] as? String))
        }
        #expect(try bench.refs("refs/heads/").values.contains(lost))
        let rest = try FileManager.default.contentsOfDirectory(atPath: bench.repo + "/.git/refs/heads")
        #expect(rest.sorted() == ["main", "misnamed-\(lost.prefix(10))"])
        #expect(try bench.hybrid("doctor").code == 0)
    }
}
