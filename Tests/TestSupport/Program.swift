import Foundation

/// The built program that tests run: HYBRID_PROGRAM, or the one beside the tests.
public func hybridProgram() throws -> String {
    if let named = ProcessInfo.processInfo.environment["HYBRID_PROGRAM"] { return named }
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/hybrid"
}
