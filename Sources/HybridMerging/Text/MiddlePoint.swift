internal import HybridGit

/// The search inside ``MyersDiff``: finds a point on a short edit path between two corners of a box of lines,
/// splits the box there and goes on in both halves.
///
/// From either corner, furthest points on each diagonal (old line minus new line) advance by one edit a round
/// until they meet: Myers' middle snake. git's two ways to stop earlier are part of the outcome:
/// - From the 257th round on, if a round had a snake (a run of equal lines) of more than 20: the point that
///   has gained most is taken, if that is more than four lines a round and the 20 lines at it are equal.
/// - After about as many rounds as the root of both texts' length, but 256 at least: the point that has come
///   furthest is taken. The other way to stop is therefore open only to texts of 65,536 lines together.
///
/// Half of the box beside such a point is searched without these limits, because its corner is not on a
/// path known to be short.
enum MiddlePoint {
    private static let snake = 20
    private static let patience = 256
    private static let gain = 4

    /// A point to split at, and which halves must be searched to the end.
    private struct Split {
        var old: Int
        var new: Int
        var exactBefore: Bool
        var exactAfter: Bool
    }

    private struct Part {
        var box: LineBox
        var exact: Bool
    }

    /// Gives every stretch of lines that has no partner, in no particular order.
    ///
    /// The texts are given by their lines' numbers. Boxes wait on a list rather than on the stack.
    static func search(
        _ old: Span<Int32>, _ new: Span<Int32>, unpaired: (_ old: Range<Int>, _ new: Range<Int>) -> Void
    ) {
        let diagonals = old.count + new.count + 3
        let mostRounds = max(MyersDiff.roughRoot(diagonals), patience)
        // By diagonal, shifted to begin at 0: the old line that the way from either corner has come to.
        var ahead = [Int32](repeating: 0, count: diagonals)
        var behind = ahead
        var waiting = [Part(box: LineBox(old: 0..<old.count, new: 0..<new.count), exact: false)]
        while let part = waiting.popLast() {
            let box = part.box.withoutEqualEnds(old, new)
            if box.old.isEmpty || box.new.isEmpty {
                unpaired(box.old, box.new)
                continue
            }
            let split = split(old, new, box, exact: part.exact, mostRounds: mostRounds, &ahead, &behind)
            let before = LineBox(old: box.old.lowerBound..<split.old, new: box.new.lowerBound..<split.new)
            let after = LineBox(old: split.old..<box.old.upperBound, new: split.new..<box.new.upperBound)
            waiting.append(Part(box: after, exact: split.exactAfter))
            waiting.append(Part(box: before, exact: split.exactBefore))
        }
    }

    private static func split(
        _ a: Span<Int32>, _ b: Span<Int32>, _ box: LineBox, exact: Bool, mostRounds: Int,
        _ ahead: inout [Int32], _ behind: inout [Int32]
    ) -> Split {
        let shift = b.count + 1
        let first = Diagonals(at: box.old.lowerBound - box.new.lowerBound, in: box, shift: shift)
        let last = Diagonals(at: box.old.upperBound - box.new.upperBound, in: box, shift: shift)
        var forward = ahead.mutableSpan
        var backward = behind.mutableSpan
        forward[first.low + shift] = Int32(box.old.lowerBound)
        backward[last.low + shift] = Int32(box.old.upperBound)
        var (fore, back) = (first, last)
        let isOdd = (first.low - last.low) & 1 != 0
        var round = 0
        while true {
            round += 1
            fore.widen(&forward, outside: -1)
            let one = advance(a, b, box, fore, &forward, until: isOdd ? back : nil, backward.span)
            if let met = one.met { return met }
            back.widen(&backward, outside: .max)
            let two = retreat(a, b, box, back, &backward, until: isOdd ? nil : fore, forward.span)
            if let met = two.met { return met }
            if exact { continue }
            if one.sawSnake || two.sawSnake, round > patience {
                let least = gain * round
                if let good = promising(a, b, box, fore, forward.span, least: least)
                    ?? promising(a, b, box, back: back, backward.span, least: least)
                {
                    return good
                }
            }
            if round >= mostRounds {
                return furthest(box, fore, forward.span, back, backward.span)
            }
        }
    }
}

