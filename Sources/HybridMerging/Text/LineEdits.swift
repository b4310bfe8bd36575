/// Lines of an old text that became other lines in a new one; either range may be empty.
struct LineEdit: Hashable, Sendable {
    /// The lines that went.
    var old: Range<Int>
    /// The lines that came.
    var new: Range<Int>
}

/// Lines of two texts that are looked at together.
struct LineBox: Hashable, Sendable {
    var old: Range<Int>
    var new: Range<Int>

    /// The box without the lines that are equal at its ends.
    func withoutEqualEnds(_ old: Span<Int32>, _ new: Span<Int32>) -> LineBox {
        var (first, other) = (self.old.lowerBound, self.new.lowerBound)
        var (end, otherEnd) = (self.old.upperBound, self.new.upperBound)
        while first < end, other < otherEnd, old[first] == new[other] {
            first += 1
            other += 1
        }
        while first < end, other < otherEnd, old[end - 1] == new[otherEnd - 1] {
            end -= 1
            otherEnd -= 1
        }
        return LineBox(old: first..<end, new: other..<otherEnd)
    }
}

/// For each line of two texts, whether it has no partner in the other.
///
/// The lines that have one pair up in order: the n-th of the old text with the n-th of the new.
struct LineMarks: Hashable, Sendable {
    /// Which old lines went.
    var old: [Bool]
    /// Which new lines came.
    var new: [Bool]

    /// Nothing went and nothing came.
    init(oldCount: Int, newCount: Int) {
        old = [Bool](repeating: false, count: oldCount)
        new = [Bool](repeating: false, count: newCount)
    }

    /// Marks all lines of a box.
    mutating func mark(_ box: LineBox) {
        for line in box.old { old[line] = true }
        for line in box.new { new[line] = true }
    }

    /// The marks as edits, in the order of the texts, with paired lines between them.
    func edits() -> [LineEdit] {
        var edits: [LineEdit] = []
        var (line, other) = (0, 0)
        while line < old.count || other < new.count {
            let from = (line, other)
            while line < old.count, old[line] { line += 1 }
            while other < new.count, new[other] { other += 1 }
            if from != (line, other) { edits.append(LineEdit(old: from.0..<line, new: from.1..<other)) }
            // One pair; behind the last there is nothing left on either side.
            line += 1
            other += 1
        }
        return edits
    }
}
