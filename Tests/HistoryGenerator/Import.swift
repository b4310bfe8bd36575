import Foundation

/// Writes histories into a repository through one `git fast-import`.
struct Import {
    private var stream: [UInt8] = []
    private var blobs: [[UInt8]: Int] = [:]
    private var marks = 0
    private var branches: Set<String> = []
    /// Marks of the commits, by history and name.
    private var commits: [[String: Int]] = []

    /// Writes the histories and gives each one's commits' ids by name.
    static func write(_ histories: [History], to bench: Bench) throws -> [[String: String]] {
        var writer = Import()
        for history in histories { writer.add(history) }
        let done = try bench.run(
            [
                "git", "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force",
                "--export-marks=\(bench.folder)/marks",
            ], input: writer.stream)
        guard !done.failed else {
            throw HistorySyntaxError(line: 0, fault: "git fast-import: \(done.complaint)")
        }
        var ids: [Int: String] = [:]
        let marks = try String(contentsOfFile: bench.folder + "/marks", encoding: .utf8)
        for line in marks.split(separator: "\n") {
            let parts = line.dropFirst().split(separator: " ")
            if parts.count == 2, let mark = Int(parts[0]) { ids[mark] = String(parts[1]) }
        }
        return writer.commits.map { $0.compactMapValues { ids[$0] } }
    }

    private mutating func say(_ text: String) { stream += text.utf8 }

    private mutating func data(_ bytes: [UInt8]) {
        say("data \(bytes.count)\n")
        stream += bytes
        say("\n")
    }

    private mutating func blob(_ bytes: [UInt8]) -> Int {
        if let known = blobs[bytes] { return known }
        marks += 1
        blobs[bytes] = marks
        say("blob\nmark :\(marks)\n")
        data(bytes)
        return marks
    }

    private mutating func add(_ history: History) {
        let snapshots = history.snapshots()
        var marksByName: [String: Int] = [:]
        for (index, commit) in history.commits.enumerated() {
            let snapshot = snapshots[commit.name] ?? Snapshot()
            let entries = snapshot.paths.compactMap { path -> (Path, String)? in
                switch snapshot[path] {
                case .file(let content, let isExecutable)?:
                    (path, "\(isExecutable ? "100755" : "100644") :\(blob(content))")
                case .link(let target)?: (path, "120000 :\(blob(target))")
                case .gitlink(let id)?: (path, "160000 \(id)")
                case nil: nil
                }
            }
            marks += 1
            marksByName[commit.name] = marks
            let who = "A <a@example.com> \(1_000_000_000 + (commit.date ?? index)) +0000\n"
            // Without the reset a first commit would follow the one before it.
            say("reset refs/scratch\n\ncommit refs/scratch\nmark :\(marks)\nauthor \(who)committer \(who)")
            data(Array(commit.name.utf8))
            for (place, parent) in commit.parents.enumerated() {
                if let mark = marksByName[parent] { say("\(place == 0 ? "from" : "merge") :\(mark)\n") }
            }
            say("deleteall\n")
            for (path, entry) in entries {
                say("M \(entry) ")
                stream += Spelling.quoted(path.bytes).utf8
                say("\n")
            }
            say("\n")
        }
        for merge in history.merges where !merge.byID {
            for name in [merge.ours, merge.theirs] where branches.insert(name).inserted {
                if let mark = marksByName[name] { say("reset refs/heads/\(name)\nfrom :\(mark)\n\n") }
            }
        }
        commits.append(marksByName)
    }
}
