import Foundation
import TestSupport
import Testing

@testable import HybridSystem

@Suite struct DurableFileTests {
    private let sandbox = try! Sandbox()

    @Test("replaces a file in one step and keeps its permissions")
    func replaces() throws {
        let path = sandbox.root + "/f"
        try DurableFile.write(Array("one".utf8), to: path)
        chmod(path, 0o640)
        let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        try DurableFile.write(Array("two".utf8), to: path)
        let after = try FileManager.default.attributesOfItem(atPath: path)
        #expect(sandbox.read("f") == "two")
        #expect(after[.posixPermissions] as? Int == 0o640)
        #expect(after[.systemFileNumber] as? Int != before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: sandbox.root).filter { $0.contains("f") } == [
                "f"
            ])
    }

    @Test("JSON comes back; a missing file is nil; half a file is an error")
    func json() throws {
        let path = sandbox.root + "/s.json"
        #expect(try DurableFile.readJSON([Int].self, from: path) == nil)
        try DurableFile.writeJSON([1, 2], to: path)
        #expect(try DurableFile.readJSON([Int].self, from: path) == [1, 2])
        try sandbox.write("[1,", to: "s.json")
        #expect(throws: (any Error).self) { try DurableFile.readJSON([Int].self, from: path) }
    }

    @Test("only one of many makes a file")
    func onlyOne() async throws {
        let path = sandbox.root + "/only.json"
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try DurableFile.put(
                        DurableFile.encode(number), to: path, mode: nil, synced: true, replacing: false)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }
}
