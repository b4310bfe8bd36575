package import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A new folder that only this user can look into.
package enum TemporaryFolder {
    /// Makes one where the environment says that temporary files go.
    package static func make(_ name: String, in environment: [String: String]) throws(HybridError) -> String {
        let place = environment["TMPDIR"] ?? ""
        let template = (place.beginsWithBytes(of: "/") ? place : "/tmp") + "/\(name).XXXXXX"
        var bytes = template.utf8.map { CChar(bitPattern: $0) } + [0]
        guard unsafe mkdtemp(&bytes) != nil else {
            throw HybridError(
                .notWritable, template, "it cannot be made: \(SystemError())",
                next: "set TMPDIR to a folder that can be written")
        }
        return String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
