internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Looks for ``WrongTree``s in a plan.
struct WrongTreeSearch {
    /// The roots of the checkouts that are there, each as git names it.
    private let roots: [String]
    /// How a text may spell each root's bytes, with the root.
    private let spellings: [(bytes: [UInt8], root: String)]
    /// Where worktrees of runs lie; what is below is no checkout of the user's.
    private let runs: String
    private let environment: [String: String]

    init(checkouts: [String], runs: String, environment: [String: String]) {
        roots = checkouts.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            .filter { $0 != "/" && !$0.isEmpty }
        spellings = roots.flatMap { root in
            Set([root, Files.real(root) ?? root]).sorted().map { (Array($0.utf8), root) }
        }
        self.runs = runs
        self.environment = environment
    }

    /// What the plan's commands that judge or make the merged tree name outside of it.
    func findings(in plan: Plan) -> [WrongTree] {
        let commands: [(command: Command, job: JobID?)] =
            plan.verify.map { ($0, nil) } + plan.jobs.flatMap { job in job.verify.map { ($0, job.id) } }
            + plan.integrateCommands.map { ($0.command, nil) }
        guard !commands.isEmpty, !roots.isEmpty else { return [] }
        var found: [WrongTree] = []
        for name in Self.searchPaths {
            guard let value = environment[name], let hit = hit(in: Array(value.utf8)) else { continue }
            found.append(
                WrongTree(command: nil, job: nil, word: name, path: hit.path, checkout: hit.root))
        }
        var seen: Set<WrongTree> = []
        for (command, job) in commands {
            guard let hit = hit(in: command) else { continue }
            let one = WrongTree(
                command: command.display, job: job, word: hit.word, path: hit.path, checkout: hit.root)
            if seen.insert(one).inserted { found.append(one) }
        }
        return found
    }

    /// Variables by which an interpreter, a compiler or a loader finds what it reads.
    private static let searchPaths = [
        "PYTHONPATH", "PYTHONHOME", "MYPYPATH", "NODE_PATH", "RUBYLIB", "BUNDLE_GEMFILE", "PERL5LIB",
        "CLASSPATH", "GOWORK", "CARGO_TARGET_DIR", "LD_LIBRARY_PATH", "LD_PRELOAD", "LIBRARY_PATH", "CPATH",
        "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "PKG_CONFIG_PATH",
    ]

    private struct Hit {
        var word: String
        var path: String
        var root: String
    }

    private func hit(in command: Command) -> Hit? {
        let texts: [String] =
            switch command {
            case .shell(let text): [text]
            case .argv(let words): words
            }
        for text in texts {
            let written = Array(text.utf8)
            let expanded = self.expanded(written)
            // A quoted part of a path is a part of it all the same.
            let plain = expanded.filter { !Self.quotes.contains($0) }
            if let hit = hit(in: plain) ?? hit(in: expanded) {
                // As it was written, where it stands there.
                let bare = written.filter { !Self.quotes.contains($0) }
                if self.hit(in: written) != nil || self.hit(in: bare) != nil { return hit }
                return Hit(word: Self.word(leadingTo: written), path: hit.path, root: hit.root)
            }
            for word in plain.split(whereSeparator: Self.separators.contains).map(Array.init) {
                if let hit = upwards(word) ?? linked(word) { return hit }
            }
        }
        return program(of: command)
    }

    // MARK: Text

    private static let quotes = Set("'\"\\".utf8)
    private static let separators = Set(" \t\n\r'\"=:;,(){}|&<>`".utf8)

