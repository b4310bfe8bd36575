internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Ignored files of the user's checkout that worktrees get, as they lie there.
struct BroughtSource {
    /// A file, folder or link that is brought as a whole.
    struct Root {
        var path: String
        var way: BroughtFiles.Way
        /// All of it, folders before what they hold; the root alone where it comes as a link.
        var items: [Item]

        var size: Int { items.reduce(0) { $0 + ($1.facts.kind == .file ? $1.facts.size : 0) } }
        var files: Int { items.count { $0.facts.kind != .folder } }
    }

    /// One file, folder or link.
    struct Item {
        /// From the checkout's root.
        var path: String
        var facts: PathFacts
    }

    /// The checkout, without a final slash.
    let folder: String
    private(set) var roots: [Root] = []
    /// What is neither file, folder nor link, or has a name that is no text.
    private(set) var passedOver = 0
    /// Ignored folders that cannot be looked into, where a part of one may be wanted.
    private(set) var unread: [String] = []

    /// The most files that are looked at.
    private static let most = 1_000_000

    /// Looks through a checkout for what a plan brings; nothing below `worktrees` is anybody's to bring.
    ///
    /// Grows with the checkout, and with the files that are brought.
    init(_ checkout: Repository, folder: String, _ wanted: [BroughtFiles], besides worktrees: [String]) throws
    {
        self.folder = folder
        let patterns = BroughtPatterns(wanted)
        let folders = Set(worktrees.compactMap { Files.real($0) } + worktrees)
        for entry in try checkout.ignoredEntries().map(\.text) {
            try look(entry.withoutFinalSlashes, patterns, folders)
        }
    }

    private mutating func look(_ path: String, _ patterns: BroughtPatterns, _ besides: Set<String>) throws {
        let whole = folder + "/" + path
        guard !besides.contains(whole), let facts = PathFacts.of(whole) else { return }
        if let way = try patterns.way(path, isFolder: facts.kind == .folder) {
            var root = Root(path: path, way: way, items: [Item(path: path, facts: facts)])
            if way != .link, facts.kind == .folder { try collect(path, &root, besides) }
            if facts.kind == .other { passedOver += 1 } else { roots.append(root) }
            return
        }
        // git names an ignored folder as a whole; a pattern with a path may want a part of it.
        guard facts.kind == .folder, patterns.leadsInto(path) else { return }
        // Nobody said that all of it is wanted, so one that cannot be looked into stops nothing.
        guard let names = try? names(in: whole) else {
            unread.append(path)
            return
        }
        for name in names { try look(path + "/" + name, patterns, besides) }
    }

    /// The names in a folder, in order; none where it has gone.
    ///
    /// Throws where it cannot be read: taken for empty, a worktree would lack what is in it without a word.
    private func names(in whole: String) throws -> [String] {
        do throws(SystemError) { return try Files.listed(whole).sorted() } catch {
            if error.code == ENOENT { return [] }
            throw Self.unreadable(whole, "\(error)", isFolder: true)
        }
    }

    /// What to be told of a user's own file or folder that is to be brought and cannot be read.
    static func unreadable(_ path: String, _ reason: String, isFolder: Bool = false) -> HybridError {
        HybridError(
            .unreadable, path, "worktrees are to get it, and it cannot be read: \(neutralise(reason))",
            next:
                "let yourself read it (chmod u+\(isFolder ? "rx" : "r") \(ShellWord.bare(path))), or take it "
                + "out of Copy: and .worktreeinclude")
    }

    /// All that lies at and below a path now.
    ///
    /// Throws where a folder of it cannot be read.
    func items(below path: String) throws -> [Item] {
        guard let facts = PathFacts.of(folder + "/" + path) else { return [] }
        var root = Root(path: path, way: .copy, items: [Item(path: path, facts: facts)])
        var copy = self
        if facts.kind == .folder { try copy.collect(path, &root, []) }
        return root.items
    }

