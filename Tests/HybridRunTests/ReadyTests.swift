import Foundation
import HybridBase
import HybridGit
import HybridPlan
import HybridSystem
import TestSupport
import Testing

@testable import HybridRun

@Suite struct ReadyTests {
    @Test(arguments: [
        ("package.json", true), ("sub/package-lock.json", true), ("requirements-dev.txt", true),
        (".husky/pre-commit", true), ("tools/setup.sh", true),
        ("gradle/wrapper/gradle-wrapper.properties", true),
        ("src/main.py", false), ("README.md", false), ("requirements.md", false), ("setup.md", false),
    ])
    func `files that decide what a set-up does are told from others`(_ path: String, _ decides: Bool) {
        #expect(SetUpInputs.decides(path, in: "npm ci\nsh tools/setup.sh") == decides)
    }

    @Test func `a file of patterns is read as gitignore's lines are`() {
        let text = "\u{FEFF}# needed\r\n.env\r\n\n  \n!.env.test\n../out\nconf/*.key\n"
        #expect(
            BroughtFiles.included(Array(text.utf8)).map(\.pattern) == [".env", "!.env.test", "conf/*.key"])
        #expect(BroughtFiles.included(nil).isEmpty)
    }

    @Test func `patterns say how a path comes, and what takes away counts for all`() throws {
        let patterns = BroughtPatterns([
            BroughtFiles(".env*"), BroughtFiles("!.env.test"), BroughtFiles("/cache/", way: .link),
            BroughtFiles("conf/*.key", way: .clone),
        ])
        let cases: [(String, Bool, BroughtFiles.Way?)] = [
            (".env", false, .copy), ("sub/.env.local", false, .copy), (".env.test", false, nil),
            ("cache", true, .link), ("cache", false, nil), ("sub/cache", true, nil),
            ("conf/a.key", false, .clone),
            ("conf/sub/a.key", false, nil),
        ]
        for (path, isFolder, way) in cases {
            #expect(try patterns.way(path, isFolder: isFolder) == way, "\(path)")
        }
        #expect(patterns.leadsInto("conf") && !patterns.leadsInto("node_modules"))
        #expect(BroughtPatterns([BroughtFiles("**/x/y")]).leadsInto("node_modules"))
    }

    @Test func `settings that mean nothing are refused with a line that mends them`() {
        let cases = [
            ("hybrid.setup", " ", "--unset hybrid.setup"),
            ("hybrid.setuptimeout", "soon", "hybrid.setupTimeout"),
            ("hybrid.setuptimeout", "0 minutes", "hybrid.setupTimeout"),
            ("hybrid.postcheckout", "perhaps", "hybrid.postCheckout false"),
        ]
        for (key, value, next) in cases {
            let found = RunSettings([key: value]).refusals()
            #expect(found.count == 1 && found[0].next?.contains(next) == true, "\(key) \(found)")
        }
        #expect(RunSettings(["hybrid.setup": "npm ci", "hybrid.postcheckout": "no"]).refusals().isEmpty)
    }

    @Test func `times of any year are read as they were written`() throws {
        for time in [(-3_155_673_600, 0), (-1, 999_999_999), (0, 0), (10_413_792_000, 1)] {
            let time = FileTime(seconds: time.0, nanoseconds: time.1)
            #expect(FileTime(time.description) == time)
        }
        // As one number of nanoseconds, which is how they were written first.
        #expect(FileTime("-1") == FileTime(seconds: -1, nanoseconds: 999_999_999))
        #expect(FileTime("1500000000") == FileTime(seconds: 1, nanoseconds: 500_000_000))
        for bad in ["", ".", "1.", "1.1000000000", "1.-1", "1.2.3", "x"] { #expect(FileTime(bad) == nil) }
    }

    /// Taken for none, all that came would be the worker's work.
    @Test func `a sealed list that is none stops the run`() throws {
        struct Other: Codable { var list: Data }
        let bench = try StageBench([(name: "alpha", claims: "a/")])
        let (run, _, _) = try bench.run([
            "do alpha": [.writes(["a/file": "a\n"])], "check all": [.passes],
        ])
        let store = try bench.context(StandIn([:])).runs
        let place = RunPlace.job("alpha")
        #expect(try store.broughtList(.brought(place), of: run) == nil)
        for bytes in ["", "/mine", "/mine\u{0}0\u{0}.env\u{0}1 2 3"] {
            try store.keep(Other(list: Data(bytes.utf8)), as: .brought(place), of: run)
            let error = #expect(throws: HybridError.self) {
                try store.broughtList(.brought(place), of: run)
            }
            #expect(error?.code == .sealBroken)
        }
        try store.keep(BroughtList(folder: "/mine"), as: .brought(place), of: run)
        #expect(try store.broughtList(.brought(place), of: run)?.folder == "/mine")
    }

    @Test func `a list of what was brought tells what was changed`() throws {
        let sandbox = try Sandbox()
        let (mine, tree) = (sandbox.root + "/mine", sandbox.root + "/tree")
        for name in ["same", "touched", "changed", "grown", "gone"] {
            try sandbox.write("text\n", to: "mine/\(name)")
            try sandbox.write("text\n", to: "tree/\(name)")
        }
        var list = BroughtList(folder: mine)
        for name in ["same", "touched", "changed", "grown", "gone"] {
            list.note(name, source: try #require(PathFacts.of(mine + "/" + name)), worktree: tree)
        }
        list.roots = ["same"]
        let read = try #require(BroughtList(list.bytes))
        #expect(read.bytes == list.bytes && read.roots == ["same"] && read.entries.count == 5)
        try sandbox.write("text\n", to: "tree/touched")
        try sandbox.write("TEXT\n", to: "tree/changed")
        try sandbox.write("text\nmore\n", to: "tree/grown")
        try FileManager.default.removeItem(atPath: tree + "/gone")
        let cases = [
            "same": true, "touched": true, "changed": false, "grown": false, "gone": false, "other": false,
        ]
        for (name, same) in cases { #expect(read.isUnchanged(name, in: tree) == same, "\(name)") }
        #expect(read.holds("grown", id: try ObjectID(ofBlob: Array("text\n".utf8)), in: tree))
        #expect(!read.holds("grown", id: try ObjectID(ofBlob: Array("text\nmore\n".utf8)), in: tree))
        for broken in ["", "/mine", "/mine\u{0}3\u{0}a", "/mine\u{0}0\u{0}a\u{0}x\u{0}y"] {
            #expect(BroughtList(Array(broken.utf8))?.entries.isEmpty != false)
        }
    }
}
