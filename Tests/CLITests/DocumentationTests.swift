import Foundation
import TestSupport
import Testing

/// What the pages about the sources say of them.
@Suite struct DocumentationTests {
    private static let root = URL(fileURLWithPath: Bench.fixtures).deletingLastPathComponent().path
    private static let pages = "Sources/HybridCore/HybridCore.docc"

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    /// All files below the sources, from there.
    private static func sources(_ ending: String) throws -> [String] {
        let all = try #require(FileManager.default.enumerator(atPath: root + "/Sources"))
        return all.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.sorted()
    }

    @Test(arguments: ["Conflicts", "Plan"])
    func `the page about embedding shows the programs as they are built`(name: String) throws {
        let source = try Self.text("Tests/Embedding/\(name)/main.swift")
        #expect(try Self.text(Self.pages + "/Embedding.md").contains("```swift\n" + source + "```\n"))
        #expect(source.split(separator: "\n").count <= 25)
    }

    @Test func `the table of rooms has every target and folder`() throws {
        let table = try Self.text(Self.pages + "/HybridCore.md").split(separator: "\n")
            .filter { $0.hasPrefix("| ") }
        var rooms: [String: Set<String>] = [:]
        for file in try Self.sources(".swift") where file.hasPrefix("Hybrid") {
            let parts = file.split(separator: "/").map(String.init)
            rooms[parts[0], default: []].formUnion(parts.count > 2 ? [parts[1]] : [])
        }
        rooms["HybridCore"] = nil
        #expect(rooms.count > 5)
        for (room, folders) in rooms {
            let cells = table.map { $0.split(separator: "|", omittingEmptySubsequences: false) }
                .first { $0[1].contains(room) }
            let row = try #require(cells, "\(room) is not in the table")
            // What is said of a folder stands in brackets.
            let named = row[3].replacing(/\([^)]*\)/, with: "").split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            #expect(Set(named.filter { !$0.isEmpty }) == folders, "\(room)")
        }
        #expect(table.count == rooms.count + 2)
    }

    @Test func `pages name only what the sources declare`() throws {
        let files = try Self.sources(".swift")
        let code = try files.flatMap { try Self.text("Sources/" + $0).split(separator: "\n") }
            .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
        let words = Set(code.flatMap { line in line.split { !($0.isLetter || $0.isNumber || $0 == "_") } })
        let fileNames = Set(files.compactMap { $0.split(separator: "/").last?.dropLast(".swift".count) })
        let pages = try Self.sources(".md")
        #expect(pages.count > 5)
        for page in pages {
            let text = try Self.text("Sources/" + page)
            for name in text.matches(of: /`+([A-Z][a-z]+[A-Z]?[A-Za-z]*(?:[\/+][A-Za-z]+)*)`+/) {
                let isDeclared = name.1.split(separator: "/").allSatisfy { words.contains($0) }
                let isKnown =
                    isDeclared || fileNames.contains(name.1)
                    || FileManager.default.fileExists(atPath: Self.root + "/" + name.1)
                #expect(isKnown, "\(page): \(name.0)")
            }
            for folder in text.matches(of: /\bHybrid[A-Z][a-z]+\/[A-Z][A-Za-z]+\b(?!\.docc)/) {
                let path = Self.root + "/Sources/" + folder.0
                #expect(FileManager.default.fileExists(atPath: path), "\(page): \(folder.0)")
            }
        }
    }
}
