internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The file `packed-refs` as it was when it was read.
struct PackedRefs {
    /// All of it.
    let bytes: [UInt8]
    /// Whether it says that it is sorted; else nothing can be searched.
    let isSorted: Bool
    /// Where the lines after the head begin.
    private let start: Int

    /// A file that is not there is empty.
    init(reading path: String) throws(GitError) {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            guard errno == ENOENT else { throw Disk.failure("read", path) }
            (bytes, isSorted, start) = ([], true, 0)
            return
        }
        defer { close(file) }
        bytes = try Disk.readAll(file, path)
        let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard head.starts(with: "# pack-refs with:".utf8) else {
            (isSorted, start) = (false, 0)
            return
        }
        isSorted = head.split(separator: 32).contains(Array("sorted".utf8)[...])
        start = min(head.count + 1, bytes.count)
    }

    /// Nil for a file that is not sorted.
    init?(_ path: String) throws(GitError) {
        try self.init(reading: path)
        if !isSorted { return nil }
    }

    /// The object that a ref's whole name stands for; nil where it is not in the file.
    ///
    /// Grows with the logarithm of the number of refs, or where they are not sorted with their number.
    func id(of name: String) -> ObjectID? {
        lines(of: name).flatMap {
            ObjectID(hexDigits: bytes[$0.lowerBound..<$0.lowerBound + ObjectID.digits])
        }
    }

    /// A ref's place: its line, and behind it the one of what its tag names; nil where it is not in the file.
    ///
    /// Grows as ``id(of:)`` does.
    func lines(of name: String) -> Range<Int>? {
        let wanted = Array(name.utf8)
        return isSorted ? search(wanted) : scan(wanted)
    }

    private func search(_ wanted: [UInt8]) -> Range<Int>? {
        var (low, high) = (start, bytes.count)
        while low < high {
            // The line around the middle; those that begin with ^ belong to the ref above them.
            var line = beginning(of: (low + high) / 2, from: low)
            while line > low, bytes[line] == UInt8(ascii: "^") { line = beginning(of: line - 1, from: low) }
            guard let found = name(at: line) else { return nil }
            if found.elementsEqual(wanted) { return line..<next(behind: line) }
            if found.lexicographicallyPrecedes(wanted) { low = next(behind: line) } else { high = line }
        }
        return nil
    }

    private func scan(_ wanted: [UInt8]) -> Range<Int>? {
        var line = start
        while line < bytes.count {
            if let found = name(at: line), found.elementsEqual(wanted) { return line..<next(behind: line) }
            line = next(behind: line)
        }
        return nil
    }

    /// The name in the line that begins here; nil where it has none.
    private func name(at line: Int) -> ArraySlice<UInt8>? {
        let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return end > line + ObjectID.digits + 1 ? bytes[(line + ObjectID.digits + 1)..<end] : nil
    }

    /// Where the next ref's line begins.
    private func next(behind line: Int) -> Int {
        var place = line
        repeat {
            place = bytes[place...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
        } while place < bytes.count && bytes[place] == UInt8(ascii: "^")
        return place
    }

    private func beginning(of place: Int, from low: Int) -> Int {
        (bytes[low..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }) ?? low
    }
}
