internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// Where claimed sections lie in the files of one tree, and whether two of them keep apart.
///
/// Files and definitions are read once.
public final class SectionMap: SectionJudge {
    private let read: (String) throws -> [UInt8]?
    private let source: any SymbolSource
    private var texts: [RepoPath: [UInt8]?] = [:]
    private var symbols: [RepoPath: [Symbol]?] = [:]
    private var apart: [RepoPath: [Claim.Section]] = [:]
    /// Why definitions cannot be found at all.
    private var failure: HybridError?

    /// Reads files by `read`, nil for none, and definitions by `symbols`.
    public init(symbols source: any SymbolSource, read: @escaping (String) throws -> [UInt8]?) {
        self.source = source
        self.read = read
    }

    /// Finds the definitions that claims name, of all files at once: starting a tool costs more than reading with it.
    ///
    /// A tool that is missing or fails is told by each section that needs it.
    public func prepare(_ claims: [Claim]) throws {
        var paths: Set<RepoPath> = []
        for claim in claims {
            if case .symbol = claim.section, symbols[RepoPath(claim.path)] == nil {
                paths.insert(RepoPath(claim.path))
            }
        }
        let files = try paths.sorted().map(\.text).compactMap { path in
            try text(path).map { (path: path, text: $0) }
        }
        do throws(HybridError) {
            for (file, found) in zip(files, try source.symbols(in: files)) {
                symbols[RepoPath(file.path)] = found
            }
        } catch {
            failure = error
        }
    }

    private func text(_ path: String) throws -> [UInt8]? {
        if let known = texts[RepoPath(path)] { return known }
        let text = try read(path)
        texts[RepoPath(path)] = text
        return text
    }

    /// The lines of a section, from 1; throws `HybridError` where the file has no such lines or definition, or more
    /// than one.
    ///
    /// A definition begins with what is said directly above it: comments, attributes and decorators.
    public func lines(of section: Claim.Section, in path: String) throws -> ClosedRange<Int> {
        guard let text = try text(path) else {
            throw HybridError(
                .planInvalid, path, "it is not there, so it has no sections", next: "claim the whole file")
        }
        let lines = Self.split(text)
        switch section {
        case .lines(let wanted):
            guard wanted.upperBound <= lines.count else {
                throw HybridError(
                    .planInvalid, path,
                    "it has \(lines.count) lines, so there is no line \(wanted.upperBound)",
                    next: "correct the section, or claim a function: path::name")
            }
            return wanted
        case .symbol(let names):
            let symbol = try symbol(names, in: path)
            return Self.withWhatStandsAbove(symbol.lines, lines)
        }
    }

    private func symbol(_ names: [String], in path: String) throws -> Symbol {
        try prepare([Claim(path: path, section: .symbol(names))])
        if let failure { throw failure }
        let wanted = names.joined(separator: ".")
        guard let all = symbols[RepoPath(path)] ?? nil else {
            throw HybridError(
                .planInvalid, path, "Universal Ctags finds no definition in it",
                next: "claim lines: \(path)#L1-L9")
        }
        let found = all.filter {
            $0.name == names.last && $0.scope.suffix(names.count - 1) == names.dropLast()
        }
        guard let first = found.first else {
            let near = nearest(wanted, in: all.map(\.qualifiedName)).map { "did you mean \($0)?" }
            throw HybridError(
                .planInvalid, "\(path)::\(wanted)", "there is no such definition",
                next: near ?? "list them: ctags -x \(ShellWord.bare(path))")
        }
        guard found.count == 1 else {
            let places = found.map { "\($0.qualifiedName) at line \($0.lines.lowerBound)" }
            throw HybridError(
                .planInvalid, "\(path)::\(wanted)",
                "\(found.count) definitions have that name: \(places.joined(separator: ", "))",
                next: "say in what it stands (Class.name), or claim lines")
        }
        guard first.hasEnd else {
            throw HybridError(
                .planInvalid, "\(path)::\(wanted)",
                "Universal Ctags cannot tell where this \(first.kind) ends",
                next: "claim lines: \(path)#L\(first.lines.lowerBound)-L\(first.lines.lowerBound + 9)")
        }
        return first
    }

