internal import CLibgit2

/// The attributes that decide how files are written, read once for a whole tree.
///
/// Only lines that can set one of them are kept, so that most trees have none to try. Source: git's attr.c, convert.c.
struct TreeAttributes {
    /// A line that may set something, and the length of the path of its folder, slash included.
    fileprivate struct Rule {
        var pattern: AttributePattern
        var base: Int
        var states: [(number: Int, value: AttributeValue)]
    }

    /// The rules that the `.gitattributes` on the way to a folder have, the strongest first.
    struct Chain {
        fileprivate var rules: [Rule] = []
    }

    /// The attributes that count, by their numbers.
    private static let core = ["text", "crlf", "eol", "ident", "filter", "working-tree-encoding"]
    private static let (text, crlf, eol, ident, filter, encoding) = (0, 1, 2, 3, 4, 5)

    private var numbers: [String: Int] = [:]
    /// What the macros among them set, by number.
    private var macros: [Int: [(number: Int, value: AttributeValue)]] = [:]
    /// Stronger than those of the tree, and weaker; the strongest first.
    private var (own, others): ([Rule], [Rule]) = ([], [])
    private let settings: LineSettings
    /// What is said outside of the tree, as bytes: where they are the same, so is what it says of a file.
    let sources: [UInt8]

    /// Reads the files outside of the tree, and the macros of its top file.
    init(_ repository: Repository, top: AttributeText?) throws(GitError) {
        settings = try LineSettings(repository)
        let outside = try ([repository.commonDirectory + "info/attributes"] + repository.attributeFiles())
            .map { (path) throws(GitError) in try Disk.bytes(path) ?? [] }
        sources = Array(settings.text.utf8) + outside.flatMap { Array("\($0.count):".utf8) + $0 }
        let read = outside.map { AttributeText($0, allowsMacros: true, skipsMark: true) }
        let (own, others) = (read[0], read.dropFirst())
        let weakest = AttributeText(Array("[attr]binary -diff -merge -text\n".utf8), allowsMacros: true)
        let files = [own, top ?? AttributeText([], allowsMacros: true)] + others + [weakest]
        number(macros: files.flatMap { $0.lines.reversed().filter(\.isMacro) })
        self.own = rules(of: own, base: 0)
        self.others = others.flatMap { rules(of: $0, base: 0) }
    }

    /// Gives numbers to the attributes that matter and to the macros that set one of them; the first of a name counts.
    private mutating func number(macros lines: [AttributeText.Line]) {
        var defined: [String: AttributeText.Line] = [:]
        for line in lines {
            let name = String(decoding: line.pattern, as: UTF8.self)
            if defined[name] == nil { defined[name] = line }
        }
        for (number, name) in Self.core.enumerated() { numbers[name] = number }
        var grows = true
        while grows {
            grows = false
            for (name, line) in defined where numbers[name] == nil {
                guard line.states.contains(where: { numbers[$0.name] != nil }) else { continue }
                numbers[name] = numbers.count
                grows = true
            }
        }
        for (name, line) in defined {
            guard let number = numbers[name] else { continue }
            macros[number] = known(line.states)
        }
    }

    private func known(_ states: [AttributeText.State]) -> [(number: Int, value: AttributeValue)] {
        states.reversed().compactMap { state in numbers[state.name].map { ($0, state.value) } }
    }

    /// The rules of a file that matter, the strongest first.
    private func rules(of file: AttributeText, base: Int) -> [Rule] {
        file.lines.reversed().compactMap { line in
            let states = known(line.states)
            if line.isMacro || states.isEmpty { return nil }
            let pattern = AttributePattern(line.pattern, folds: settings.ignoresCase)
            return Rule(pattern: pattern, base: base, states: states)
        }
    }

    /// The rules in a folder with a file of its own, whose path has `base` bytes with its slash.
    func entering(_ file: AttributeText, base: Int, below chain: Chain) -> Chain {
        Chain(rules: rules(of: file, base: base) + chain.rules)
    }

    /// Whether any line could say something of the files in a folder.
    func mayConvert(_ chain: Chain) -> Bool { !own.isEmpty || !chain.rules.isEmpty || !others.isEmpty }

    /// How a file is written whose whole path is `path`, its last component beginning at `name`.
    func conversion(_ path: UnsafeRawBufferPointer, name: Int, _ chain: Chain) -> Conversion {
        if !mayConvert(chain) { return settings.plain }
        let values = values(path, name: name, chain)
        var found = settings.conversion(
            text: values[Self.text] ?? .unspecified, crlf: values[Self.crlf] ?? .unspecified,
            eol: values[Self.eol] ?? .unspecified, ident: values[Self.ident] ?? .unspecified)
        found.filter = FilterUse(
            filter: values[Self.filter] ?? .unspecified, encoding: values[Self.encoding] ?? .unspecified)
        return found
    }

