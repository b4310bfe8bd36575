import HybridBase
import HybridReport
import TestSupport
import Testing

@Suite struct ErrorAnswerTests {
    /// Every word that can be printed is in the schema, and no text shows it.
    @Test(arguments: HybridError.Code.allCases)
    func everyCodeIsDescribed(code: HybridError.Code) throws {
        let error = HybridError(code, "a thing", "the reason", next: "type this")
        let schema = ErrorAnswer.schema.file("error").text()
        let answer = ErrorAnswer(error).jsonValue
        #expect(try SchemaCheck.problems(answer.text(), schema: schema) == [])
        #expect(
            answer.line()
                == "{\"schema\":1,\"code\":\"\(code.rawValue)\",\"thing\":\"a thing\",\"reason\":\"the reason\",\"next\":\"type this\"}"
        )
        #expect(error.description == "a thing: the reason; type this")
        #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "-" })
    }

    private struct Several: ToldError {
        var told: [HybridError] { [HybridError(.locked, "a", "b"), HybridError("c", "d")] }
    }

    @Test func theFirstOfSeveralGivesTheCode() {
        #expect(
            ErrorAnswer(Several()).jsonValue.line()
                == #"{"schema":1,"code":"locked","thing":"a","reason":"b","next":null,"#
                + #""more":[{"code":"failed","thing":"c","reason":"d","next":null}]}"#)
    }
}