    private static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = text.split(separator: 10, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static let leads = ["@", "//", "/*", "* ", "*/", "# ", "#[", "--", "template<", "template <"].map
    {
        Array($0.utf8)
    }

    private static func withWhatStandsAbove(
        _ lines: ClosedRange<Int>, _ text: [ArraySlice<UInt8>]
    ) -> ClosedRange<Int> {
        var first = lines.lowerBound
        while first > 1 {
            let above = text[first - 2].drop { $0 == 32 || $0 == 9 }
            guard leads.contains(where: { above.starts(with: $0) }) || above.elementsEqual("*".utf8) else {
                break
            }
            first -= 1
        }
        return first...min(lines.upperBound, text.count)
    }

    /// Why a section cannot be found; nil where it can.
    public func problem(_ section: Claim.Section, in path: String) -> String? {
        do {
            _ = try lines(of: section, in: path)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Why two sections of a file meet, with the lines; nil where they do not.
    public func overlap(path: String, a: Claim.Section, b: Claim.Section) -> String? {
        do {
            let (one, two) = (try lines(of: a, in: path), try lines(of: b, in: path))
            if one.overlaps(two) { return "they share \(Self.words(one.clamped(to: two)))" }
            guard try meet(one, two, in: path) else { return nil }
            return "\(Self.words(one)) and \(Self.words(two)) lie so close that changes of both conflict"
        } catch {
            return "whether they meet cannot be decided: \(error)"
        }
    }

    private static func words(_ lines: ClosedRange<Int>) -> String {
        lines.count == 1 ? "line \(lines.lowerBound)" : "lines \(lines.lowerBound) to \(lines.upperBound)"
    }

    /// So many parts of a file are named, and so many of its definitions looked at for them: each pair costs merges.
    private static let mostParts = 4
    private static let mostLooked = 12
    /// The largest file that is looked at, in bytes.
    private static let largest = 256 << 10

    /// The first definitions of a file that keep apart from each other, each as a claim names it.
    ///
    /// Those of its top level, or where there are not two, those one level deeper. None where Universal Ctags is not there.
    public func parts(of path: String) throws -> [Claim.Section] {
        if let known = apart[RepoPath(path)] { return known }
        try prepare([Claim(path: path, section: .symbol([]))])
        var found: [Claim.Section] = []
        if let all = symbols[RepoPath(path)] ?? nil, let text = try text(path), text.count <= Self.largest {
            for depth in 0...1 where found.count < 2 {
                found = parts(
                    of: path, among: all.filter { $0.scope.count == depth && !$0.name.hasPrefix("__anon") })
            }
        }
        if found.count < 2 { found = [] }
        apart[RepoPath(path)] = found
        return found
    }

    private func parts(of path: String, among symbols: [Symbol]) -> [Claim.Section] {
        var found: [Claim.Section] = []
        let inOrder = symbols.filter(\.hasEnd).sorted { $0.lines.lowerBound < $1.lines.lowerBound }
        for symbol in inOrder.prefix(Self.mostLooked) where found.count < Self.mostParts {
            let section = Claim.Section.symbol(symbol.scope + [symbol.name])
            let claim = Claim(path: path, section: section)
            // What a plan could not write, or would read as something else, is not proposed.
            guard let written = SectionText.split(claim.text), written.path.hasBytes(of: path),
                written.section == section,
                problem(section, in: path) == nil,
                found.allSatisfy({ overlap(path: path, a: $0, b: section) == nil })
            else { continue }
            found.append(section)
        }
        return found
    }

    /// Whether changes of two sections of a file could conflict: asked of the merge itself, with edits of every line
    /// of each and with lines put in at their ends.
    public func meet(_ one: ClosedRange<Int>, _ two: ClosedRange<Int>, in path: String) throws -> Bool {
        if one.overlaps(two) { return true }
        guard let text = try text(path) else { return true }
        let probes = [Probe.changed, .grown, .removed]
        for mine in probes {
            for other in probes {
                let merge = TextMerge.merge(
                    ThreeWay(
                        base: text, ours: mine.edit(one, of: text, "ours"),
                        theirs: other.edit(two, of: text, "theirs")))
                if !merge.isClean { return true }
            }
        }
        return false
    }

    /// What a worker may do to a section.
    private enum Probe {
        case changed, grown, removed

        func edit(_ lines: ClosedRange<Int>, of text: [UInt8], _ name: String) -> [UInt8] {
            var all = text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
            let range = lines.lowerBound - 1..<lines.upperBound
            func new(_ number: Int) -> [UInt8] { Array("\(name) \(number) of this probe".utf8) }
            switch self {
            case .changed: for line in range { all[line] = new(line) }
            case .grown:
                all.insert(new(1), at: range.upperBound)
                all.insert(new(0), at: range.lowerBound)
            case .removed: all.removeSubrange(range)
            }
            return Array(all.joined(separator: [10]))
        }
    }
}
