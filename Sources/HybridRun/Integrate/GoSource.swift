internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan

/// What Go files and their modules say about packages, read from a tree by the two functions.
///
/// Source: the Go specification (source file organization) and the Go Modules Reference (module directive).
public struct GoSource {
    private let content: (String) throws -> String?
    private let names: (String) throws -> [String]

    /// Reads through `content`, which gives a file's text or nil, and `names`, which gives a folder's files.
    public init(content: @escaping (String) throws -> String?, names: @escaping (String) throws -> [String]) {
        (self.content, self.names) = (content, names)
    }

    /// Nothing is there.
    public static var none: GoSource { GoSource(content: { _ in nil }, names: { _ in [] }) }

    struct Module: Hashable {
        var folder: String
        var path: String
    }

    /// The module that a file belongs to: that of the nearest go.mod above it.
    func module(of file: String) throws -> Module? {
        var folder = Self.folder(file)
        while true {
            let place = folder.isEmpty ? "go.mod" : folder + "/go.mod"
            if let path = try content(place).flatMap(Self.modulePath) {
                return Module(folder: folder, path: path)
            }
            if folder.isEmpty { return nil }
            folder = Self.folder(folder)
        }
    }

    /// The import path of the package that a file belongs to; nil where no module holds it.
    func importPath(of file: String) throws -> String? {
        guard let module = try module(of: file) else { return nil }
        let folder = Self.folder(file)
        let inside = module.folder.isEmpty ? folder : String(folder.dropFirst(module.folder.count + 1))
        return inside.isEmpty ? module.path : module.path + "/" + inside
    }

    /// The name of the package that a file belongs to, or would: its own, its neighbours', or its folder's.
    func package(of file: String) throws -> String {
        if let own = try content(file).flatMap({ Self.clause($0)?.name }) { return own }
        let folder = Self.folder(file)
        for name in try sources(in: folder) {
            if let theirs = try content(Self.joined(folder, name)).flatMap({ Self.clause($0)?.name }) {
                return theirs
            }
        }
        let word = String(folder.pathName.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }).lowercased()
        if word.isEmpty { return "main" }
        return word.first?.isNumber == true ? "p" + word : word
    }

    /// Whether a folder still holds a package.
    func isPackage(_ folder: String) throws -> Bool { try !sources(in: folder).isEmpty }

    private func sources(in folder: String) throws -> [String] {
        try names(folder).filter(Self.isSource).sorted { RepoPath($0) < RepoPath($1) }
    }

    /// Whether a file is part of a package as others import it.
    static func isSource(_ file: String) -> Bool {
        let name = file.pathName
        return name.hasSuffix(".go") && !name.hasSuffix("_test.go") && !name.hasPrefix("_")
            && !name.hasPrefix(".")
    }

    static func folder(_ path: String) -> String { path.pathParts.dropLast().joined(separator: "/") }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// The package clause of a file: its name, and the number of the line that it ends on.
    static func clause(_ text: String) -> (name: String, line: Int)? {
        let bytes = Array(text.utf8)
        var place = 0
        var line = 0
        func starts(_ word: String) -> Bool { bytes[place...].starts(with: word.utf8) }
        while place < bytes.count {
            if starts("//") {
                while place < bytes.count, bytes[place] != 10 { place += 1 }
            } else if starts("/*") {
                place += 2
                while place < bytes.count, !starts("*/") {
                    line += bytes[place] == 10 ? 1 : 0
                    place += 1
                }
                place += 2
            } else if [9, 13, 32].contains(bytes[place]) || starts("\u{FEFF}") {
                place += bytes[place] < 128 ? 1 : 3
            } else if bytes[place] == 10 {
                line += 1
                place += 1
            } else {
                break
            }
        }
        guard place < bytes.count, starts("package"), place + 7 < bytes.count,
            [9, 32].contains(bytes[place + 7])
        else { return nil }
        let name = bytes[(place + 8)...].drop { $0 == 9 || $0 == 32 }.prefix {
            ![9, 10, 13, 32, 47, 59].contains($0)
        }
        return name.isEmpty ? nil : (String(decoding: name, as: UTF8.self), line)
    }

    /// What the module directive of a go.mod says.
    static func modulePath(_ text: String) -> String? {
        var isOpen = false
        for line in text.split(whereSeparator: \.isNewline) {
            let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
            let words = code.split { $0 == " " || $0 == "\t" }.map { $0.filter { !"\"`".contains($0) } }
            guard let first = words.first else { continue }
            if isOpen { return first == ")" ? nil : first }
            guard first == "module", words.count > 1 else { continue }
            if words[1] != "(" { return words[1] }
            isOpen = true
        }
        return nil
    }
}
