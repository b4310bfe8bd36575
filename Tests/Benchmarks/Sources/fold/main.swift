// Measures the many-way merge, and what its budget of steps is worth in time.
import Foundation
import HybridGit
import HybridMerging

// usage: fold REPOSITORY [BRANCH-PREFIX] [--no-merge] [--no-git]
//
// Folds all branches with the prefix ("w") into main, five times, each time as a new process would: handle, engine,
// change sets, conflicts between pairs, commits, one pack on disk. Then the same by loops of git's commands, in clones
// that are removed. The branches that git's loops merge are those that the fold merged, in its order.

let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
guard let path = arguments.first else {
    print("usage: fold REPOSITORY [BRANCH-PREFIX] [--no-merge] [--no-git]")
    exit(64)
}
let prefix = arguments.dropFirst().first ?? "w"
let me = Signature(name: "B", email: "b@example.com", time: 1_700_000_000, offsetMinutes: 0)

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(body) / .seconds(1)
}

@discardableResult
func git(_ arguments: [String], in directory: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
        ["git", "-c", "user.name=B", "-c", "user.email=b@example.com", "-c", "gc.auto=0"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    let out = Pipe()
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(what: arguments.joined(separator: " ")) }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
}

struct Failed: Error { var what: String }

/// Gives a copy of the repository, with a working tree where that is asked for.
func clone(bare: Bool, _ body: (String) throws -> Void) throws {
    let copy = NSTemporaryDirectory() + "/fold-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try git(["clone", "-q"] + (bare ? ["--bare"] : []) + ["--no-hardlinks", path, copy], in: ".")
    if !bare {
        try git(["fetch", "-q", path, "refs/heads/\(prefix)*:refs/heads/\(prefix)*"], in: copy)
    }
    try body(copy)
}

func names(_ repository: String) throws -> [String] {
    try git(["for-each-ref", "--format=%(refname:short)", "refs/heads/\(prefix)*"], in: repository)
        .split(separator: "\n").map(String.init)
}

func row(_ name: String, _ times: [Double], _ more: String = "") {
    let sorted = times.sorted()
    print("\(name): \(String(format: "%.1f", sorted[sorted.count / 2] * 1000)) ms\(more)")
}

/// The time that the search for the smallest cover may take, on a graph for which the budget is not enough.
func measureBudget() {
    var state: UInt64 = 7
    var conflicts: [(Int, Int)] = []
    for a in 0..<200 {
        for b in a + 1..<200 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if state >> 33 % 100 < 6 { conflicts.append((a, b)) }
        }
    }
    var isSmallest = true
    let time = seconds {
        isSmallest =
            ConflictCover.find(count: 200, conflicts: conflicts, needs: Array(repeating: [], count: 200))
            .isSmallest
    }
    row("the budget of the cover", [time], ", 200 branches, \(isSmallest ? "proven" : "not proven")")
}

measureBudget()
var merged: [String] = []
var tree = ""
var folded: [String: Double] = [:]
let runs = 5
for form in ["merge", "octopus"] {
    var times: [Double] = []
    var parts: [(fold: Double, save: Double, ref: Double)] = []
    for _ in 0..<runs {
        try clone(bare: true) { copy in
            let branches = try names(copy)
            times.append(
                try seconds {
                    let repository = try Repository(at: copy)
                    let engine = try MergeEngine(repository)
                    let inputs = try branches.map {
                        FoldInput(
                            id: $0, tip: try repository.resolveCommit($0), needs: [], message: "Merge \($0)",
                            author: me)
                    }
                    let commits: Fold.Commits =
                        form == "merge" ? .each : .octopus(author: me) { "Merge \($0.count) branches" }
                    var fold: Fold?
                    var part = (fold: 0.0, save: 0.0, ref: 0.0)
                    part.fold = try seconds {
                        fold = try Fold.make(
                            target: repository.resolveCommit("main"), inputs: inputs, committer: me,
                            commits: commits, in: engine)
                    }
                    guard let fold else { throw Failed(what: "no fold") }
                    tree = try engine.tree(of: fold.tip).description
                    part.save = try seconds {
                        _ = try engine.store.save(reachableFrom: fold.tip, keptFor: "a benchmark")
                    }
                    part.ref = try seconds {
                        try repository.updateReference(
                            RefName("refs/heads/folded"), to: fold.tip, expecting: .zero, message: "fold")
                    }
                    merged = fold.merged
                    parts.append(part)
                })
        }
    }
    folded[form] = times.sorted()[runs / 2]
    row("hybrid, \(form)", times, ", \(merged.count) merged")
    row("  of it folding", parts.map(\.fold))
    row("  of it the pack", parts.map(\.save))
    row("  of it the branch", parts.map(\.ref))
}
if CommandLine.arguments.contains("--no-git") { exit(0) }

try clone(bare: true) { copy in
    var last = ""
    let time = try seconds {
        last = try git(["rev-parse", "main"], in: copy)
        for name in merged {
            let tree = try git(["merge-tree", "--write-tree", last, name], in: copy)
            last = try git(["commit-tree", "-p", last, "-p", name, "-m", "Merge \(name)", tree], in: copy)
        }
    }
    guard try git(["rev-parse", last + "^{tree}"], in: copy) == tree else {
        throw Failed(what: "trees differ")
    }
    row("git merge-tree + commit-tree", [time], ", \(ratios(time)), the same tree")
}

@MainActor func ratios(_ time: Double) -> String {
    folded.keys.sorted().map { "\(String(format: "%.1f", time / (folded[$0] ?? 1))) times hybrid's \($0)" }
        .joined(separator: ", ")
}

if !CommandLine.arguments.contains("--no-merge") {
    try clone(bare: false) { copy in
        let time = try seconds {
            for name in merged { try git(["merge", "-q", "--no-edit", "--no-ff", name], in: copy) }
        }
        guard try git(["rev-parse", "HEAD^{tree}"], in: copy) == tree else {
            throw Failed(what: "trees differ")
        }
        row("git merge", [time], ", \(ratios(time)), the same tree")
    }
}
