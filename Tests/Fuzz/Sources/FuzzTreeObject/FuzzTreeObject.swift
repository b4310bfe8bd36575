import Fuzzing
import HybridGit

/// Fuzzes the parser of raw tree objects: an error is an answer, a crash is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(input(start, count))
    return 0
}

/// Parses a tree, whole or damaged.
///
/// Each byte 0xfe stands for the 20 bytes of an id, so that made-up inputs get past the first entry.
func check(_ input: [UInt8]) {
    let bytes = input.flatMap { byte -> [UInt8] in byte == 0xfe ? Array(repeating: 0x11, count: 20) : [byte] }
    do {
        _ = try TreeObject(parsing: bytes)
    } catch {
        require(!"\(error)".isEmpty, "an error says something")
    }
}
