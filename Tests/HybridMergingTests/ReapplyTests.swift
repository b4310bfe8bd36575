import Foundation
import HybridGit
import HybridMerging
import TestSupport
import Testing

/// A change made once more on another tree; git's cherry-pick is the oracle.
@Suite struct ReapplyTests {
    /// What a commit does, and what stands where it is made again; both begin with the lines 1 to 9 in `f`.
    static let cases = [
        ("sed -i s/2/two/ f", "sed -i s/8/eight/ f"), ("sed -i s/2/two/ f", "sed -i s/2/two/ f"),
        ("sed -i s/2/two/ f", "sed -i s/2/zwei/ f"), ("echo a > a", "echo a > a; echo b > b"),
        ("echo a > a", "echo b > a"), ("rm f", "true"), ("rm f", "rm f"), ("rm f", "sed -i s/2/two/ f"),
        ("git mv f g", "sed -i s/2/two/ f"), ("mkdir d; echo x > d/x", "echo d > d"),
        ("chmod +x f", "sed -i s/2/two/ f"),
    ]

    @Test(arguments: cases.indices) func asCherryPickDoes(number: Int) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["f": (1...9).map { "\($0)\n" }.joined()])
        func commit(_ deed: String, on start: String) throws -> String {
            let line =
                "git checkout -q --detach \(start); \(deed); git add -A; git commit -q --allow-empty -m x"
            let done = try sandbox.run("sh", "-c", line, in: "repo")
            try #require(done.code == 0, "\(done.err)")
            return try sandbox.git("rev-parse", "HEAD")
        }
        let base = try sandbox.git("rev-parse", "HEAD")
        let change = try commit(Self.cases[number].0, on: base)
        let place = try commit(Self.cases[number].1, on: base)
        let picked = try sandbox.run(
            "git", "cherry-pick", "--allow-empty", "--keep-redundant-commits", change, in: "repo")
        let expected = picked.code == 0 ? try sandbox.git("rev-parse", "HEAD^{tree}") : nil
        let engine = try MergeEngine(Repository(at: sandbox.root + "/repo"))
        func tree(_ commit: String) throws -> ObjectID {
            try engine.tree(of: try #require(ObjectID(hex: commit)))
        }
        let made = try engine.reapply((from: tree(base), to: tree(change)), on: tree(place))
        #expect(made?.description == expected)
    }
}
