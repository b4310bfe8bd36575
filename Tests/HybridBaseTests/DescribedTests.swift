import Foundation
import HybridBase
import TestSupport
import Testing

/// One description gives what is printed and what the schema says.
@Suite struct DescribedTests {
    private enum Colour: String, DescribedWord {
        case red
        case darkBlue = "dark-blue"
    }

    private struct Inner: DescribedObject {
        var size: Int

        static let jsonFields: [Field<Inner>] = [Field("size", "How large.", \.size)]
    }

    private struct Sample: Answer {
        var name = "n"
        var colour: Colour? = nil
        var inner: Inner? = nil
        var either: Either<String, [Inner]> = .one("x")
        var optional: Int? = nil
        var counts: [(Colour, Int)] = []

        static let schemaName = "sample"
        static let schemaUse = "nothing"
        static let jsonFields: [Field<Sample>] = [
            Field("name", "Its name.", \.name),
            Field("colour", "Null without one.") { $0.colour },
            Field("inner", "Null without one.", \.inner),
            .ifAny("left_out", "Only where there is one.") { $0.optional },
            Field("either", "A text or a list.", \.either),
            Field("counts", "By colour.") { ByWord($0.counts) },
        ]
    }

    @Test func whatIsPrinted() {
        #expect(
            Sample().jsonValue.line()
                == #"{"schema":1,"name":"n","colour":null,"inner":null,"either":"x","counts":{}}"#)
        let full = Sample(
            colour: .darkBlue, inner: Inner(size: 2), either: .other([Inner(size: 3)]), optional: 4,
            counts: [(.darkBlue, 2), (.red, 1)])
        #expect(
            full.jsonValue.line()
                == #"{"schema":1,"name":"n","colour":"dark-blue","inner":{"size":2},"left_out":4,"#
                + #""either":[{"size":3}],"counts":{"dark-blue":2,"red":1}}"#)
    }

    @Test func whatTheSchemaSays() throws {
        let schema = Sample.schema.file("sample").text()
        for sample in [
            Sample(), Sample(colour: .red, inner: Inner(size: 1), optional: 1, counts: [(.red, 1)]),
        ] {
            #expect(try SchemaCheck.problems(sample.jsonValue.text(), schema: schema) == [])
        }
        #expect(
            try DescribedTests.required(schema) == ["schema", "name", "colour", "inner", "either", "counts"])
    }

    /// Each knocks one thing out of a right answer.
    @Test(arguments: [
        ("\"name\":\"n\"", "\"name\":1", "answer.name: integer where [\"string\"] is wanted"),
        ("\"name\":\"n\",", "", "answer.name: it is not there"),
        ("\"colour\":null", "\"colour\":\"green\"", "answer.colour: green is none of"),
        ("\"inner\":null", "\"inner\":{}", "answer.inner.size: it is not there"),
        ("\"inner\":null", "\"inner\":{\"size\":1,\"x\":2}", "answer.inner.x: the schema does not know it"),
        ("\"either\":\"x\"", "\"either\":4", "answer.either: 0 of 2 forms fit"),
        ("\"counts\":{}", "\"counts\":{\"green\":1}", "answer.counts.green: the schema does not know it"),
    ])
    func whatTheSchemaRefuses(old: String, new: String, problem: String) throws {
        let answer = Sample().jsonValue.line()
        try #require(answer.contains(old))
        let found = try SchemaCheck.problems(
            answer.replacing(old, with: new), schema: Sample.schema.file("sample").text())
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    private static func required(_ schema: String) throws -> [String] {
        let object = try JSONSerialization.jsonObject(with: Data(schema.utf8)) as? [String: Any]
        return object?["required"] as? [String] ?? []
    }
}
