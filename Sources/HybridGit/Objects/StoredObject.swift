internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The content of an object, where it lies in memory.
final class StoredObject {
    let type: git_object_t
    let count: Int
    /// Only to be read while the object is held: see ``withBytes(_:)``.
    private let bytes: UnsafeRawBufferPointer
    /// libgit2's object that owns the bytes; nil where they are our own.
    private let owner: OpaquePointer?

    /// Takes over what libgit2 read.
    init(owning object: OpaquePointer) {
        owner = object
        type = git_odb_object_type(object)
        count = git_odb_object_size(object)
        bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: count)
    }

    /// Room for `count` bytes, which `fill` writes; nil where it says that it could not.
    ///
    /// Plain malloc: what Swift's raw buffers ask for, memory of a given alignment, takes several times as long.
    init?(_ type: git_object_t, count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool) {
        guard let place = malloc(max(count, 1)) else { return nil }
        let room = UnsafeMutableRawBufferPointer(start: place, count: count)
        owner = nil
        self.type = type
        self.count = count
        bytes = UnsafeRawBufferPointer(room)
        if !fill(room) { return nil }
    }

    /// Reads the content, which is freed with the object: the compiler may let go of that as soon as nobody asks it again.
    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    deinit {
        if let owner {
            git_odb_object_free(owner)
        } else {
            free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
    }
}
