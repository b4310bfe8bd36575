import Testing

@testable import HybridMerging

/// Texts whose merge shows one rule, with what comes out.
@Suite struct TextMergeTests {
    /// Without newlines at the ends of the strings, so that they stay readable: `/` stands for one.
    struct Example: CustomTestStringConvertible, Sendable {
        var name: String
        var base: String
        var ours: String
        var theirs: String
        var merged: String
        var testDescription: String { name }
        var files: ThreeWay<[UInt8]> { ThreeWay(base: bytes(base), ours: bytes(ours), theirs: bytes(theirs)) }
    }

    static let examples: [Example] = [
        Example(name: "all empty", base: "", ours: "", theirs: "", merged: ""),
        Example(name: "only ours changed", base: "a/", ours: "b/", theirs: "a/", merged: "b/"),
        Example(name: "only theirs changed", base: "a/", ours: "a/", theirs: "b", merged: "b"),
        Example(name: "the same change", base: "a/b/", ours: "a/c/", theirs: "a/c/", merged: "a/c/"),
        Example(
            name: "changes apart", base: "a/b/c/", ours: "x/b/c/", theirs: "a/b/y/", merged: "x/b/y/"),
        Example(
            name: "changes that touch", base: "a/b/", ours: "x/b/", theirs: "a/y/",
            merged: "</x/b/=/a/y/>/"),
        Example(
            name: "both from nothing", base: "", ours: "a/", theirs: "b/", merged: "</a/=/b/>/"),
        Example(
            name: "edit against deletion", base: "a/b/c/", ours: "a/x/c/", theirs: "a/c/",
            merged: "a/</x/=/>/c/"),
        Example(
            name: "common lines at the ends leave the conflict", base: "a/", ours: "1/2/3/4/5/",
            theirs: "1/2/x/4/5/", merged: "1/2/</3/=/x/>/4/5/"),
        Example(
            name: "three lines between two conflicts join them", base: "a/", ours: "1/b/c/d/2/",
            theirs: "3/b/c/d/4/", merged: "</1/b/c/d/2/=/3/b/c/d/4/>/"),
        Example(
            name: "four lines keep them apart", base: "a/", ours: "1/b/c/d/e/2/",
            theirs: "3/b/c/d/e/4/", merged: "</1/=/3/>/b/c/d/e/</2/=/4/>/"),
        Example(
            name: "an unterminated line is another line", base: "a", ours: "a/", theirs: "a/b",
            merged: "a/</=/b/>/"),
        Example(
            name: "a conflict terminates lines", base: "a", ours: "b", theirs: "c", merged: "</b/=/c/>/"),
        Example(
            name: "CR LF on all sides", base: "a\r/", ours: "b\r/", theirs: "c\r/",
            merged: "<\r/b\r/=\r/c\r/>\r/"),
        Example(
            name: "one LF is enough against CR", base: "a\r/", ours: "b\r/", theirs: "c/",
            merged: "</b\r/=/c/>/"),
        Example(
            name: "CR LF from the line above", base: "a\r/b\r/", ours: "a\r/c", theirs: "a\r/d",
            merged: "a\r/<\r/c\r/=\r/d\r/>\r/"),
        Example(
            name: "a base without line ends is LF", base: "b", ours: "c", theirs: "d\r/",
            merged: "</c/=/d\r/>/"),
        Example(
            name: "groups slide down", base: "a/b/", ours: "a/b/b/", theirs: "a/b/c/",
            merged: "a/b/</b/=/c/>/"),
    ]

    @Test("examples", arguments: examples)
    func merges(_ example: Example) {
        let options = TextMerge.Options(markerSize: 1)
        let merge = TextMerge.merge(example.files, options)
        #expect(merge.bytes == bytes(example.merged))
        #expect(merge.isClean == !example.merged.contains(">"))
    }

    @Test("git agrees with the examples")
    func gitAgrees() throws {
        let oracle = try TextOracle(Self.examples.map(\.files))
        for style in TextMerge.ConflictStyle.allCases {
            for (example, answer) in zip(Self.examples, try oracle.answers(style)) {
                let merge = TextMerge.merge(example.files, oracle.options(style))
                #expect(merge.bytes == answer.bytes, "\(example.name), \(style)")
                #expect(merge.isClean == answer.isClean, "\(example.name), \(style)")
            }
        }
        let union = try oracle.answers(.merge, attributes: "merge=union")
        for (example, answer) in zip(Self.examples, union) {
            let merge = TextMerge.merge(example.files, oracle.options(.merge, favor: .union))
            #expect(merge.bytes == answer.bytes, "\(example.name), union")
            #expect(answer.isClean && merge.isClean)
        }
    }

