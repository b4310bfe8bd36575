import HybridGit
import Testing

@testable import HybridMerging

/// A driver for tests: says which it is.
private struct NamedDriver: MergeDriver {
    var name: String
    var virtualBaseDriver: String?
    func merge(
        _ files: ThreeWay<[UInt8]>, path: RepoPath, markerSize: Int, labels: ThreeWay<[UInt8]>
    ) throws(GitError) -> (bytes: [UInt8], isClean: Bool) {
        (Array("\(name) \(path) \(markerSize)\n".utf8), name != "conflicting")
    }
}

private struct Drivers: MergeDrivers {
    var fallback: String?
    var known: [String: NamedDriver]
    func driver(named name: String) throws(GitError) -> (any MergeDriver)? { known[name] }
    func isUndefined(_ name: String, for path: RepoPath) {}
}

/// Who merges a file, and how long markers are, by attributes; git reads them in the same bare repository.
@Suite struct ContentRuleTests {
    /// Both sides change the same line of f.
    private static let conflict = """
        commit base
          write f a1..a5
        commit ours base
          write f a1..a4 "ours\\n"
        commit theirs base
          write f a1..a4 "theirs\\n"
        """

    @Test(
        "attributes from info/attributes",
        arguments: [
            ("f merge=union", true), ("f merge", false), ("f -merge", false), ("f !merge", false),
            ("f merge=text", false),
            ("f merge=binary", false), ("f binary", false), ("f merge=unknown-driver", false),
            ("* merge=union", true), ("g merge=union", false), ("F merge=union", false),
            ("f conflict-marker-size=12", false), ("f conflict-marker-size=1", false),
            ("f conflict-marker-size=0", false), ("f conflict-marker-size=-3", false),
            ("f conflict-marker-size=many", false), ("f conflict-marker-size", false),
            ("[attr]ours merge=union", false), ("f -text", false), ("f text eol=crlf", false),
        ])
    func attributes(_ line: String, _ isClean: Bool) throws {
        let answer = try Trial("attribute \"\(line)\"\n" + Self.conflict).expectGitsAnswer(line)
        #expect(answer.isClean == isClean)
    }

    @Test func laterLinesWinAndMacrosWork() throws {
        let lines = ["[attr]both merge=union", "* -merge", "f both", "f conflict-marker-size=9"]
        let answer = try Trial(lines.map { "attribute \"\($0)\"\n" }.joined() + Self.conflict)
            .expectGitsAnswer()
        #expect(answer.isClean)
    }

    @Test func attributesOfAFilesNewNameCount() throws {
        let renamed = """
            attribute "f merge=union"
            attribute "old conflict-marker-size=20"
            commit base
              write old a1..a9
            commit ours base
              move old f
              write f a1..a8 "ours\\n"
            commit theirs base
              write old a1..a8 "theirs\\n"
            """
        #expect(try Trial(renamed).expectGitsAnswer().isClean)
    }

    // MARK: Drivers of the user's

    @Test(
        "who merges",
        arguments: [
            (.unspecified, nil, false, "text"), (.set, "mine", false, "text"),
            (.unset, "mine", false, "binary"),
            (.unspecified, "mine", false, "mine"), (.unspecified, "union", false, "union"),
            (.unspecified, "nobody's", false, "text"), (.value("mine"), nil, false, "mine"),
            (.value("mine"), nil, true, "union"), (.value("deep"), nil, true, "mine"),
            (.value("conflicting"), nil, true, "conflicting"), (.value("binary"), nil, false, "binary"),
            (.value("union"), nil, true, "union"), (.value("text"), "mine", false, "text"),
            // The user may define even these.
            (.value("shadowed"), nil, false, "shadowed"),
        ] as [(AttributeValue, String?, Bool, String)])
    func merger(_ value: AttributeValue, _ fallback: String?, _ isVirtual: Bool, _ expected: String) throws {
        let drivers = Drivers(
            fallback: fallback,
            known: [
                "mine": NamedDriver(name: "mine", virtualBaseDriver: "union"),
                "deep": NamedDriver(name: "deep", virtualBaseDriver: "mine"),
                "conflicting": NamedDriver(name: "conflicting", virtualBaseDriver: nil),
                "shadowed": NamedDriver(name: "shadowed", virtualBaseDriver: nil),
            ])
        let found =
            switch try ContentRules(merge: value).merger(
                for: RepoPath("f"), isVirtualBase: isVirtual, drivers)
            {
            case .text: "text"
            case .union: "union"
            case .binary: "binary"
            case .driver(let driver): (driver as? NamedDriver)?.name ?? "?"
            }
        #expect(found == expected)
    }

    @Test func aDriverGivesTheContentAndTheVerdict() throws {
        let trial = try Trial(
            "attribute \"f merge=mine conflict-marker-size=11\"\n" + Self.conflict)
        for (name, isClean) in [("calm", true), ("conflicting", false)] {
            let engine = try trial.engine {
                $0.drivers = Drivers(
                    fallback: nil, known: ["mine": NamedDriver(name: name, virtualBaseDriver: nil)])
            }
            let answer = try engine.merge(ours: trial.id("ours"), theirs: trial.id("theirs"))
            #expect(answer.isClean == isClean)
            #expect(try trial.file("f", of: answer, in: engine) == "\(name) f 11\n")
        }
    }
}
