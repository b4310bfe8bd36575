import HybridMerging
import Testing

/// Random texts, merged by git and by the engine; every case must come out the same, byte for byte.
@Suite struct TextMergeOracleTests {
    @Test(
        "random texts merge as git merges them",
        arguments: [
            (RandomTexts.Shape.repeating, 300), (.unrelated, 150), (.code, 200), (.lineEnds, 300),
            (.crowded, 100), (.speckled, 80), (.raw, 60), (.shuffled, 200), (.tiny, 300), (.large, 2),
            (.sparse, 20),
        ])
    func agrees(_ shape: RandomTexts.Shape, _ count: Int) throws {
        var random = RandomTexts(seed: 20_240_601)
        let cases = (0..<count).map { _ in random.next(shape) }
        let oracle = try TextOracle(cases)
        for style in TextMerge.ConflictStyle.allCases {
            try compare(cases, oracle.answers(style), oracle.options(style), "\(shape), \(style)")
        }
        try compare(
            cases, oracle.answers(.merge, attributes: "merge=union"), oracle.options(.merge, favor: .union),
            "\(shape), union")
        try compare(
            cases, oracle.answers(.zdiff3, attributes: "conflict-marker-size=12"),
            oracle.options(.zdiff3, markerSize: 12), "\(shape), long markers")
    }

    @Test("so does a text long enough for all of the classical diff's short cuts")
    func agreesOnHugeTexts() throws {
        var random = RandomTexts(seed: 1)
        let cases = [random.next(.huge)]
        let oracle = try TextOracle(cases)
        // The style that compares each side with the base only, because this takes seconds without optimization.
        try compare(cases, oracle.answers(.diff3), oracle.options(.diff3), "huge")
    }

    private func compare(
        _ cases: [ThreeWay<[UInt8]>], _ answers: [TextOracle.Answer], _ options: TextMerge.Options,
        _ name: String
    ) throws {
        try #require(answers.count == cases.count)
        for (number, (files, answer)) in zip(cases, answers).enumerated() {
            let merge = TextMerge.merge(files, options)
            guard merge.bytes != answer.bytes || merge.isClean != answer.isClean else { continue }
            Issue.record(
                """
                \(name), case \(number): git \(answer.isClean ? "clean" : "conflicted")
                base \(text(files.base))
                ours \(text(files.ours))
                theirs \(text(files.theirs))
                git \(text(answer.bytes))
                engine \(text(merge.bytes))
                """)
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
}
