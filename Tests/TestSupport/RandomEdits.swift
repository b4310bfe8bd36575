import Foundation

/// Edits of a working tree, drawn at random from a seed: files and folders that come, go, change and change places.
public struct RandomEdits {
    private var state: UInt64
    private static let names = ["a", "b", "c.o", "d", "e", "f", "g"]

    /// Begins a series.
    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func draw(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }

    private mutating func path() -> String {
        (0...draw(3)).map { _ in Self.names[draw(Self.names.count)] }.joined(separator: "/")
    }

    private static func above(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private func type(_ path: String) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    }

    /// Makes some edits and gives the paths that they touched.
    public mutating func make(_ count: Int, in root: String) throws -> [String] {
        let files = FileManager.default
        var touched: [String] = []
        for _ in 0..<count {
            let path = path()
            let full = root + "/" + path
            var parent = Self.above(path)
            // A file or link in the way of a folder gives way to it.
            while !parent.isEmpty {
                if let type = type(root + "/" + parent), type != .typeDirectory {
                    try files.removeItem(atPath: root + "/" + parent)
                    touched.append(parent)
                }
                parent = Self.above(parent)
            }
            switch draw(8) {
            case 0: try? files.removeItem(atPath: full)
            case 1:
                let target = self.path()
                guard !target.hasPrefix(path), !path.hasPrefix(target) else { continue }
                try? files.moveItem(atPath: full, toPath: root + "/" + target)
                touched.append(target)
            case 2:
                if type(full) == .typeRegular {
                    let mode = draw(2) == 0 ? 0o755 : 0o644
                    try files.setAttributes([.posixPermissions: mode], ofItemAtPath: full)
                }
            case 3:
                try? files.removeItem(atPath: full)
                try? files.createDirectory(
                    atPath: Self.above(full), withIntermediateDirectories: true)
                try files.createSymbolicLink(atPath: full, withDestinationPath: Self.names[draw(7)] + "!")
            default:
                try? files.removeItem(atPath: full)
                try files.createDirectory(
                    atPath: Self.above(full), withIntermediateDirectories: true)
                let lines = (0...draw(6)).map { _ in "line \(draw(4))\n" }
                try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: full))
            }
            touched.append(path)
        }
        return touched
    }
}
