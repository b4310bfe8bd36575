import Foundation
import Fuzzing
import HybridCore

/// Fuzzes the guard: what agents send, and the claims file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(input(start, count))
    return 0
}

/// A worker's worktree as the guard sees one: two files and a folder, no repository.
private let worktree: String = {
    let folder = NSTemporaryDirectory() + "hybrid-fuzz-\(getpid())"
    let claims = GuardClaims(
        run: "20260101-000000-abcd", policy: .deny, base: String(repeating: "1", count: 40),
        own: .init(job: "a", name: "A", claims: [Claim(path: "mine"), Claim(path: "src/*.py")]),
        others: [.init(job: "b", name: "B", claims: [Claim(path: "theirs")])])
    do {
        let files = FileManager.default
        try files.createDirectory(atPath: folder + "/work", withIntermediateDirectories: true)
        try files.createDirectory(
            atPath: folder + "/git/worktrees/20260101-000000-abcd-a", withIntermediateDirectories: true)
        func write(_ text: String, _ path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + path))
        }
        try write("gitdir: \(folder)/git/worktrees/20260101-000000-abcd-a\n", "work/.git")
        try write("../..\n", "git/worktrees/20260101-000000-abcd-a/commondir")
        try write(
            "ref: refs/heads/hybrid/20260101-000000-abcd/a\n", "git/worktrees/20260101-000000-abcd-a/HEAD")
        try Data(claims.bytes).write(
            to: URL(fileURLWithPath: folder + "/git/worktrees/20260101-000000-abcd-a/" + GuardClaims.fileName)
        )
    } catch {
        fatalError("\(folder): \(error)")
    }
    return folder + "/work"
}()

private let words = [
    "{\"tool_name\":\"Write\",\"tool_input\":{", "\"file_path\":\"", "\"command\":\"", "\"patch\":\"",
    "\"edits\":[{",
    "\"preToolUse\":{\"toolName\":\"", "\"parameters\":{\"path\":\"", "*** Add File: ", "*** Move to: ",
    "--- a/", "+++ b/",
    "rename to ", "theirs", "mine", "../", "/", "\\u00e9", "\"}}", "\"}]}", "\\n",
]

/// Every answer is empty or one line of JSON; a claims file is refused or says the same when it is written again.
///
/// Each byte from 0xe0 on stands for a word of such calls, so that made-up inputs get far.
func check(_ input: [UInt8]) {
    let bytes = input.flatMap { byte -> [UInt8] in
        byte >= 0xe0 ? Array(words[Int(byte) % words.count].utf8) : [byte]
    }
    let guarded = Guard(folder: worktree, environment: [:])
    for agent in GuardedAgent.allCases {
        let answer = guarded.answer(agent, call: bytes)
        if answer.isEmpty { continue }
        let value = try? JSONSerialization.jsonObject(with: Data(answer.utf8))
        require(value is [String: Any], "an answer is an object: \(answer)")
    }
    do {
        let claims = try GuardClaims(bytes, file: "claims")
        let again = try GuardClaims(claims.bytes, file: "claims")
        require(again == claims, "a claims file says the same when it is written again")
    } catch {
        require(!"\(error)".isEmpty, "an error says something")
    }
}