    private mutating func collect(_ path: String, _ root: inout Root, _ besides: Set<String>) throws {
        for name in try names(in: folder + "/" + path) {
            let inner = path + "/" + name
            guard !besides.contains(folder + "/" + inner), root.items.count < Self.most else { continue }
            guard let facts = PathFacts.of(folder + "/" + inner), facts.kind != .other else {
                passedOver += 1
                continue
            }
            root.items.append(Item(path: inner, facts: facts))
            if facts.kind == .folder { try collect(inner, &root, besides) }
        }
    }

    /// Leaves out the roots that are not wanted.
    mutating func keep(_ isWanted: (Root) -> Bool) {
        roots = roots.filter(isWanted)
        key = keyNow
    }

    /// Says which files these are, by their sizes and times; part of what a verdict rests on.
    private(set) var key = ""

    private var keyNow: String {
        let text = roots.map { root in
            root.way.rawValue
                + root.items.map { "\($0.path)\u{0}\($0.facts.mode) \($0.facts.size) \($0.facts.modified)" }
                .joined(separator: "\u{0}")
        }.joined(separator: "\u{0}\u{0}")
        return (try? ObjectID(ofBlob: Array(text.utf8)).description) ?? text
    }

    /// What is brought, with its size, for people.
    var words: String {
        let names = roots.prefix(4).map { RepoPath($0.path).description }
        let more = roots.count > 4 ? " and \(roots.count - 4) more" : ""
        let files = roots.reduce(0) { $0 + $1.files }
        return "\(names.joined(separator: ", "))\(more) (\(files) file\(files == 1 ? "" : "s"), "
            + "\(Self.words(bytes: roots.reduce(0) { $0 + $1.size })))"
    }

    static func words(bytes: Int) -> String {
        if bytes < 1 << 10 { return "\(bytes) bytes" }
        if bytes < 1 << 20 { return "\(bytes >> 10) KB" }
        return "\(bytes >> 20) MB"
    }
}

/// The patterns of a plan's `Copy:`, read as lines of one `.gitignore` for each way.
struct BroughtPatterns {
    private struct Lines: BaseTree {
        var text: String
        func entry(_: String) throws -> BaseEntry? { nil }
        func sharedIgnoreFiles() throws -> [(name: String, content: [UInt8])] { [("copy", Array(text.utf8))] }
    }

    private let rules: [(way: BroughtFiles.Way, rules: IgnoreRules)]
    /// The first names of patterns that are paths; nil: any.
    private let firsts: Set<String>?

    init(_ wanted: [BroughtFiles]) {
        // A pattern that takes files away takes them from all.
        rules = BroughtFiles.Way.allCases.reversed().compactMap { way in
            let lines = wanted.filter { $0.way == way || $0.pattern.utf8.first == 33 }
            guard lines.contains(where: { $0.pattern.utf8.first != 33 }) else { return nil }
            return (way, IgnoreRules(Lines(text: lines.map(\.pattern).joined(separator: "\n") + "\n")))
        }
        let paths = wanted.map { $0.pattern.drop { $0 == "/" }.pathParts.map(String.init) }.filter {
            $0.count > 1
        }
        firsts =
            paths.contains { $0[0].contains { "*?[\\".contains($0) } } ? nil : Set(paths.map { $0[0] })
    }

    /// How a path comes; nil where it does not.
    func way(_ path: String, isFolder: Bool) throws -> BroughtFiles.Way? {
        for (way, rules) in rules {
            let rule = try isFolder ? rules.rule(hidingFolder: path) : rules.rule(hiding: path)
            if rule != nil { return way }
        }
        return nil
    }

    /// Whether a pattern may want a part of an ignored folder.
    func leadsInto(_ path: String) -> Bool {
        guard let firsts else { return true }
        return path.pathParts.first.map { firsts.contains(String($0)) } ?? false
    }
}