    @Test(
        "styles, sides and markers",
        arguments: [
            (TextMerge.Options(), "1/<<<<<<</2/=======/3/>>>>>>>/"),
            (TextMerge.Options(style: .diff3, markerSize: 2), "<</1/2/||/a/==/1/3/>>/"),
            (TextMerge.Options(style: .zdiff3, markerSize: 2), "1/<</2/||/a/==/3/>>/"),
            (TextMerge.Options(markerSize: 0), "1/<<<<<<</2/=======/3/>>>>>>>/"),
            (TextMerge.Options(favor: .ours), "1/2/"),
            (TextMerge.Options(favor: .theirs), "1/3/"),
            (TextMerge.Options(favor: .union), "1/2/3/"),
            (TextMerge.Options(style: .diff3, favor: .union), "1/2/1/3/"),
            (
                TextMerge.Options(
                    style: .zdiff3, markerSize: 1, labels: ThreeWay(base: [66], ours: [], theirs: nil)),
                "1/< /2/| B/a/=/3/>/"
            ),
        ])
    func writes(_ options: TextMerge.Options, _ expected: String) {
        let files = ThreeWay(base: bytes("a/"), ours: bytes("1/2/"), theirs: bytes("1/3/"))
        let merge = TextMerge.merge(files, options)
        #expect(merge.bytes == bytes(expected))
        #expect(merge.conflicts.count == (options.favor == .none ? 1 : 0))
    }

    @Test("hunks say which lines conflict")
    func hunks() {
        let files = ThreeWay(
            base: bytes("1/2/3/4/5/6/7/"), ours: bytes("0/1/2/x/4/5/6/7/"), theirs: bytes("1/2/y/z/4/5/7/"))
        let merge = TextMerge.merge(files)
        #expect(merge.conflicts == [ThreeWay(base: 2..<3, ours: 3..<4, theirs: 2..<4)])
        let shown = Conflict.hunks(merge.conflicts, in: files)
        #expect(shown.map(\.base) == [Conflict.Span(start: 3, lines: ["3"])])
        #expect(shown.map(\.ours) == [Conflict.Span(start: 4, lines: ["x"])])
        #expect(shown.map(\.theirs) == [Conflict.Span(start: 3, lines: ["y", "z"])])
    }

    @Test("parts of one conflict have its base lines in common")
    func parts() {
        let files = ThreeWay(
            base: bytes("a/"), ours: bytes("1/b/c/d/e/2\r/"), theirs: bytes("3/b/c/d/e/4"))
        let merge = TextMerge.merge(files)
        #expect(
            merge.conflicts == [
                ThreeWay(base: 0..<1, ours: 0..<1, theirs: 0..<1),
                ThreeWay(base: 0..<1, ours: 5..<6, theirs: 5..<6),
            ])
        #expect(Conflict.hunks(merge.conflicts, in: files).last?.ours.lines == ["2"])
    }

    @Test(
        "hunks lie inside the texts, one behind the other",
        arguments: RandomTexts.Shape.allCases.filter { $0 != .huge })
    func ordered(_ shape: RandomTexts.Shape) {
        var random = RandomTexts(seed: 3)
        for _ in 0..<(shape == .large ? 1 : 20) {
            let files = random.next(shape)
            let texts = LineTable(files).texts
            for style in TextMerge.ConflictStyle.allCases {
                var (ours, theirs) = (0, 0)
                for hunk in TextMerge.merge(files, TextMerge.Options(style: style)).conflicts {
                    #expect(hunk.ours.lowerBound >= ours && hunk.theirs.lowerBound >= theirs)
                    #expect(hunk.base.upperBound <= texts.base.count)
                    (ours, theirs) = (hunk.ours.upperBound, hunk.theirs.upperBound)
                }
                #expect(ours <= texts.ours.count && theirs <= texts.theirs.count)
            }
        }
    }

    @Test("texts that git refuses are merged all the same")
    func refused() throws {
        // The last 66 lines share a bucket of git's table of 128, where it takes no more than 64.
        let lines = (0..<9000).map { "line \($0)" }
        let crowd = lines.indices.filter { ($0 + $0 >> 7) & 127 == 5 }.prefix(66).map { lines[$0] }
        func text(_ parts: [String]...) -> [UInt8] { Array(parts.joined().map { $0 + "\n" }.joined().utf8) }
        let ours = text(lines, ["-", "new"], crowd.reversed())
        let files = ThreeWay(
            base: text(lines, ["-"], crowd), ours: ours, theirs: text(["first"], lines, ["-"], crowd))
        let oracle = try TextOracle([files])
        #expect(throws: OracleFailed.self) { try oracle.answers(.merge) }
        #expect(TextMerge.merge(files) == TextMerge(bytes: text(["first"]) + ours, conflicts: []))
    }

    @Test("odd sizes do no harm")
    func extremes() {
        let line = [UInt8](repeating: 120, count: 3_000_000)
        let blank = [UInt8](repeating: 10, count: 100_000)
        let texts: [[UInt8]] = [[], [0], [10], [13], [13, 10], line, line + [10], blank, blank + [120]]
        for base in texts {
            for ours in texts {
                let merge = TextMerge.merge(ThreeWay(base: base, ours: ours, theirs: [120, 10]))
                #expect(ours != base || merge.bytes == [120, 10])
            }
        }
    }
}

/// `/` stands for a line feed.
private func bytes(_ text: String) -> [UInt8] { text.utf8.map { $0 == 47 ? 10 : $0 } }
