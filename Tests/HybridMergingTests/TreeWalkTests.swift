import HistoryGenerator
import HybridGit
import Testing

@testable import HybridMerging

/// A tree object from names, sorted as git sorts; a slash behind a name makes it a folder.
private func tree(_ names: [String]) throws -> TreeObject {
    let sorted = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    var bytes: [UInt8] = []
    for name in sorted {
        let isFolder = name.hasSuffix("/")
        bytes +=
            Array((isFolder ? "40000 " : "100644 ").utf8)
            + Array(isFolder ? name.dropLast().utf8 : name[...].utf8)
        bytes += [0] + [UInt8](repeating: 1, count: 20)
    }
    return try TreeObject(parsing: bytes)
}

/// The steps of a walk: the name, and for each tree `f` for a file, `d` for a folder, `.` for nothing.
private func steps(_ trees: [[String]]) throws -> [String] {
    var walk = TreeWalk(
        ThreeWay(base: try tree(trees[0]), ours: try tree(trees[1]), theirs: try tree(trees[2])))
    var found: [String] = []
    while let step = walk.next() {
        var kinds = ""
        for stage in MergeStage.allCases {
            let entry = walk.entry(step, stage)
            #expect(step.present.contains(stage) == (entry != nil))
            #expect(step.folders.contains(stage) == (entry?.isTree == true))
            kinds += entry.map { $0.isTree ? "d" : "f" } ?? "."
        }
        found.append("\(String(decoding: walk.name(step), as: UTF8.self)) \(kinds)")
    }
    return found
}

/// The order of names: git's `traverse_trees` with its search for folders that hide.
@Suite struct TreeWalkTests {
    @Test(
        "walks in git's order",
        arguments: [
            ("nothing", [[], [], []], []),
            ("one tree alone", [["a"], [], []], ["a f.."]),
            ("the same in all", [["a", "b/"], ["a", "b/"], ["a", "b/"]], ["a fff", "b/ ddd"]),
            ("apart", [["a"], ["b"], ["c"]], ["a f..", "b .f.", "c ..f"]),
            ("a file, a folder", [["t"], ["t/"], ["t"]], ["t fdf"]),
            // By name alone `t` comes first; in a tree with `t-2` the folder stands behind it.
            ("a folder behind t-2, in one", [["t"], ["t-2", "t/"], []], ["t fd.", "t-2 .f."]),
            ("a folder behind t-2, in two", [["t"], ["t-2", "t/"], ["t-2", "t/"]], ["t fdd", "t-2 .ff"]),
            // Where no tree stands at a file t, the folder has its turn late.
            (
                "folders behind t-2, in all", [["t-2", "t/"], ["t-2", "t/"], ["t-2", "t/"]],
                ["t-2 fff", "t/ ddd"]
            ),
            ("a folder that stands first somewhere", [["t/"], ["t-2", "t/"], []], ["t/ dd.", "t-2 .f."]),
            (
                "hidden behind many", [["t"], ["t-1", "t-2", "t-3", "t/", "t0"], ["t.x", "t/"]],
                ["t fdd", "t-1 .f.", "t-2 .f.", "t-3 .f.", "t.x ..f", "t0 .f."]
            ),
            (
                "what sorts behind the slash hides nothing", [["t"], ["t0", "u"], []],
                ["t f..", "t0 .f.", "u .f."]
            ),
            // Two folders found ahead of their turn, the inner name first in the tree's order.
            (
                "two ahead of their turn", [["t", "t-"], ["t--", "t-/", "t/"], []],
                ["t fd.", "t- fd.", "t-- .f."]
            ),
            (
                "a file, and the folder of the next name", [["a", "a-"], ["a-/"], ["a/"]],
                ["a f.d", "a- fd."]
            ),
            ("bytes, not letters", [["B"], ["a"], ["\u{E9}"]], ["B f..", "a .f.", "\u{E9} ..f"]),
        ] as [(String, [[String]], [String])])
    func order(_ name: String, _ trees: [[String]], _ expected: [String]) throws {
        // In the table a slash shows which names are folders everywhere.
        let plain = expected.map { $0.replacing("/ ", with: " ") }
        #expect(try steps(trees) == plain, "\(name)")
    }

    /// Each name once, in all trees that have it, whatever the trees are.
    @Test(arguments: 0..<4)
    func everyNameIsMetOnce(batch: Int) throws {
        var random = Random(seed: 53, part: batch)
        let stems = ["a", "t", "t-", "t-2", "t.", "t--", "t0", "tt"]
        for _ in 0..<300 {
            var trees: [[String]] = []
            var expected: [String: [String]] = [:]
            for place in 0..<3 {
                var names: [String] = []
                for stem in stems where random.chance(55) {
                    let isFolder = random.chance(50)
                    names.append(isFolder ? stem + "/" : stem)
                    expected[stem, default: [".", ".", "."]][place] = isFolder ? "d" : "f"
                }
                trees.append(names)
            }
            let found = try steps(trees)
            #expect(found.sorted() == expected.map { "\($0.key) \($0.value.joined())" }.sorted(), "\(trees)")
        }
    }
}
