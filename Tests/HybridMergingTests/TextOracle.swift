import Foundation
import HistoryGenerator
import HybridMerging
import TestSupport

/// What git makes of many texts at once: one bare repository, one file a case, one merge.
struct TextOracle {
    /// What git made of one case.
    struct Answer: Equatable {
        var bytes: [UInt8]
        var isClean: Bool
    }

    private let sandbox: Sandbox
    private let count: Int
    /// The label that git gives the base.
    let baseLabel: [UInt8]

    /// A repository with branches `base`, `ours` and `theirs`.
    init(_ cases: [ThreeWay<[UInt8]>]) throws {
        sandbox = try Sandbox()
        count = cases.count
        try sandbox.git("init", "-q", "--bare", "repo.git", in: "")
        var stream = Data()
        Self.commit("base", from: nil, cases.enumerated().map { ($0, $1.base) }, to: &stream)
        let ours = cases.enumerated().filter { $1.ours != $1.base }.map { ($0, $1.ours) }
        Self.commit("ours", from: "base", ours, to: &stream)
        let theirs = cases.enumerated().filter { $1.theirs != $1.base }.map { ($0, $1.theirs) }
        Self.commit("theirs", from: "base", theirs, to: &stream)
        try sandbox.git("fast-import", "--quiet", in: "repo.git", input: stream)
        baseLabel = Array(try sandbox.git("rev-parse", "--short", "base", in: "repo.git").utf8)
    }

    /// The options that write what git writes.
    func options(_ style: TextMerge.ConflictStyle, favor: TextMerge.Favor = .none, markerSize: Int = 7)
        -> TextMerge.Options
    {
        TextMerge.Options(
            style: style, markerSize: markerSize,
            labels: ThreeWay(base: baseLabel, ours: Array("ours".utf8), theirs: Array("theirs".utf8)),
            favor: favor, rules: GitRules.installed)
    }

    /// Merges all cases; `attributes` hold for all of them.
    func answers(_ style: TextMerge.ConflictStyle, attributes: String = "") throws -> [Answer] {
        try sandbox.write("* \(attributes)\n", to: "repo.git/info/attributes")
        let merged = try git([
            "-c", "merge.conflictStyle=\(style.rawValue)", "merge-tree", "--write-tree", "-z", "ours",
            "theirs",
        ])
        let parts = merged.split(separator: 0, omittingEmptySubsequences: false)
        var conflicted: Set<Int> = []
        for part in parts.dropFirst().prefix(while: { !$0.isEmpty }) {
            conflicted.insert(Self.number(part))
        }
        let tree = String(decoding: parts[0], as: UTF8.self)
        let entries = try git(["ls-tree", "-r", "-z", tree]).split(separator: 0)
        var ids = [String](repeating: "", count: count)
        for entry in entries {
            let id = entry.split(separator: 32)[2].prefix(40)
            ids[Self.number(entry)] = String(decoding: id, as: UTF8.self)
        }
        let blobs = try git(
            ["cat-file", "--batch=%(objectsize)"], input: Data(ids.joined(separator: "\n").utf8))
        var at = blobs.startIndex
        return (0..<count).map { number in
            let end = blobs[at...].firstIndex(of: 10) ?? blobs.endIndex
            let size = Int(String(decoding: blobs[at..<end], as: UTF8.self)) ?? 0
            at = end + 1 + size + 1
            return Answer(
                bytes: Array(blobs[end + 1..<end + 1 + size]), isClean: !conflicted.contains(number))
        }
    }

    /// The case that a line of git's output is about: its path ends the line.
    private static func number(_ line: Data) -> Int {
        Int(String(decoding: line.suffix(6), as: UTF8.self)) ?? -1
    }

    private static func commit(
        _ branch: String, from parent: String?, _ files: [(Int, [UInt8])], to stream: inout Data
    ) {
        stream += Data("commit refs/heads/\(branch)\n".utf8)
        stream += Data("committer T <t@example.com> 1700000000 +0000\ndata 0\n".utf8)
        if let parent { stream += Data("from refs/heads/\(parent)\n".utf8) }
        for (number, bytes) in files {
            let name = String(1_000_000 + number).dropFirst()
            stream += Data("M 100644 inline \(name.prefix(3))/\(name)\ndata \(bytes.count)\n".utf8)
            stream += bytes
            stream.append(10)
        }
        stream.append(10)
    }

    /// Runs git with files for its input and output, whatever bytes they hold.
    private func git(_ arguments: [String], input: Data = Data()) throws -> Data {
        let (given, taken) = (sandbox.root + "/given", sandbox.root + "/taken")
        try input.write(to: URL(fileURLWithPath: given))
        try Data().write(to: URL(fileURLWithPath: taken))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: sandbox.root + "/repo.git")
        process.environment = hermetic(home: sandbox.home)
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: given))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: taken))
        try process.run()
        process.waitUntilExit()
        // 1 says that there are conflicts.
        guard process.terminationStatus <= 1 else { throw OracleFailed(code: process.terminationStatus) }
        return try Data(contentsOf: URL(fileURLWithPath: taken))
    }
}

/// git could not merge at all.
struct OracleFailed: Error {
    var code: Int32
}
