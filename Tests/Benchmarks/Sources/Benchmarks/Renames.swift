/// Merges in which one side renames thousands of files and the other edits them.
struct Renames {
    let workshop: Workshop
    /// How many files are renamed.
    let count: Int

    /// One file of the renaming side.
    private struct Move {
        var path: String
        var isEdited = false
    }

    func cases() throws -> [Case] {
        let few = max(1, count / 5)
        return [
            try make("\(count) renames, exact", count) {
                Move(path: "new/\($0 % 50)/n\($0 &* 7919 % 99_991).txt")
            },
            try make("\(count) renames with small edits, same names", count) {
                Move(path: "new/\($0 % 50)/f\($0).txt", isEdited: true)
            },
            try make("\(few) renames with small edits, other names", few) {
                Move(path: "new/\($0 % 50)/n\($0 &* 7919 % 99_991).txt", isEdited: true)
            },
            try make("\(count) files in 100 renamed folders, files added there", count, added: 300) {
                Move(path: "moved/\($0 % 100)/f\($0).txt")
            },
        ]
    }

    private static func content(_ file: Int, ours: Bool = false, theirs: Bool = false) -> [UInt8] {
        var lines = SingleMerges.lines(file, 40)
        if ours { lines[2] = "edited and renamed \(file)" }
        if theirs { lines[35] = "edited \(file)" }
        return SingleMerges.joined(lines)
    }

    private func make(
        _ name: String, _ count: Int, added: Int = 0, _ move: (Int) -> Move
    ) throws -> Case {
        func old(_ file: Int) -> String { "old/\(file % 100)/f\(file).txt" }
        let repository = try workshop.repository("renames") { stream in
            let base = try stream.commit("main")
            for file in 0..<count { try stream.file(old(file), Self.content(file)) }
            for file in 0..<200 { try stream.file("still/f\(file).txt", Self.content(count + file)) }
            _ = try stream.commit("ours", from: [base])
            for file in 0..<count {
                let move = move(file)
                if move.isEdited {
                    try stream.delete(old(file))
                    try stream.file(move.path, Self.content(file, ours: true))
                } else {
                    try stream.rename(old(file), to: move.path)
                }
            }
            _ = try stream.commit("theirs", from: [base])
            for file in 0..<count { try stream.file(old(file), Self.content(file, theirs: true)) }
            for file in 0..<added {
                try stream.file("old/\(file % 100)/added\(file).txt", Self.content(count + 1000 + file))
            }
        }
        let ids = try workshop.git(["rev-parse", "ours", "theirs"], in: repository).split(separator: "\n")
        return Case(
            group: "renames", name: name, repository: repository, pairs: [ids.joined(separator: " ")])
    }
}
