import Testing

@testable import HybridMerging

@Suite struct LineTableTests {
    @Test(
        "cuts lines",
        arguments: [
            ("", []), ("\n", [1]), ("a", [1]), ("a\n", [2]), ("\n\n", [1, 2]), ("ab\r\ncd", [4, 6]),
            ("12345678\n", [9]), ("1234567\n12345678", [8, 16]),
        ])
    func cuts(_ text: String, _ ends: [Int]) {
        let table = LineTable(ThreeWay(base: Array(text.utf8), ours: [], theirs: []))
        #expect(table.texts.base.ends == ends)
        #expect(table.texts.ours.count == 0)
    }

    @Test("equal lines have equal numbers, whatever text they are in")
    func numbers() {
        let table = LineTable(
            ThreeWay(base: Array("a\nb\na\n".utf8), ours: Array("b\nc\na".utf8), theirs: Array("a\n\n".utf8)))
        #expect(table.texts.base.ids == [0, 1, 0])
        #expect(table.texts.ours.ids == [1, 2, 3], "a line without its end is another line")
        #expect(table.texts.theirs.ids == [0, 4])
        #expect(table.idCount == 5)
    }

    @Test("lines of every length are told apart, and found again at every alignment")
    func lengths() {
        var lines: [[UInt8]] = []
        for length in 0..<40 {
            let line = [UInt8](repeating: 97, count: length)
            lines.append(line)
            if length > 0 { lines.append(line.dropLast() + [0]) }
            if length > 0 { lines.append([98] + line.dropFirst()) }
        }
        // "b", "bb" and the like begin as others do.
        let different = Set(lines)
        let text = Array(lines.joined(separator: [10])) + [10]
        let table = LineTable(ThreeWay(base: text, ours: [99] + text, theirs: Array(text.dropFirst(3))))
        #expect(Set(table.texts.base.ids).count == different.count)
        #expect(table.texts.ours.ids.dropFirst() == table.texts.base.ids.dropFirst())
        #expect(table.texts.theirs.ids.suffix(60) == table.texts.base.ids.suffix(60))
    }

    @Test("the table grows")
    func grows() {
        let lines = (0..<20_000).map { Array("\($0)\n".utf8) }
        let text = Array(lines.joined())
        let table = LineTable(ThreeWay(base: text, ours: Array(lines.reversed().joined()), theirs: text))
        #expect(table.texts.base.ids == Array(0..<20_000))
        #expect(table.texts.ours.ids == (0..<20_000).reversed())
        #expect(table.texts.theirs.ids == table.texts.base.ids)
    }
}

@Suite struct ChangeCompactionTests {
    @Test(
        "groups slide: lower case is unchanged, upper case changed",
        arguments: [
            ("aBb", "ab", "abB"),  // down as far as it goes
            ("aXb", "ab", "aXb"),  // nowhere to go
            ("Aaa", "aa", "aaA"),  // from the first line to the last
            ("aBCbcd", "abcd", "abcBCd"),  // several lines at once
            ("aBbc", "aDbc", "aBbc"),  // back up to where the other text has changes
            ("aBbc", "abDc", "abBc"),  // the lowest such place
            ("aBbBc", "abc", "abBBc"),  // meets a group and becomes one with it
            ("aBbaBbaB", "ababa", "abBabBaB"),  // one after the other
            ("ABab", "ab", "abAB"),
            ("", "X", ""),
        ])
    func slides(_ text: String, _ other: String, _ expected: String) {
        let lines = text.lowercased().utf8.map { Int32($0) }
        var marks = text.map(\.isUppercase)
        var others = other.map(\.isUppercase)
        var myers = MyersDiff(idCount: 256)
        let otherLines = other.lowercased().utf8.map { Int32($0) }
        ChangeCompaction.compact(
            lines.span, &marks, beside: otherLines.span, &others, again: false, with: &myers)
        let shown = zip(text.lowercased(), marks).map { $1 ? $0.uppercased() : String($0) }.joined()
        #expect(shown == expected)
        #expect(others == other.map(\.isUppercase))
    }
}

@Suite struct LineDiffTests {
    @Test(
        "edits",
        arguments: [
            ("", "", []), ("abc", "abc", []),
            ("", "ab", [LineEdit(old: 0..<0, new: 0..<2)]),
            ("ab", "", [LineEdit(old: 0..<2, new: 0..<0)]),
            ("abc", "axc", [LineEdit(old: 1..<2, new: 1..<2)]),
            ("abc", "xyz", [LineEdit(old: 0..<3, new: 0..<3)]),
            // The rare x anchors, although pairing the a's would leave fewer changes.
            ("aaax", "xaaa", [LineEdit(old: 0..<3, new: 0..<0), LineEdit(old: 4..<4, new: 1..<4)]),
        ])
    func edits(_ old: String, _ new: String, _ expected: [LineEdit]) {
        var comparison = LineComparison(idCount: 256)
        let (a, b) = (old.utf8.map { Int32($0) }, new.utf8.map { Int32($0) })
        #expect(comparison.edits(from: a[...], to: b[...]) == expected)
        // The tables are as they were: the same again.
        #expect(comparison.edits(from: a[...], to: b[...]) == expected)
    }

