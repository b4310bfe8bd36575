import Testing

@testable import HybridMerging

@Suite struct ThreeWayTests {
    private struct Refused: Error, Equatable { var value: Int }

    @Test func eachValueMeetsItsOwn() {
        let three = ThreeWay(base: 1, ours: 2, theirs: 3)
        #expect(three.map { $0 * 10 } == ThreeWay(base: 10, ours: 20, theirs: 30))
        #expect(
            three.zip(three.map(String.init)) { "\($0)\($1)" }
                == ThreeWay(base: "11", ours: "22", theirs: "33"))
        #expect(ThreeWay.each { three[$0] } == three)
        #expect(ThreeWay(repeating: 4) == ThreeWay(base: 4, ours: 4, theirs: 4))
        #expect(ThreeWay.each(\.number) == three)
    }

    @Test func theBaseComesFirstAndTheFirstErrorIsThrown() {
        var seen: [Int] = []
        let three = ThreeWay(base: 1, ours: 2, theirs: 3)
        #expect(throws: Refused(value: 2)) {
            _ = try three.map { (value) throws(Refused) in
                seen.append(value)
                if value > 1 { throw Refused(value: value) }
            }
        }
        #expect(seen == [1, 2])
    }

    @Test func sidesAreKeptApart() {
        var sides = PerSide.each { $0 == .ours ? "o" : "t" }
        #expect(sides.ours == "o" && sides.theirs == "t")
        sides = PerSide(repeating: "x")
        sides[.theirs] += "y"
        #expect(sides.ours == "x" && sides.theirs == "xy")
    }
}
