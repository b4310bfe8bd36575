/// A path in a tree: bytes without a leading or trailing slash; the root has none.
package struct Path: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The path's bytes.
    package var bytes: [UInt8]

    /// The root of a tree.
    package static let root = Path(bytes: [])

    /// A path of these bytes.
    package init(bytes: [UInt8]) { self.bytes = bytes }
    /// A path of this text's UTF-8.
    package init(_ text: String) { bytes = Array(text.utf8) }
    /// A path of this text's UTF-8.
    package init(stringLiteral text: String) { self.init(text) }

    /// The path as people read it.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The folder that holds it; nil for the root.
    package var parent: Path? {
        if bytes.isEmpty { return nil }
        guard let slash = bytes.lastIndex(of: slashByte) else { return .root }
        return Path(bytes: Array(bytes[..<slash]))
    }

    /// The last component.
    package var name: [UInt8] {
        bytes.lastIndex(of: slashByte).map { Array(bytes[($0 + 1)...]) } ?? bytes
    }

    /// All components.
    package var components: [[UInt8]] { bytes.split(separator: slashByte).map { Array($0) } }

    /// This path below a folder.
    package func inside(_ folder: Path) -> Path {
        folder.bytes.isEmpty ? self : Path(bytes: folder.bytes + [slashByte] + bytes)
    }

    /// Whether it lies below a folder, at any depth.
    package func isInside(_ folder: Path) -> Bool {
        if folder.bytes.isEmpty { return !bytes.isEmpty }
        return bytes.count > folder.bytes.count && bytes[folder.bytes.count] == slashByte
            && bytes.starts(with: folder.bytes)
    }

    /// Where it lies after its folder was moved.
    package func moved(from: Path, to: Path) -> Path {
        let rest = bytes.dropFirst(from.bytes.isEmpty ? 0 : from.bytes.count + 1)
        return Path(bytes: Array(rest)).inside(to)
    }

    /// git's order of bytes.
    package static func < (one: Path, other: Path) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}

private let slashByte = UInt8(ascii: "/")