    @Test(
        "a line that occurs more than 64 times anchors nothing: the classical diff takes over",
        arguments: [(64, false), (65, true), (200, true)])
    func fallsBack(_ count: Int, _ isClassical: Bool) {
        // One of many equal lines stayed: the histogram pairs the first, the classical diff begins at the ends.
        let old = [Int32](repeating: 0, count: count)
        let new: [Int32] = [1, 0]
        var marks = LineMarks(oldCount: count, newCount: 2)
        var diff = HistogramDiff(idCount: 2)
        diff.mark(old.span, new.span, &marks)
        #expect(marks.new == [true, false])
        #expect(marks.old.indices.filter { !marks.old[$0] } == [isClassical ? count - 1 : 0])
    }

    @Test("the root is git's: a doubling for every two bits")
    func roots() {
        let roots = [0, 1, 2, 3, 4, 15, 16, 63, 64, 1_000_000].map(MyersDiff.roughRoot)
        #expect(roots == [1, 2, 2, 2, 4, 4, 8, 8, 16, 1024])
    }

    @Test("the classical diff pairs equal lines and finds the shortest way between small texts")
    func shortest() {
        var random = SplitMix(seed: 11)
        for _ in 0..<500 {
            // Few enough lines that none has too many partners, all lines in both texts.
            let old = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                Int32.random(in: 0...20, using: &random)
            }
            let new = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                Int32.random(in: 0...20, using: &random)
            }
            var marks = LineMarks(oldCount: old.count, newCount: new.count)
            var myers = MyersDiff(idCount: 21)
            myers.mark(old.span, new.span, LineBox(old: 0..<old.count, new: 0..<new.count), &marks)
            let kept = zip(old, marks.old).filter { !$1 }.map(\.0)
            #expect(kept == zip(new, marks.new).filter { !$1 }.map(\.0))
            #expect(kept.count == longest(old, new))
        }
    }

    /// The length of the longest common subsequence, by the textbook table.
    private func longest(_ a: [Int32], _ b: [Int32]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for x in a {
            var diagonal = 0
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = x == y ? diagonal + 1 : max(above, row[j])
                diagonal = above
            }
        }
        return row[b.count]
    }
}

@Suite struct MergeRegionTests {
    @Test("edits of two sides become regions")
    func combines() {
        func edit(_ old: Range<Int>, _ new: Range<Int>) -> LineEdit { LineEdit(old: old, new: new) }
        func text(_ ids: [Int32]) -> LineText { LineText(bytes: [], ends: [], ids: ids) }
        // Base 0...9; ours inserts two lines at 1 and changes 5; theirs changes 5 and 6 and drops 9.
        let texts = ThreeWay(
            base: text(Array(0..<10)), ours: text([0, 20, 21, 1, 2, 3, 4, 22, 6, 7, 8, 9]),
            theirs: text([0, 1, 2, 3, 4, 30, 31, 7, 8]))
        let regions = MergeRegion.combine(
            ours: [edit(1..<1, 1..<3), edit(5..<6, 7..<8)],
            theirs: [edit(5..<7, 5..<7), edit(9..<10, 9..<9)],
            in: texts)
        #expect(
            regions == [
                MergeRegion(kind: .ours, lines: ThreeWay(base: 1..<1, ours: 1..<3, theirs: 1..<1)),
                MergeRegion(kind: .conflict, lines: ThreeWay(base: 5..<7, ours: 7..<9, theirs: 5..<7)),
                MergeRegion(kind: .theirs, lines: ThreeWay(base: 9..<10, ours: 11..<12, theirs: 9..<9)),
            ])
    }
}

@Suite struct BinaryMergeTests {
    @Test("a NUL among the first 8,000 bytes makes a file binary, as for git")
    func detects() throws {
        let plain = [UInt8](repeating: 97, count: 9000)
        var early = plain
        early[7999] = 0
        var late = plain
        late[8000] = 0
        #expect(BinaryMerge.isBinary(early) && !BinaryMerge.isBinary(late) && !BinaryMerge.isBinary([]))
        let edit: [UInt8] = [98, 10]
        let cases = [
            ThreeWay(base: plain, ours: early, theirs: edit), ThreeWay(base: plain, ours: late, theirs: edit),
            ThreeWay(base: early, ours: edit, theirs: plain),
            ThreeWay(base: plain, ours: edit, theirs: early),
            ThreeWay(base: [], ours: [0], theirs: [1]), ThreeWay(base: [], ours: [0, 10], theirs: [0]),
        ]
        let oracle = try TextOracle(cases)
        for (favor, attributes) in [(TextMerge.Favor.none, "-unused"), (.union, "merge=union")] {
            for (files, answer) in zip(cases, try oracle.answers(.merge, attributes: attributes)) {
                if BinaryMerge.applies(to: files) {
                    let outcome = BinaryMerge.outcome(favor: favor)
                    #expect(outcome == BinaryMerge(kept: .ours, isClean: false))
                    #expect(answer == TextOracle.Answer(bytes: files.ours, isClean: false))
                } else {
                    let merge = TextMerge.merge(files, oracle.options(.merge, favor: favor))
                    #expect(answer == TextOracle.Answer(bytes: merge.bytes, isClean: merge.isClean))
                }
            }
        }
    }

    @Test("what is kept")
    func outcomes() {
        #expect(BinaryMerge.outcome(favor: .ours) == BinaryMerge(kept: .ours, isClean: true))
        #expect(BinaryMerge.outcome(favor: .theirs) == BinaryMerge(kept: .theirs, isClean: true))
        for favor in TextMerge.Favor.allCases {
            #expect(
                BinaryMerge.outcome(favor: favor, isVirtualBase: true)
                    == BinaryMerge(kept: .base, isClean: true))
        }
    }
}
