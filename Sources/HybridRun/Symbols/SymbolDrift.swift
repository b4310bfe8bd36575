public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridUserGit

/// A definition that one worker took away or changed, and that lines which another worker added use.
public struct SymbolDrift: Hashable, Sendable {
    /// A file that a worker changed: its text before and after, nil where it was not there.
    public struct File: Sendable {
        /// Its path.
        public var path: String
        /// Its text at the worker's base.
        public var old: [UInt8]?
        /// Its text at the worker's tip.
        public var new: [UInt8]?

        /// Makes a file.
        public init(path: String, old: [UInt8]?, new: [UInt8]?) {
            self.path = path
            self.old = old
            self.new = new
        }
    }

    /// A place in a text, its line counted from 1.
    public struct Place: Hashable, Sendable {
        /// The file.
        public var path: String
        /// The line.
        public var line: Int
        /// What stands there, safe for display.
        public var text: String
    }

    /// Who changed the definition, by number.
    public var changer: Int
    /// Who uses it, by number.
    public var user: Int
    /// The definition with what it stands in.
    public var name: String
    /// Where it stood at the base.
    public var definition: Place
    /// Its parameters before and after; nil where it is gone.
    public var signatures: (old: String, new: String)? { change.map { ($0.old, $0.new) } }
    private var change: Change?
    /// The first of the added lines that use it.
    public var use: Place

    private struct Change: Hashable {
        var old: String
        var new: String
    }

    /// What can be called or named from elsewhere, in the words of Universal Ctags.
    private static let kinds: Set<String> = [
        "function", "func", "method", "member", "class", "struct", "interface", "enum", "union", "macro",
        "def",
        "subroutine", "procedure", "trait", "typedef", "type", "alias", "module", "singletonMethod",
        "property",
        "constant", "prototype", "generator", "talias",
    ]
    /// Shorter names are found everywhere.
    private static let shortest = 3
    /// So many are told of one run.
    static let most = 50

    /// Compares the definitions and added lines of workers with each other; they are numbered in the order given.
    ///
    /// Names are compared as words: what else is called the same is found as well. Throws what `source` throws. Grows
    /// with the changed files and with the lines that were added.
    public static func find(_ workers: [[File]], _ source: any SymbolSource) throws(HybridError)
        -> [SymbolDrift]
    {
        var texts: [(path: String, text: [UInt8])] = []
        for file in workers.joined() {
            texts.append((file.path, file.old ?? []))
            texts.append((file.path, file.new ?? []))
        }
        var symbols = try source.symbols(in: texts)[...]
        var changes: [(worker: Int, symbol: Symbol, path: String, change: Change?)] = []
        var defined: [Set<String>] = []
        for (number, files) in workers.enumerated() {
            let both = files.map { _ in (old: symbols.popFirst() ?? nil, new: symbols.popFirst() ?? nil) }
            let new = Dictionary(grouping: both.flatMap { $0.new ?? [] }, by: \.name)
            defined.append(Set(new.keys))
            for (file, pair) in zip(files, both) {
                for symbol in pair.old ?? []
                where kinds.contains(symbol.kind) && symbol.name.count >= shortest {
                    let same = (new[symbol.name] ?? []).filter { $0.kind == symbol.kind }
                    // Moved to another scope or file it is still called the same.
                    if same.contains(where: { plain($0.signature) == plain(symbol.signature) }) { continue }
                    let change = same.first.flatMap { after in
                        after.signature.flatMap { now in symbol.signature.map { Change(old: $0, new: now) } }
                    }
                    if change == nil && !same.isEmpty { continue }
                    changes.append((number, symbol, file.path, change))
                }
            }
        }
        let added = workers.map(addedWords)
        var found: [SymbolDrift] = []
        for (changer, symbol, path, change) in changes {
            for user in workers.indices where user != changer && !defined[user].contains(symbol.name) {
                guard let use = added[user][symbol.name], found.count < most else { continue }
                let line = symbol.lines.lowerBound
                let text =
                    workers[changer].first { $0.path == path }?.old.map { Self.line(line, of: $0) } ?? ""
                found.append(
                    SymbolDrift(
                        changer: changer, user: user, name: symbol.qualifiedName,
                        definition: Place(path: path, line: line, text: text), change: change, use: use))
            }
        }
        return found
    }

    private static func plain(_ signature: String?) -> String {
        (signature ?? "").filter { !$0.isWhitespace }
    }

    private static func line(_ number: Int, of text: [UInt8]) -> String {
        let lines = text.split(separator: 10, omittingEmptySubsequences: false)
        return number <= lines.count ? neutralise(String(decoding: lines[number - 1], as: UTF8.self)) : ""
    }

    /// The first place of each word in the lines that a worker added.
    private static func addedWords(_ files: [File]) -> [String: Place] {
        var places: [String: Place] = [:]
        for file in files {
            guard let new = file.new, let edits = Audit.edits(from: file.old ?? [], to: new) else { continue }
            for edit in edits {
                for (offset, line) in edit.newLines.enumerated() {
                    for word in line.split(whereSeparator: { !isWordPart($0) }) where word.count >= shortest {
                        let place = Place(path: file.path, line: edit.newStart + offset + 1, text: line)
                        if places[String(word)] == nil { places[String(word)] = place }
                    }
                }
            }
        }
        return places
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character == "_" || character == "$" || character.isLetter || character.isNumber
    }
}