extension MiddlePoint {
    /// The diagonals that one side's search has reached: every second one from `low` to `high`.
    private struct Diagonals {
        let start: Int
        var low: Int
        var high: Int
        private let least: Int
        private let most: Int
        let shift: Int

        init(at diagonal: Int, in box: LineBox, shift: Int) {
            (start, low, high) = (diagonal, diagonal, diagonal)
            least = box.old.lowerBound - box.new.upperBound
            most = box.old.upperBound - box.new.lowerBound
            self.shift = shift
        }

        /// One diagonal more on either side, or one fewer where that would leave the box, so that the parity
        /// alternates; `outside` stands beyond them, and no way comes from there.
        mutating func widen(_ reached: inout MutableSpan<Int32>, outside: Int32) {
            if low > least {
                low -= 1
                reached[low - 1 + shift] = outside
            } else {
                low += 1
            }
            if high < most {
                high += 1
                reached[high + 1 + shift] = outside
            } else {
                high -= 1
            }
        }

        /// From the highest down: where several are equally good, the first is taken.
        var all: StrideThrough<Int> { stride(from: high, through: low, by: -2) }

        func contains(_ diagonal: Int) -> Bool { low <= diagonal && diagonal <= high }
    }

    private typealias Step = (met: Split?, sawSnake: Bool)

    /// One edit more on every diagonal from the first corner, then along equal lines.
    ///
    /// Sums cannot overflow: all are differences and sums of two line numbers at most.
    private static func advance(
        _ a: Span<Int32>, _ b: Span<Int32>, _ box: LineBox, _ diagonals: Diagonals,
        _ reached: inout MutableSpan<Int32>, until others: Diagonals?, _ opposite: Span<Int32>
    ) -> Step {
        let (meetLow, meetHigh) = others.map { ($0.low, $0.high) } ?? (.max, .min)
        let (end, otherEnd) = (box.old.upperBound, box.new.upperBound)
        var sawSnake = false
        var diagonal = diagonals.high
        var above = reached[diagonal &+ 1 &+ diagonals.shift]
        while diagonal >= diagonals.low {
            let at = diagonal &+ diagonals.shift
            let below = reached[at &- 1]
            let from = Int(below >= above ? below &+ 1 : above)
            above = below
            let limit = min(end, otherEnd &+ diagonal)
            var line = from
            while line < limit, a[line] == b[line &- diagonal] { line &+= 1 }
            if line &- from > snake { sawSnake = true }
            reached[at] = Int32(truncatingIfNeeded: line)
            if meetLow <= diagonal, diagonal <= meetHigh, Int(opposite[at]) <= line {
                let met = Split(old: line, new: line - diagonal, exactBefore: true, exactAfter: true)
                return (met, sawSnake)
            }
            diagonal &-= 2
        }
        return (nil, sawSnake)
    }

    /// One edit more on every diagonal from the last corner, then along equal lines.
    private static func retreat(
        _ a: Span<Int32>, _ b: Span<Int32>, _ box: LineBox, _ diagonals: Diagonals,
        _ reached: inout MutableSpan<Int32>, until others: Diagonals?, _ opposite: Span<Int32>
    ) -> Step {
        let (meetLow, meetHigh) = others.map { ($0.low, $0.high) } ?? (.max, .min)
        let (first, otherFirst) = (box.old.lowerBound, box.new.lowerBound)
        var sawSnake = false
        var diagonal = diagonals.high
        var above = reached[diagonal &+ 1 &+ diagonals.shift]
        while diagonal >= diagonals.low {
            let at = diagonal &+ diagonals.shift
            let below = reached[at &- 1]
            let from = Int(below < above ? below : above &- 1)
            above = below
            let limit = max(first, otherFirst &+ diagonal)
            var line = from
            while line > limit, a[line &- 1] == b[line &- 1 &- diagonal] { line &-= 1 }
            if from &- line > snake { sawSnake = true }
            reached[at] = Int32(truncatingIfNeeded: line)
            if meetLow <= diagonal, diagonal <= meetHigh, line <= Int(opposite[at]) {
                let met = Split(old: line, new: line - diagonal, exactBefore: true, exactAfter: true)
                return (met, sawSnake)
            }
            diagonal &-= 2
        }
        return (nil, sawSnake)
    }

