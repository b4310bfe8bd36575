internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The environment, with what `git -c` handed on; read once at the edge: nothing below looks at it.
package func processEnvironment() -> [String: String] {
    var found: [String: String] = [:]
    var at = unsafe environ
    while let entry = unsafe at.pointee {
        let text = unsafe String(cString: entry)
        let parts = text.parts(at: "=", most: 1, omittingEmpty: false)
        if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
        unsafe at += 1
    }
    return GitParameters.counted(found)
}
