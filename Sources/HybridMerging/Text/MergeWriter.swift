/// Writes a merged text: ours, with the regions of a merge in their places.
struct MergeWriter {
    private let texts: ThreeWay<LineText>
    private let options: TextMerge.Options
    private(set) var bytes: [UInt8] = []

    /// A writer for three texts.
    init(_ texts: ThreeWay<LineText>, _ options: TextMerge.Options) {
        self.texts = texts
        self.options = options
        bytes.reserveCapacity(max(texts.ours.bytes.count, texts.theirs.bytes.count) + 256)
    }

    /// Writes the whole text.
    mutating func write(_ regions: [MergeRegion]) {
        var done = 0
        for region in regions where region.kind != .agreed {
            bytes += texts.ours.slice(done..<region.lines.ours.lowerBound)
            done = region.lines.ours.upperBound
            write(region)
        }
        bytes += texts.ours.slice(done..<texts.ours.count)
    }

    private mutating func write(_ region: MergeRegion) {
        switch (region.kind, options.favor) {
        case (.agreed, _): break
        case (.ours, _), (.conflict, .ours): bytes += texts.ours.slice(region.lines.ours)
        case (.theirs, _), (.conflict, .theirs): bytes += texts.theirs.slice(region.lines.theirs)
        case (.conflict, .union):
            writeTerminated(texts.ours, region.lines.ours, needsReturn(region.lines))
            bytes += texts.theirs.slice(region.lines.theirs)
        case (.conflict, .none): writeConflict(region.lines)
        }
    }

    private mutating func writeConflict(_ lines: ThreeWay<Range<Int>>) {
        let needsReturn = needsReturn(lines)
        writeMarker(UInt8(ascii: "<"), options.labels.ours, needsReturn)
        writeTerminated(texts.ours, lines.ours, needsReturn)
        if options.style != .merge {
            writeMarker(UInt8(ascii: "|"), options.labels.base, needsReturn)
            writeTerminated(texts.base, lines.base, needsReturn)
        }
        writeMarker(UInt8(ascii: "="), nil, needsReturn)
        writeTerminated(texts.theirs, lines.theirs, needsReturn)
        writeMarker(UInt8(ascii: ">"), options.labels.theirs, needsReturn)
    }

    private mutating func writeMarker(_ character: UInt8, _ label: [UInt8]?, _ needsReturn: Bool) {
        bytes += repeatElement(character, count: options.markerSize > 0 ? options.markerSize : 7)
        if let label {
            bytes.append(UInt8(ascii: " "))
            bytes += label
        }
        writeLineEnd(needsReturn)
    }

    /// Writes lines that something follows: a missing last line end is put there.
    private mutating func writeTerminated(_ text: LineText, _ lines: Range<Int>, _ needsReturn: Bool) {
        bytes += text.slice(lines)
        if let last = lines.last, !text.isTerminated(last) { writeLineEnd(needsReturn) }
    }

    private mutating func writeLineEnd(_ needsReturn: Bool) {
        if needsReturn { bytes.append(LineEnding.cr) }
        bytes.append(LineEnding.lf)
    }

    /// Whether lines that the merge adds here end in CR LF, by git's rule.
    ///
    /// Asked are the line above the conflict, or the first, on our side, the same on theirs, and the base's
    /// first line: one that ends in LF alone decides against it, and so does a base that cannot tell.
    private func needsReturn(_ lines: ThreeWay<Range<Int>>) -> Bool {
        if hasReturn(texts.ours, max(lines.ours.lowerBound - 1, 0)) == false { return false }
        if hasReturn(texts.theirs, max(lines.theirs.lowerBound - 1, 0)) == false { return false }
        return hasReturn(texts.base, 0) ?? false
    }

    /// Whether a line ends in CR LF; nil where that cannot be told.
    ///
    /// For an unterminated line the one above it answers.
    private func hasReturn(_ text: LineText, _ line: Int) -> Bool? {
        guard text.count > 0 else { return nil }
        if text.isTerminated(line) { return text.hasCarriageReturn(line) }
        return line > 0 ? text.hasCarriageReturn(line - 1) : nil
    }
}
