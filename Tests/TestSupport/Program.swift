import Foundation

/// The built program that tests run: HYBRID_PROGRAM, or the one beside the tests.
public func hybridProgram() throws -> String {
    if let named = ProcessInfo.processInfo.environment["HYBRID_PROGRAM"] { return named }
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/hybrid"
}

/// What the git on PATH says of its version: a merge is compared with the answer of that version.
public func installedGit() throws -> String {
    try installed.get()
}

private let installed: Result<String, any Error> = Result {
    let said = try execute(["git", "--version"], in: "/", environment: ProcessInfo.processInfo.environment)
    return said.out.trimmingCharacters(in: .whitespacesAndNewlines)
}