    /// Whether a byte goes on with the name of a file.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte != 47 && !separators.contains(byte) && byte != 92 && byte != 42 && byte != 63
    }

    /// The first path in a text that begins with the spelling of a root.
    private func hit(in text: [UInt8]) -> Hit? {
        for (spelling, root) in spellings where text.count >= spelling.count {
            for start in 0...(text.count - spelling.count)
            where text[start] == spelling[0] && text[start...].starts(with: spelling) {
                let end = start + spelling.count
                if end < text.count, Self.isNameByte(text[end]) { continue }
                // What stands in front may be an option such as -I, or the slashes of an address, but no folder.
                let front = text[..<start].reversed().prefix { !Self.separators.contains($0) }
                let isOption = front.last == 45 && !front.contains(47)
                if !isOption, !front.allSatisfy({ $0 == 47 }) { continue }
                let rest = text[end...].prefix { $0 == 47 || Self.isNameByte($0) }
                let path = String(decoding: spelling + rest, as: UTF8.self)
                if isBelowRuns(path) { continue }
                return Hit(word: path, path: path, root: root)
            }
        }
        return nil
    }

    private func isBelowRuns(_ path: String) -> Bool { path == runs || path.hasPrefix(runs + "/") }

    /// The text with `~`, `$NAME` and `${NAME}` as a shell would fill them in; what hybrid sets itself stays.
    private func expanded(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == 126, at == 0 || Self.separators.contains(text[at - 1]),
                at + 1 == text.count || text[at + 1] == 47 || Self.separators.contains(text[at + 1]),
                let home = environment["HOME"]
            {
                out += home.utf8
                at += 1
            } else if byte == 36, let (name, end) = Self.variable(text, from: at + 1),
                !name.hasPrefix("HYBRID_"), name != "PWD", name != "OLDPWD", let value = environment[name]
            {
                out += value.utf8
                at = end
            } else {
                out.append(byte)
                at += 1
            }
        }
        return out
    }

    /// The name of a variable and where it ends.
    private static func variable(_ text: [UInt8], from start: Int) -> (name: String, end: Int)? {
        let isBraced = start < text.count && text[start] == 123
        let from = isBraced ? start + 1 : start
        let name = text[min(from, text.count)...].prefix {
            $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
        guard !name.isEmpty, !isBraced || name.endIndex < text.count && text[name.endIndex] == 125 else {
            return nil
        }
        return (String(decoding: name, as: UTF8.self), name.endIndex + (isBraced ? 1 : 0))
    }

    /// The first word of a text that stands for something else.
    private static func word(leadingTo text: [UInt8]) -> String {
        let words = text.split { " \t\n;|&()<>`'\"".utf8.contains($0) }
        let word = words.first { $0.contains(36) || $0.contains(126) } ?? []
        return String(decoding: word, as: UTF8.self)
    }

    // MARK: Paths

    /// A word that goes up out of the worktree, and from there or from the main checkout into one.
    private func upwards(_ word: [UInt8]) -> Hit? {
        guard let dot = word.firstIndex(of: 46), !word[..<dot].contains(47) else { return nil }
        let from = word[dot...]
        guard from.starts(with: "../".utf8) || from.elementsEqual("..".utf8) else { return nil }
        let relative = String(decoding: from, as: UTF8.self)
        for place in roots + [runs + "/RUN/check-1"] {
            guard let path = Self.leaving(place, relative), !isBelowRuns(path) else { continue }
            for root in roots where path == root || path.hasPrefix(root + "/") {
                return Hit(word: relative, path: path, root: root)
            }
        }
        return nil
    }

    /// Where a relative path leads from a folder; nil where it never leaves the folder.
    private static func leaving(_ folder: String, _ relative: String) -> String? {
        let depth = folder.split(separator: "/").count
        var parts = folder.split(separator: "/")
        var least = depth
        for part in relative.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
            least = min(least, parts.count)
        }
        return least < depth ? "/" + parts.joined(separator: "/") : nil
    }

    /// A word that comes into a checkout through a link.
    private func linked(_ word: [UInt8]) -> Hit? {
        guard let slash = word.firstIndex(of: 47), !word[..<slash].contains(46) else { return nil }
        let path = String(decoding: word[slash...], as: UTF8.self)
        guard slash == 0 || word[0] == 45, let real = Self.real(path),
            let hit = hit(in: Array(real.utf8))
        else { return nil }
        return Hit(word: path, path: hit.path, root: hit.root)
    }

    /// A path without links, as far as it is there.
    private static func real(_ path: String) -> String? {
        var (head, tail) = (path, "")
        while true {
            if let real = Files.real(head) { return real + tail }
            guard let slash = head.lastIndex(of: "/"), slash != head.startIndex else { return nil }
            tail = head[slash...] + tail
            head = String(head[..<slash])
        }
    }

    // MARK: Programs

    /// A program that is found in a checkout, or in a Python environment that reads one.
    private func program(of command: Command) -> Hit? {
        let lines: [[String]] =
            switch command {
            case .shell(let text):
                text.split { ";|&\n()".contains($0) }.map { $0.split(separator: " ").map(String.init) }
            case .argv(let words): [words]
            }
        for words in lines {
            guard let name = words.first(where: { !$0.contains("=") }), let place = found(name) else {
                continue
            }
            if let hit = hit(in: Array(place.utf8)) { return Hit(word: name, path: hit.path, root: hit.root) }
            if let hit = editable(place) { return Hit(word: name, path: hit.path, root: hit.root) }
        }
        return nil
    }

    /// Where a shell finds a program.
    private func found(_ name: String) -> String? {
        if name.contains("/") { return name.hasPrefix("/") ? name : nil }
        for folder in (environment["PATH"] ?? "").split(separator: ":") where folder.hasPrefix("/") {
            let path = "\(folder)/\(name)"
            if Files.exists(path) { return path }
        }
        return nil
    }

    /// The checkout that a Python environment reads because of an editable install.
    private func editable(_ program: String) -> Hit? {
        let parts = program.split(separator: "/")
        guard parts.count > 2 else { return nil }
        let environment = "/" + parts.dropLast(2).joined(separator: "/")
        guard Files.exists(environment + "/pyvenv.cfg") else { return nil }
        for version in Files.names(in: environment + "/lib") where version.hasPrefix("python") {
            let packages = "\(environment)/lib/\(version)/site-packages"
            for name in Files.names(in: packages).sorted()
            where name.hasSuffix(".pth") || name.hasPrefix("__editable__") && name.hasSuffix(".py") {
                guard let bytes = Files.read("\(packages)/\(name)"), bytes.count < 1 << 20 else { continue }
                if let hit = hit(in: bytes) { return hit }
            }
        }
        return nil
    }
}
