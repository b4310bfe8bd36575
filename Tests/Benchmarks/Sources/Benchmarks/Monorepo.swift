import Foundation

/// A large repository with branches of many workers, and all pairs of them.
///
/// Each worker edits some files, one of them among a few that others edit too, so that some pairs meet.
struct Monorepo {
    let workshop: Workshop
    var files = 50_000
    var edits = 20
    /// The files that many workers edit.
    var hot = 40
    /// What the moving workers do beside.
    var moves = 3
    var adds = 2

    /// The merges of all pairs, and which of them conflict, for each number of workers; the repository is made once.
    func cases(workers: [Int]) throws -> [Case] {
        let (most, moving) = (workers.max() ?? 0, min(50, workers.max() ?? 0))
        let repository = try repository(workers: most, moving: moving)
        let merges =
            try workers.sorted().map { count in
                try make("\(count) workers, \(edits) edits each", repository, "w", count)
            } + [
                try make(
                    "\(moving) workers, with \(moves) renames and \(adds) new files each", repository, "m",
                    moving)
            ]
        let fresh = try loose(repository, workers: moving)
        let committing = try make(
            "\(moving) workers, their objects loose as commits leave them", fresh, "w", moving)
        // The folders that are measured in hold objects and no refs.
        let base = try workshop.git(["rev-parse", "main"], in: repository).trimmingCharacters(
            in: .whitespacesAndNewlines)
        return (merges + [committing]).flatMap { item in
            var ids = item.pairs.prefix { $0.hasPrefix(item.pairs[0].prefix(40)) }.map {
                String($0.suffix(40))
            }
            ids.insert(String(item.pairs[0].prefix(40)), at: 0)
            let count = ids.count
            var matrix = item
            matrix.name = "who conflicts with whom, \(item.name)"
            matrix.matrix = Case.Matrix(names: ids, base: base)
            var oneByOne = matrix
            oneByOne.name += ", a git process for each pair"
            oneByOne.matrix?.isOneByOne = true
            if item.repository == fresh { return [matrix] }
            // git's merges of 500 workers' pairs take minutes; those of fewer tell as much.
            if count > 100 { return [matrix] }
            return count == 2 ? [item, matrix] : [item, matrix, oneByOne]
        }
    }

    /// A copy in which only the base is packed.
    private func loose(_ repository: String, workers: Int) throws -> String {
        let copy = workshop.place("loose")
        try workshop.git(["init", "-q", "--bare", "-b", "main", copy], in: workshop.folder)
        try workshop.git(["fetch", "-q", repository, "main:main"], in: copy)
        try workshop.git(["-c", "pack.threads=1", "repack", "-adq"], in: copy)
        let refs = (0..<workers).map { "w\($0):w\($0)" }
        try workshop.git(
            ["-c", "fetch.unpackLimit=1000000", "-c", "gc.auto=0", "fetch", "-q", repository] + refs, in: copy
        )
        return copy
    }

    private func make(_ name: String, _ repository: String, _ prefix: String, _ count: Int) throws -> Case {
        let names = (0..<count).map { "\(prefix)\($0)" }
        let ids = try workshop.git(["rev-parse"] + names, in: repository).split(separator: "\n")
        let pairs = ids.indices.flatMap { a in ids.indices[(a + 1)...].map { "\(ids[a]) \(ids[$0])" } }
        return Case(group: "monorepo, \(files) files", name: name, repository: repository, pairs: pairs)
    }

    private static func path(_ file: Int, _ name: String = "file") -> String {
        "pkg\(file / 2000)/mod\(file / 50 % 40)/\(name)\(file % 50).py"
    }

    private static func content(_ file: Int, edit: (line: Int, text: String)? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in 0..<40 {
            let text = edit?.line == line ? edit?.text : nil
            bytes += "def f\(file)_\(line)(x):\n    return \(text ?? "x + \(file * line % 97)")\n".utf8
        }
        return bytes
    }

    /// Branches `w0` and on are workers that edit, `m0` and on workers that rename and add as well.
    private func repository(workers: Int, moving: Int) throws -> String {
        var random = Seeded(7)
        return try workshop.repository("monorepo") { stream in
            let base = try stream.commit("main")
            for file in 0..<files { try stream.file(Self.path(file), Self.content(file)) }
            for worker in 0..<workers {
                _ = try stream.commit("w\(worker)", from: [base])
                _ = try edit(worker, &random, &stream)
            }
            for worker in 0..<moving {
                _ = try stream.commit("m\(worker)", from: [base])
                var touched = try edit(worker, &random, &stream)
                for move in 0..<moves {
                    var file = Int.random(in: hot..<files, using: &random)
                    while !touched.insert(file).inserted {
                        file = Int.random(in: hot..<files, using: &random)
                    }
                    try stream.delete(Self.path(file))
                    try stream.file(
                        Self.path(file, "moved\(worker)_\(move)_"), Self.content(file, edit: (3, "x - 1")))
                }
                for add in 0..<adds {
                    let folder = Int.random(in: 0..<max(1, files / 2000), using: &random)
                    try stream.file(
                        "pkg\(folder)/new\(worker)_\(add).py", Self.content(files + worker * 100 + add))
                }
            }
        }
    }

    private func edit(
        _ worker: Int, _ random: inout Seeded, _ stream: inout ImportStream
    ) throws -> Set<Int> {
        var edited: Set<Int> = [Int.random(in: 0..<hot, using: &random)]
        while edited.count < edits { edited.insert(Int.random(in: hot..<files, using: &random)) }
        for file in edited.sorted() {
            let line = Int.random(in: 0..<40, using: &random)
            try stream.file(Self.path(file), Self.content(file, edit: (line, "x * \(worker)")))
        }
        return edited
    }
}
