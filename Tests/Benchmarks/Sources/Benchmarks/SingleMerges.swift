/// One merge, a process of its own: what a person waits for.
struct SingleMerges {
    let workshop: Workshop

    /// A file's lines, changed in some places on each side.
    private struct Text {
        var base: [String]
        var ours: [String]
        var theirs: [String]
        var end = "\n"
    }

    func cases() throws -> [Case] {
        var all = [try few()]
        all.append(try text("100,000 lines, 500 edits on each side", Self.scattered(100_000, edits: 500)))
        all.append(try text("100,000 lines, 500 conflicts", Self.colliding(100_000, edits: 500)))
        all.append(try text("100,000 equal lines, lines added", Self.equal(100_000, kinds: 1)))
        all.append(try text("100,000 lines of 5 kinds, 200 edits", Self.equal(100_000, kinds: 5)))
        var windows = Self.scattered(20_000, edits: 200)
        windows.end = "\r\n"
        all.append(try text("20,000 lines with CRLF, 200 edits", windows))
        all.append(try conflicts(1_000))
        return all
    }

    private func few() throws -> Case {
        try make("30 files, one edited on both sides") { stream in
            let base = try stream.commit("main")
            for file in 0..<30 { try stream.file("src/file\(file).txt", Self.joined(Self.lines(file, 40))) }
            for (side, line) in [("ours", 3), ("theirs", 30)] {
                _ = try stream.commit(side, from: [base])
                var lines = Self.lines(7, 40)
                lines[line] = side
                try stream.file("src/file7.txt", Self.joined(lines))
            }
        }
    }

    private func conflicts(_ count: Int) throws -> Case {
        try make("\(count) files that all conflict") { stream in
            let base = try stream.commit("main")
            for file in 0..<count {
                try stream.file("src/d\(file % 20)/f\(file).txt", Self.joined(Self.lines(file, 60)))
            }
            for side in ["ours", "theirs"] {
                _ = try stream.commit(side, from: [base])
                for file in 0..<count {
                    var lines = Self.lines(file, 60)
                    for line in [5, 30, 50] { lines[line] = "\(side) \(line)" }
                    try stream.file("src/d\(file % 20)/f\(file).txt", Self.joined(lines))
                }
            }
        }
    }

    private func text(_ name: String, _ text: Text) throws -> Case {
        try make(name) { stream in
            let base = try stream.commit("main")
            try stream.file("text", Self.joined(text.base, text.end))
            for (side, lines) in [("ours", text.ours), ("theirs", text.theirs)] {
                _ = try stream.commit(side, from: [base])
                try stream.file("text", Self.joined(lines, text.end))
            }
        }
    }

    private func make(_ name: String, _ write: (inout ImportStream) throws -> Void) throws -> Case {
        let repository = try workshop.repository("single", write)
        let ids = try workshop.git(["rev-parse", "ours", "theirs"], in: repository).split(separator: "\n")
        return Case(
            group: "single", name: name, repository: repository, pairs: [ids.joined(separator: " ")])
    }

    // MARK: Texts

    static func lines(_ seed: Int, _ count: Int) -> [String] {
        (0..<count).map { "line \($0) of \(seed): \($0 &* 7919 &+ seed &* 104_729)" }
    }

    static func joined(_ lines: [String], _ end: String = "\n") -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            bytes += line.utf8
            bytes += end.utf8
        }
        return bytes
    }

    /// Edits of both sides everywhere, never within ten lines of each other.
    private static func scattered(_ count: Int, edits: Int) -> Text {
        let base = lines(1, count)
        var text = Text(base: base, ours: base, theirs: base)
        let step = count / edits
        for edit in 0..<edits {
            text.ours[edit * step + 3] = "ours \(edit)"
            text.theirs[edit * step + step / 2 + 3] = "theirs \(edit)"
        }
        return text
    }

    private static func colliding(_ count: Int, edits: Int) -> Text {
        var text = scattered(count, edits: edits)
        for edit in 0..<edits { text.theirs[edit * (count / edits) + 3] = "theirs too \(edit)" }
        return text
    }

    /// Lines that stand everywhere, so that nothing tells where one belongs; both sides add and change some.
    private static func equal(_ count: Int, kinds: Int) -> Text {
        var random = Seeded(5)
        let base = (0..<count).map { _ in "same \(Int.random(in: 0..<kinds, using: &random))" }
        var text = Text(base: base, ours: base, theirs: base)
        if kinds == 1 {
            text.ours.insert("ours", at: count / 4)
            text.ours.insert(contentsOf: base.prefix(100), at: count / 3)
            text.theirs.insert("theirs", at: count / 4 * 3)
            return text
        }
        for edit in 0..<200 {
            text.ours[edit * (count / 200) + 7] = "ours \(edit)"
            text.theirs[edit * (count / 200) + count / 400 + 7] = "theirs \(edit)"
        }
        return text
    }
}
