import HybridMerging
import Testing

/// Where edits lie in the two texts.
@Suite struct TextComparisonTests {
    @Test func editsSlideWhereGitLetsThemSlide() {
        let comparison = TextComparison(
            from: Array("a\nb\na\nb\nc\n".utf8), to: Array("a\nb\na\nb\na\nb\nc\n".utf8))
        #expect(comparison.edits.count == 1)
        #expect(comparison.places(of: comparison.edits[0]).map(\.lowerBound) == [0, 1, 2, 3, 4])
        let mixed = TextComparison(from: Array("a\nb\n".utf8), to: Array("a\nc\n".utf8))
        #expect(mixed.places(of: mixed.edits[0]) == [1..<2])
    }

    @Test func linesAreFollowedThroughChanges() {
        func place(_ lines: Range<Int>, _ old: String, _ new: String) -> Range<Int> {
            TextComparison(from: Array(old.utf8), to: Array(new.utf8)).newPlace(of: lines)
        }
        let old = "a\nb\nc\nd\ne\n"
        #expect(place(1..<3, old, old) == 1..<3)
        #expect(place(1..<3, old, "x\ny\na\nb\nc\nd\ne\n") == 3..<5)
        #expect(place(1..<3, old, "a\nx\nb\nc\nd\ne\n") == 2..<4)
        #expect(place(1..<3, old, "a\nb\nx\ny\nc\nd\ne\n") == 1..<5)
        #expect(place(1..<3, old, "a\nb\nc\nx\nd\ne\n") == 1..<3)
        #expect(place(1..<3, old, "x\nc\nd\ne\n") == 0..<2)
        #expect(place(1..<3, old, "a\nb\nx\ne\n") == 1..<3)
        #expect(place(1..<3, old, "a\nd\ne\n") == 1..<1)
    }
}
