internal import HybridGit

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
        _ text: String?, list: ExportList, paths: [String], removed: [String] = []
    ) throws(HybridError) -> Result {
        let style = Style(list)
        var all = physicalLines(text ?? "")
        let newline = all.first.flatMap { $0.last }.map { $0 == "\r\n" ? "\r\n" : "\n" } ?? "\n"
        let opens = all.indices.filter { trimmed(all[$0]) == style.begin }
        let closes = all.indices.filter { trimmed(all[$0]) == style.end }
        guard opens.count == closes.count, opens.count <= 1, opens.first ?? 0 <= closes.first ?? 0 else {
            throw HybridError(
                list.file,
                "the markers \"\(style.begin)\" and \"\(style.end)\" must each stand once, in this order",
                next: "mend the marker lines in \(list.file)")
        }
        var lines: Set<RepoPath> = []
        var skipped: [Skipped] = []
        if let open = opens.first, let close = closes.first {
            lines.formUnion(all[(open + 1)..<close].map(trimmed).filter { !$0.isEmpty }.map { RepoPath($0) })
        }
        for path in removed {
            if case .success(let line) = line(for: path, list: list) { lines.remove(RepoPath(line)) }
        }
        for path in paths where !path.hasBytes(of: list.file) {
            switch line(for: path, list: list) {
            case .success(let line): lines.insert(RepoPath(line))
            case .failure(let why): skipped.append(Skipped(path: path, reason: why.reason))
            }
        }
        let block = lines.sorted().map(\.text)
        if let open = opens.first, let close = closes.first {
            let indent = String(all[open].prefix { $0 == " " || $0 == "\t" })
            all.replaceSubrange((open + 1)..<close, with: block.map { indent + $0 + newline })
        } else {
            if let last = all.last {
                if last.last?.isNewline != true { all[all.count - 1] += newline }
                all.append(newline)
            }
            all += ([style.begin] + block + [style.end]).map { $0 + newline }
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

    struct Unfit: Error { var reason: String }

    static func line(for path: String, list: ExportList) -> Swift.Result<String, Unfit> {
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
            return .success(
                filled(template, ["path": relative, "name": name, "dir": folder, "Type": type.joined()]))
        }
        switch list.form ?? .list {
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
        case .list: return .success(relative)
        }
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

    struct Style {
        var begin: String
        var end: String

        init(_ list: ExportList) {
            let comment =
                switch list.form ?? .list {
                case .python, .list: "#"
                case .typescript, .rust, .cpp: "//"
                }
            begin = list.begin.map(ExportWriter.trimmed) ?? "\(comment) hybrid:begin"
            end = list.end.map(ExportWriter.trimmed) ?? "\(comment) hybrid:end"
        }
    }

    private static func trimmed(_ line: String) -> String {
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