    /// The point from the first corner that gained most, if any gained more than `least` on a long snake.
    ///
    /// Gain is the way from the corner less the distance from its diagonal.
    private static func promising(
        _ a: Span<Int32>, _ b: Span<Int32>, _ box: LineBox, _ diagonals: Diagonals,
        _ reached: Span<Int32>, least: Int
    ) -> Split? {
        var best = least
        var found: Split?
        for diagonal in diagonals.all {
            let line = Int(reached[diagonal + diagonals.shift])
            let other = line - diagonal
            let gain =
                (line - box.old.lowerBound) + (other - box.new.lowerBound)
                - abs(diagonal - diagonals.start)
            guard gain > best, box.old.lowerBound + snake <= line, line < box.old.upperBound,
                box.new.lowerBound + snake <= other, other < box.new.upperBound,
                (1...snake).allSatisfy({ a[line - $0] == b[other - $0] })
            else { continue }
            best = gain
            found = Split(old: line, new: other, exactBefore: true, exactAfter: false)
        }
        return found
    }

    /// The point from the last corner that gained most, if any gained more than `least` on a long snake.
    private static func promising(
        _ a: Span<Int32>, _ b: Span<Int32>, _ box: LineBox, back diagonals: Diagonals,
        _ reached: Span<Int32>, least: Int
    ) -> Split? {
        var best = least
        var found: Split?
        for diagonal in diagonals.all {
            let line = Int(reached[diagonal + diagonals.shift])
            let other = line - diagonal
            let gain =
                (box.old.upperBound - line) + (box.new.upperBound - other)
                - abs(diagonal - diagonals.start)
            guard gain > best, box.old.lowerBound < line, line <= box.old.upperBound - snake,
                box.new.lowerBound < other, other <= box.new.upperBound - snake,
                (0..<snake).allSatisfy({ a[line + $0] == b[other + $0] })
            else { continue }
            best = gain
            found = Split(old: line, new: other, exactBefore: false, exactAfter: true)
        }
        return found
    }

    /// Of all points that either side has reached, the one furthest from its corner; on a tie, the last side's.
    private static func furthest(
        _ box: LineBox, _ fore: Diagonals, _ aheadReached: Span<Int32>, _ back: Diagonals,
        _ behindReached: Span<Int32>
    ) -> Split {
        var ahead = (way: -1, old: -1)
        for diagonal in fore.all {
            // Points may have left the box by one step.
            let reached = min(Int(aheadReached[diagonal + fore.shift]), box.old.upperBound)
            let line = min(reached, box.new.upperBound + diagonal)
            if line + line - diagonal > ahead.way { ahead = (line + line - diagonal, line) }
        }
        var behind = (way: Int.max, old: Int.max)
        for diagonal in back.all {
            let reached = max(Int(behindReached[diagonal + back.shift]), box.old.lowerBound)
            let line = max(reached, box.new.lowerBound + diagonal)
            if line + line - diagonal < behind.way { behind = (line + line - diagonal, line) }
        }
        let forth = ahead.way - box.old.lowerBound - box.new.lowerBound
        let backward = box.old.upperBound + box.new.upperBound - behind.way
        return backward < forth
            ? Split(old: ahead.old, new: ahead.way - ahead.old, exactBefore: true, exactAfter: false)
            : Split(old: behind.old, new: behind.way - behind.old, exactBefore: false, exactAfter: true)
    }
}
