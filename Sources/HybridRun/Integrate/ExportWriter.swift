internal import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridRecords

/// Writes the sorted block of an export list: "automated import generation".
///
/// Pure: takes the file as it is and the paths to export, gives the file as it shall be.
public enum ExportWriter {
    /// A line that could not be written, with the reason; the caller reports it.
    public struct Skipped: Hashable, Sendable {
        /// The path that is left out of the list.
        public var path: String
        /// Why.
        public var reason: String
    }

    /// What became of a file.
    public struct Result: Hashable, Sendable {
        /// The new contents.
        public var text: String
        /// The lines now in the block.
        public var lines: [String]
        /// Paths that have no line.
        public var skipped: [Skipped]
    }

    /// Replaces the marker block in `text` (or appends one) with a sorted line for each of `paths`.
    ///
    /// Lines that the block holds already stay, but for those of `removed` paths. What stands outside the block keeps
    /// every byte; the block's lines end as the file's first line does.
    /// Throws when only one of the two markers is there, or they are out of order or doubled.
    public static func updated(
        _ text: String?, list: ExportList, paths: [String], removed: [String] = [], go: GoSource = .none
    ) throws -> Result {
        var all = physicalLines(text ?? "")
        let style = ExportStyle(list, in: all)
        let newline = all.first.flatMap { $0.last }.map { $0 == "\r\n" ? "\r\n" : "\n" } ?? "\n"
        let opens = all.indices.filter { trimmed(all[$0]) == style.begin }
        let closes = all.indices.filter { trimmed(all[$0]) == style.end }
        guard opens.count == closes.count, opens.count <= 1, opens.first ?? 0 <= closes.first ?? 0 else {
            throw HybridError(
                .planInvalid, list.file,
                "the markers \"\(style.begin)\" and \"\(style.end)\" must each stand once, in this order",
                next: "mend the marker lines in \(list.file)")
        }
        let isGo = list.shape == .go
        if isGo, text.flatMap({ GoSource.clause($0) }) == nil, opens.isEmpty {
            let clause = "package \(try go.package(of: list.file))" + newline
            all += all.isEmpty || all.last.map(trimmed)?.isEmpty == true ? [clause] : [newline, clause]
        }
        let isInGroup = isGo && opens.first.map { isInImportGroup(all[..<$0]) } == true
        var lines: Set<RepoPath> = []
        var skipped: [Skipped] = []
        if let open = opens.first, let close = closes.first {
            lines.formUnion(all[(open + 1)..<close].map(trimmed).filter { !$0.isEmpty }.map { RepoPath($0) })
        }
        func line(for path: String) throws -> Swift.Result<String, Unfit> {
            let line = try Self.line(for: path, list: list, go: go)
            guard isInGroup, list.template == nil else { return line }
            return line.map { String($0.dropFirst("import ".count)) }
        }
        for path in removed {
            // Others may still make up the package.
            if isGo, list.template == nil, try go.isPackage(GoSource.folder(path)) { continue }
            if case .success(let line) = try line(for: path) { lines.remove(RepoPath(line)) }
        }
        for path in paths where !path.hasBytes(of: list.file) {
            switch try line(for: path) {
            case .success(let line): lines.insert(RepoPath(line))
            case .failure(let why): skipped.append(Skipped(path: path, reason: why.reason))
            }
        }
        let block = lines.sorted().map(\.text)
        if let open = opens.first, let close = closes.first {
            let indent = String(all[open].prefix { $0 == " " || $0 == "\t" })
            all.replaceSubrange((open + 1)..<close, with: block.map { indent + $0 + newline })
        } else {
            if let last = all.last, last.last?.isNewline != true { all[all.count - 1] += newline }
            let block = ([style.begin] + block + [style.end]).map { $0 + newline }
            // Imports come before everything else; several declarations of them may follow each other.
            if isGo, list.template == nil, let clause = GoSource.clause(all.joined()) {
                all.insert(contentsOf: [newline] + block, at: clause.line + 1)
            } else {
                all += (all.isEmpty ? [] : [newline]) + block
            }
        }
        return Result(text: all.joined(), lines: block, skipped: skipped)
    }

