import Fuzzing
import HybridMerging

/// Fuzzes the text merge.
///
/// The input is a byte of options, then three texts. Bytes beyond the few letters below stay rare, so that lines repeat
/// and texts resemble each other, which is where diffs have choices.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(input(start, count))
    return 0
}

/// Merges what the bytes say and checks what holds for all merges.
func check(_ input: [UInt8]) {
    var bytes = input[...]
    let choice = bytes.popFirst() ?? 0
    let parts = bytes.split(separator: 0xff, maxSplits: 2, omittingEmptySubsequences: false).map { part in
        part.map { $0 < 0x80 ? [0x0a, 0x61, 0x0a, 0x62, 0x0d, 0x0a, 0x63, 0x7d][Int($0 % 8)] : $0 }
    }
    let base = parts[0]
    let ours = parts.count > 1 ? parts[1] : []
    let theirs = parts.count > 2 ? parts[2] : []
    let styles = TextMerge.ConflictStyle.allCases
    var options = TextMerge.Options(
        style: styles[Int(choice) % styles.count], markerSize: Int(choice / 4 % 12))
    options.labels = ThreeWay(base: Array("base".utf8), ours: choice & 0x80 == 0 ? nil : [], theirs: [0x74])
    func merge(_ ours: [UInt8], _ theirs: [UInt8]) -> TextMerge {
        TextMerge.merge(ThreeWay(base: base, ours: ours, theirs: theirs), options)
    }

    for side in [ours, theirs, base] {
        for merged in [merge(side, base), merge(base, side), merge(side, side)] {
            require(
                merged.isClean && merged.bytes == side, "what one side does, or both alike, is the result")
        }
    }
    let merged = merge(ours, theirs)
    let turned = merge(theirs, ours)
    require(merged.isClean == turned.isClean, "the verdict does not depend on the direction")
    require(
        !merged.isClean || merged.bytes == turned.bytes, "a clean result does not depend on the direction")
    check(merged.conflicts, ThreeWay(base: lines(base), ours: lines(ours), theirs: lines(theirs)))

    options.favor = .union
    require(merge(ours, theirs).isClean, "a union has no conflicts")
}

/// How many lines a text has.
func lines(_ text: [UInt8]) -> Int {
    text.count { $0 == 0x0a } + (text.last.map { $0 == 0x0a } ?? true ? 0 : 1)
}

/// Hunks lie within their texts and follow each other.
func check(_ hunks: [TextMerge.Hunk], _ counts: ThreeWay<Int>) {
    var ends = ThreeWay(base: 0, ours: 0, theirs: 0)
    for hunk in hunks {
        require(hunk.base.upperBound <= counts.base, "a hunk lies within the base")
        require(hunk.ours.upperBound <= counts.ours, "a hunk lies within our text")
        require(hunk.theirs.upperBound <= counts.theirs, "a hunk lies within their text")
        require(
            hunk.ours.lowerBound >= ends.ours && hunk.theirs.lowerBound >= ends.theirs,
            "hunks follow each other")
        ends = ThreeWay(
            base: hunk.base.upperBound, ours: hunk.ours.upperBound, theirs: hunk.theirs.upperBound)
    }
}
