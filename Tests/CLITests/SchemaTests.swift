import Foundation
import TestSupport
import Testing

/// The published schemas: closed, and held against every answer that a test of the program asks for (`Bench`).
@Suite struct SchemaTests {
    @Test func everySchemaSaysWhichFieldsThereAre() throws {
        let bench = try Bench(["README": "base\n"])
        let help = try bench.hybrid("schema", "nothing").err
        let names =
            help.split(separator: "the schemas are: ").last?.split(separator: "\n")[0].split(separator: ", ")
            ?? []
        #expect(names.count > 10, "\(help)")
        let listed = try bench.hybrid("schema").out.split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(listed == names)
        for name in names {
            let text = try bench.hybrid("schema", String(name)).out
            let objects = text.ranges(of: "\"properties\"").count
            #expect(objects > 0 && text.ranges(of: "\"additionalProperties\"").count >= objects, "\(name)")
        }
    }

    /// What is not described is found: else the answers of all tests would prove nothing.
    @Test(arguments: [
        ("\"state\":", "\"more\":1,\"state\":", "answer.more: the schema does not know it"),
        ("\"task\":\"", "\"task\":1,\"x\":\"", "answer.task: integer where [\"string\"] is wanted"),
        ("\"run\":", "\"ran\":", "answer.run: it is not there"),
        ("\"attempt\":", "\"attempts\":", "answer.workers[0].attempts: the schema does not know it"),
    ])
    func whatIsNotDescribedIsFound(old: String, new: String, problem: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")])
        try #require(try bench.hybrid("run", plan).code == 0)
        let schema = try bench.hybrid("schema", "status").out
        let answer = try bench.hybrid("status", "--json").out
        #expect(try SchemaCheck.problems(answer, schema: schema) == [])
        let spaced = old.replacing(":", with: ": ")
        let key = answer.contains(old) ? old : spaced
        try #require(answer.contains(key), "\(answer)")
        let place = try #require(answer.range(of: key))
        let wrong = answer.replacingCharacters(in: place, with: new)
        let found = try SchemaCheck.problems(wrong, schema: schema)
        #expect(found.contains(problem), "\(found)")
    }
}
