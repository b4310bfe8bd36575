import HybridCore
import Testing

@Suite struct DeltaDebuggingTests {
    @Test(arguments: [[3], [0, 7], [1, 2, 6], [0, 1, 2, 3, 4, 5, 6, 7]])
    func findsTheSmallestSet(_ culprits: [Int]) {
        let result = DeltaDebugging.minimise(Array(0..<8), budget: 200) { set in
            culprits.allSatisfy(set.contains)
        }
        #expect(result.failing == culprits)
        #expect(result.isMinimal)
    }

    @Test func staysWithinItsBudget() {
        let result = DeltaDebugging.minimise(Array(0..<64), budget: 3) { $0.contains(5) && $0.contains(60) }
        #expect(result.tests == 3)
        #expect(!result.isMinimal)
        #expect(result.failing.contains(5) && result.failing.contains(60))
    }

    @Test func whatCannotBeJudgedDoesNotCount() {
        let result = DeltaDebugging.minimise([1, 2, 3, 4], budget: 50) {
            $0.contains(1) ? $0.contains(3) : nil
        }
        #expect(result.failing == [1, 3])
    }
}