    /// Whether nothing that is said of a file changes it on its way into the repository or out of it.
    func keepsContent(_ path: UnsafeRawBufferPointer, name: Int, _ chain: Chain) -> Bool {
        if !settings.keepsContent { return false }
        if !mayConvert(chain) { return true }
        return values(path, name: name, chain).allSatisfy { ($0 ?? .unspecified) == .unspecified }
    }

    private func values(
        _ path: UnsafeRawBufferPointer, name: Int, _ chain: Chain
    ) -> [AttributeValue?] {
        var values = [AttributeValue?](repeating: nil, count: numbers.count)
        let last = UnsafeRawBufferPointer(rebasing: path[name...])
        for rules in [own, chain.rules, others] {
            for rule in rules {
                let inner = UnsafeRawBufferPointer(rebasing: path[rule.base...])
                if rule.pattern.matches(inner, name: last) { fill(rule.states, &values) }
            }
        }
        return values
    }

    /// What is said first stays.
    private func fill(_ states: [(number: Int, value: AttributeValue)], _ values: inout [AttributeValue?]) {
        for state in states where values[state.number] == nil {
            values[state.number] = state.value
            if state.value == .set, let macro = macros[state.number] { fill(macro, &values) }
        }
    }
}

/// The settings core.autocrlf, core.eol and core.ignoreCase, and what they make of attributes.
private struct LineSettings {
    private enum Auto: String { case off, on, input }

    private let auto: Auto
    /// Whether lines of text end in CRLF.
    private let writesReturns: Bool
    /// Whether patterns match letters of either case.
    let ignoresCase: Bool

    init(_ repository: Repository) throws(GitError) {
        if try repository.configString("core.autocrlf")?.lowercased() == "input" {
            auto = .input
        } else {
            auto = try repository.configBool("core.autocrlf") == true ? .on : .off
        }
        let ends = try repository.configString("core.eol")?.lowercased() == "crlf"
        writesReturns = auto == .on || auto == .off && ends
        ignoresCase = try repository.configBool("core.ignorecase") == true
    }

    /// Whether a file without attributes is stored as it lies there.
    var keepsContent: Bool { auto == .off }

    /// All of it in a line.
    var text: String {
        "\(auto.rawValue) \(writesReturns ? "crlf" : "lf") \(ignoresCase ? "folds" : "exact")\n"
    }

    /// The way of a file without attributes.
    var plain: Conversion { Conversion(endings: auto == .on ? .crlfIfText : .kept) }

    func conversion(
        text: AttributeValue, crlf: AttributeValue, eol: AttributeValue, ident: AttributeValue
    ) -> Conversion {
        var endings = endings(text, eol)
        // The old name of the attribute counts where the new one says nothing that is known.
        if endings == nil { endings = self.endings(crlf, eol) }
        if endings == nil {
            endings =
                switch eol {
                case .value("lf"): .kept
                case .value("crlf"): .crlf
                default: plain.endings
                }
        }
        return Conversion(endings: endings ?? .kept, expandsIdent: ident == .set)
    }

    /// Nil where `text` says nothing.
    private func endings(_ text: AttributeValue, _ eol: AttributeValue) -> Conversion.Endings? {
        switch text {
        case .unset, .value("input"):
            // git lets eol=crlf overrule `input`, and nothing overrule -text.
            return text != .unset && eol == .value("crlf") ? .crlf : .kept
        case .set, .value("auto"):
            let changed: Conversion.Endings = text == .set ? .crlf : .crlfIfText
            switch eol {
            case .value("lf"): return .kept
            case .value("crlf"): return changed
            default: return writesReturns ? changed : .kept
            }
        default: return nil
        }
    }
}

extension Repository {
    /// The files of attributes that are neither the repository's nor a tree's, the strongest first.
    package func attributeFiles() throws(GitError) -> [String] {
        // A place that libgit2 cannot tell (`~USER/list`) it reads nothing from.
        if let named = try? configPath("core.attributesfile") {
            if let user = PlainSettings.user { return [named, user.system + "/gitattributes"] }
            return [named] + (try attributeFiles(at: [(GIT_CONFIG_LEVEL_SYSTEM, "gitattributes")]))
        }
        if let user = PlainSettings.user {
            return [user.folder + "/attributes", user.system + "/gitattributes"]
        }
        return try attributeFiles(at: [
            (GIT_CONFIG_LEVEL_XDG, "attributes"), (GIT_CONFIG_LEVEL_SYSTEM, "gitattributes"),
        ])
    }

    private func attributeFiles(at levels: [(git_config_level_t, String)]) throws(GitError) -> [String] {
        var files: [String] = []
        for (level, name) in levels {
            var list = git_buf()
            defer { git_buf_dispose(&list) }
            try Library.started()
            try check(hybrid_git_get_search_path(level.rawValue, &list), "find file of attributes", name)
            guard let folders = list.ptr else { continue }
            files += String(cString: folders).split(separator: ":").map { $0 + "/" + name }
        }
        return files
    }
}
