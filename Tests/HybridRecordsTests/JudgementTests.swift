import HybridRecords
import TestSupport
import Testing

@Suite struct JudgementTests {
    private let sandbox = try! Sandbox()

    private func judgement(_ code: Int, at since: Double, failing: [String] = []) -> Judgement {
        Judgement(
            tree: "t", job: nil, command: "make", exitCode: code, failing: failing, tail: [], since: since)
    }

    @Test func anAnswerIsKeptSinceItWasFirstGiven() throws {
        let path = sandbox.root + "/ledger.sqlite"
        let first = try Ledger(path: path)
        #expect(try first.judgement("k") == nil)
        try first.save(judgement(1, at: 5, failing: ["x"]), key: "k")
        try first.save(judgement(2, at: 9, failing: ["y"]), key: "k")
        let kept = try #require(try Ledger(path: path).judgement("k"))
        #expect(kept.since == 5 && kept.exitCode == 2 && kept.failing == ["y"])
        #expect(!kept.passed && !kept.isFlaky)
        #expect(try first.judgement("other") == nil)
    }

    @Test func whatGaveTwoAnswersIsFlakyForGood() throws {
        let ledger = try Ledger(path: sandbox.root + "/ledger.sqlite")
        try ledger.save(judgement(0, at: 1), key: "k")
        try ledger.save(judgement(1, at: 2), key: "k")
        #expect(try ledger.judgement("k")?.isFlaky == true)
        try ledger.save(judgement(1, at: 3), key: "k")
        try ledger.save(judgement(1, at: 4), key: "k")
        let kept = try #require(try ledger.judgement("k"))
        #expect(kept.isFlaky && kept.since == 2)
    }

    @Test func onlyTheNewestAreKept() throws {
        let ledger = try Ledger(path: sandbox.root + "/ledger.sqlite")
        let extra = 3
        for number in 0..<(Ledger.keptJudgements + extra) {
            try ledger.save(judgement(0, at: Double(number)), key: "k\(number)")
        }
        for number in 0..<extra { #expect(try ledger.judgement("k\(number)") == nil) }
        #expect(try ledger.judgement("k\(extra)") != nil)
        #expect(try ledger.judgement("k\(Ledger.keptJudgements + extra - 1)") != nil)
    }
}
