public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Definitions as Universal Ctags finds them; it is looked for on PATH when it is first asked.
public struct Ctags: SymbolSource {
    /// Debian's own name for it comes first: `ctags` may be another program.
    private static let names = ["ctags-universal", "uctags", "ctags"]
    /// The longest it may take, in seconds.
    private static let timeout = 60.0
    /// The most output that is read, in bytes.
    private static let most = 256 << 20

    private let environment: [String: String]

    /// Takes PATH and TMPDIR from `environment`.
    public init(environment: [String: String]) { self.environment = environment }

    /// Whether a program of one of its names is there.
    public var isThere: Bool { program != nil }

    private var program: String? {
        Self.names.lazy.compactMap {
            ProcessTree.find($0, path: ProcessTree.searchPath(environment), directory: "/")
        }.first
    }

    private struct Tag: Decodable {
        var name: String
        var path: String
        var line: Int?
        var end: Int?
        var kind: String?
        var scope: String?
        var signature: String?
    }

    /// Asks one process about all files.
    public func symbols(in files: [(path: String, text: [UInt8])]) throws(HybridError) -> [[Symbol]?] {
        if files.isEmpty { return [] }
        guard let program else {
            throw HybridError(
                .programMissing, "Universal Ctags",
                "it is not installed, so functions and classes cannot be found",
                next: "apt install universal-ctags, or claim lines: path#L10-L80")
        }
        let folder = try TemporaryFolder.make("hybrid-ctags", in: environment)
        // What cannot be removed lies in the folder for temporary files, where others clean up.
        defer { try? Files.remove(folder) }
        for (number, file) in files.enumerated() {
            try Files.makeFolder("\(folder)/\(number)")
            try Self.write(Self.plain(file.text), to: "\(folder)/\(number)/\(Self.name(of: file.path))")
        }
        let output = try run(program, folder, files.count)
        return try Self.read(output, count: files.count)
    }

    /// The file's own name tells its language; one that ctags' output could not hold is left out.
    private static func name(of path: String) -> String {
        let name = path.pathParts.last.map(String.init) ?? "text"
        return name.utf8.allSatisfy { $0 > 31 && $0 != 127 && $0 < 128 } ? name : "text.\(ending(of: name))"
    }

    private static func ending(of name: String) -> String {
        let ending = name.split(separator: ".").last.map(String.init) ?? ""
        return ending.utf8.allSatisfy { $0 > 32 && $0 < 127 } ? ending : "txt"
    }

    /// The text with LF at the end of every line: without the last one, or with CRLF, ends are not found.
    private static func plain(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 1)
        for (index, byte) in text.enumerated()
        where !(byte == 13 && index + 1 < text.count && text[index + 1] == 10) {
            out.append(byte)
        }
        if out.last != 10 { out.append(10) }
        return out
    }

    private static func write(_ text: [UInt8], to path: String) throws(HybridError) {
        do {
            try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600).write(text[...])
        } catch {
            throw HybridError(
                .notWritable, path, "it cannot be written: \(error)", next: "check free space and TMPDIR")
        }
    }

    private func run(_ program: String, _ folder: String, _ count: Int) throws(HybridError) -> [UInt8] {
        // No options file of anybody's: they could run programs and change what is found.
        let words = [
            program, "--options=NONE", "--quiet=yes", "--output-format=json", "--sort=no", "--extras=-F",
            "--fields={name}{line}{end}{kind}{scope}{signature}{input}-P", "--recurse=yes", "-f", "-", ".",
        ]
        let ended: ChildProcess.Ended
        do throws(ChildProcess.Failure) {
            ended = try ChildProcess.run(
                words.map { Array($0.utf8) }, in: folder,
                environment: ["PATH": environment["PATH"] ?? "", "LC_ALL": "C"],
                timeout: Self.timeout, keeping: .start(Self.most))
        } catch {
            let reason =
                switch error {
                case .timedOut: "it took longer than \(Int(Self.timeout)) s"
                case .notStarted(let system), .unknown(let system): "it could not be run: \(system)"
                case .signalled(let signal, _): "it was ended by signal \(signal)"
                }
            throw HybridError(.programFailed, program, reason, next: "claim lines instead: path#L10-L80")
        }
        guard ended.code == 0, !ended.isCut else {
            let line = ended.output.split(separator: 10).first.map {
                String(decoding: $0.prefix(200), as: UTF8.self)
            }
            throw HybridError(
                .programFailed, program,
                ended.isCut
                    ? "it printed too much" : "it exited with code \(ended.code): \(neutralise(line ?? ""))",
                next: "install Universal Ctags with JSON: apt install universal-ctags")
        }
        return ended.output
    }

    /// One JSON object a line; what is no tag (notices, pseudo tags) is passed over.
    private static func read(_ output: [UInt8], count: Int) throws(HybridError) -> [[Symbol]?] {
        var found = [[Symbol]?](repeating: nil, count: count)
        let decoder = JSONDecoder()
        for line in output.split(separator: 10) where line.first == UInt8(ascii: "{") {
            let text = Data(String(decoding: line, as: UTF8.self).utf8)
            guard let tag = try? decoder.decode(Tag.self, from: text), let line = tag.line, line > 0 else {
                continue
            }
            let parts = tag.path.pathParts.filter { $0 != "." }
            guard let number = parts.first.flatMap({ Int($0) }), found.indices.contains(number) else {
                continue
            }
            let end = max(line, tag.end ?? line)
            found[number, default: []].append(
                Symbol(
                    name: tag.name, scope: scope(tag.scope), kind: tag.kind ?? "", lines: line...end,
                    hasEnd: tag.end != nil, signature: tag.signature))
        }
        return found
    }

    /// Languages join what a definition stands in by `.`, `::` or `/`.
    private static func scope(_ text: String?) -> [String] {
        (text ?? "").split { ".:/#".contains($0) }.map(String.init)
    }
}

extension Array where Element == [Symbol]? {
    fileprivate subscript(number: Int, default empty: [Symbol]) -> [Symbol] {
        get { self[number] ?? empty }
        set { self[number] = newValue }
    }
}