    /// The lines with what ends each; a lone carriage return ends none.
    private static func physicalLines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for character in text {
            line.append(character)
            if character == "\n" || character == "\r\n" {
                lines.append(line)
                line = ""
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// Whether what comes next stands between the brackets of a Go import declaration.
    private static func isInImportGroup(_ before: ArraySlice<String>) -> Bool {
        for line in before.reversed().map(trimmed) {
            if line.hasPrefix(")") { return false }
            if line.hasPrefix("import") { return line.hasSuffix("(") }
        }
        return false
    }

    struct Unfit: Error { var reason: String }

    static func line(for path: String, list: ExportList, go: GoSource = .none) throws
        -> Swift.Result<String, Unfit>
    {
        let relative = relativePath(path, from: list.file)
        let file = String(relative.pathName)
        let name =
            file.lastIndex(of: ".").flatMap { $0 == file.startIndex ? nil : String(file[..<$0]) } ?? file
        let folder = relative.pathParts.dropLast().joined(separator: "/")
        let plain = relative.utf8.allSatisfy { $0 >= 32 && $0 != 34 && $0 != 92 && $0 != 127 }
        guard plain else {
            return .failure(Unfit(reason: "its name holds a quote, backslash or control character"))
        }
        if let template = list.template {
            let type = name.split { !$0.isLetter && !$0.isNumber }.map {
                $0.prefix(1).uppercased() + $0.dropFirst()
            }
            var values = [
                "path": relative, "name": name, "dir": folder, "Type": type.joined(), "root": path,
                "folder": GoSource.folder(path),
            ]
            if template.contains("{import}") {
                guard let package = try go.importPath(of: path) else {
                    return .failure(Unfit(reason: "no go.mod says the path of its module"))
                }
                values["import"] = package
            }
            return .success(filled(template, values))
        }
        switch list.shape {
        case .python:
            let parts = folder.pathParts.map(String.init)
            guard identifier(name), parts.allSatisfy(identifier) else {
                return .failure(Unfit(reason: "not an importable module name"))
            }
            return .success("from .\(parts.joined(separator: ".")) import \(name)")
        case .typescript: return .success("export * from \"./\(folder.isEmpty ? "" : folder + "/")\(name)\";")
        case .rust:
            guard identifier(name), folder.isEmpty else {
                return .failure(Unfit(reason: "not a module beside \(list.file)"))
            }
            return .success("pub mod \(name);")
        case .cpp: return .success("#include \"\(relative)\"")
        case .go: return try goImport(of: path, list: list, go)
        case .list: return .success(relative)
        }
    }

    /// A blank import: the package registers itself when it is linked.
    private static func goImport(
        of path: String, list: ExportList, _ go: GoSource
    ) throws -> Swift.Result<String, Unfit> {
        func unfit(_ reason: String) -> Swift.Result<String, Unfit> { .failure(Unfit(reason: reason)) }
        guard GoSource.isSource(path) else { return unfit("not a Go file that a package is made of") }
        if GoSource.folder(path).hasBytes(of: GoSource.folder(list.file)) {
            return unfit(
                "it is in the package of \(list.file), which cannot import itself: say with \"Template\" what "
                    + "registers it, such as func init() { register(New{Type}()) }")
        }
        if try go.package(of: path) == "main" { return unfit("a package main cannot be imported") }
        guard let package = try go.importPath(of: path) else {
            return unfit("no go.mod says the path of its module")
        }
        guard try go.module(of: path) == go.module(of: list.file) else {
            return unfit("it is in another module than \(list.file)")
        }
        return .success("import _ \"\(package)\"")
    }

    /// The template with its fields filled in one pass: a value that looks like a field stays as it is.
    private static func filled(_ template: String, _ values: [String: String]) -> String {
        var out = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            out += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"),
                let value = values[String(rest[rest.index(after: open)..<close])]
            else {
                out.append(rest.removeFirst())
                continue
            }
            out += value
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    static func trimmed(_ line: String) -> String {
        var text = Substring(line)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func identifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
    }

    /// `path` as seen from the folder of `file`; climbs with `..` where it must.
    static func relativePath(_ path: String, from file: String) -> String {
        var to = path.pathParts[...]
        var from = file.pathParts.dropLast()[...]
        while let a = to.first, let b = from.first, a.hasBytes(of: b), to.count > 1 {
            to.removeFirst()
            from.removeFirst()
        }
        return (from.map { _ in ".." } + to).joined(separator: "/")
    }
}
