#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The hooks that were in effect at launch, and which files of a worktree decide what they do.
struct HookFiles {
    /// The hooks' folder, absolute.
    let folder: String
    /// That folder and what it takes along, from the repository's root and with a final `/`; nil where it lies elsewhere.
    private let tracked: String?
    /// What the hooks of a commit say.
    private let texts: [String]

    /// The hooks that `git commit` calls.
    static let ofCommits = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]

    /// Reads the hooks of a folder; `root` is the main checkout's working tree, with a final `/`.
    init(in folder: String, root: String?) {
        self.folder = folder
        tracked = root.flatMap { Self.place(of: folder, below: $0) }
        var texts: [String] = []
        for name in Self.ofCommits where Self.isHook(folder + "/" + name) {
            texts.append(Self.text(folder + "/" + name))
            // husky's entry calls the file of the same name one folder up.
            texts.append(Self.text(folder + "/../" + name))
        }
        self.texts = texts.filter { !$0.isEmpty }
    }

    /// Whether git would call a hook.
    func has(_ hook: String) -> Bool { Self.isHook(folder + "/" + hook) }

    /// Whether a commit would call any.
    var isAny: Bool { Self.ofCommits.contains(where: has) }

    private static func isHook(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && !Files.isFolder(path)
    }

    private static func text(_ path: String) -> String {
        String(
            decoding: (Files.isFolder(path) ? nil : Files.read(path))?.prefix(1 << 16) ?? [], as: UTF8.self)
    }

    /// Where the folder lies in the working tree; nil: not in it, or where git keeps its own files.
    private static func place(of folder: String, below root: String) -> String? {
        var parts: [Substring] = []
        for part in folder.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let plain = "/" + parts.joined(separator: "/")
        let top = root.hasSuffix("/") ? String(root.dropLast()) : root
        let real = [top, Files.real(top) ?? top].first { plain == $0 || plain.hasPrefix($0 + "/") }
        guard let real, plain != real else { return nil }
        var place = plain.dropFirst(real.utf8.count + 1)
        if place == ".git" || place.hasPrefix(".git/") { return nil }
        // husky keeps what it makes in a folder of its own below the hooks that people write.
        if place.hasSuffix("/_") { place = place.dropLast(2) }
        return place + "/"
    }

    // MARK: What decides

    /// Files in any folder that tools for hooks read, by their names.
    private static let names: Set<String> = [
        ".pre-commit-config.yaml", ".pre-commit-config.yml", ".gitleaks.toml", ".gitlint", ".overcommit.yml",
        "captainhook.json", "prek.toml",
    ]

    /// The same by how their names begin.
    private static let beginnings = [
        "lefthook.", ".lefthook.", "lefthook-local.", ".lefthook-local.", ".lintstagedrc",
        "lint-staged.config.",
        ".commitlintrc", "commitlint.config.", ".huskyrc", "husky.config.", ".simple-git-hooks.",
        "simple-git-hooks.",
    ]

    /// The parts of a `package.json` that such tools read.
    private static let sections = [
        "husky", "lint-staged", "simple-git-hooks", "commitlint", "pre-commit", "pre-push",
    ]

    /// One file that was changed, with its content before and after; nil: it is not there.
    struct Change {
        var path: String
        var old: [UInt8]?
        var new: [UInt8]?
    }

    /// Whether a change of a path could decide what hooks do; then its contents are worth reading.
    func mayDecide(_ path: String) -> Bool { decides(path) || isManifest(path) || isAny && isNamed(path) }

    private func isManifest(_ path: String) -> Bool {
        path == "package.json" || path.hasSuffix("/package.json")
    }

    private func decides(_ path: String) -> Bool {
        if let tracked, path.hasPrefix(tracked) { return true }
        // Without a hook nothing reads the rest.
        guard isAny else { return false }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return path.hasPrefix(".husky/") || path.hasPrefix(".lefthook/") || Self.names.contains(name)
            || Self.beginnings.contains(where: name.hasPrefix)
    }

    /// The paths among these whose change changes what hooks do.
    func deciding(_ changes: [Change]) -> [String] {
        changes.filter { change in
            if decides(change.path) { return true }
            guard isAny else { return false }
            if isManifest(change.path) { return parts(change.old) != parts(change.new) }
            return isProgram(change) && isNamed(change.path)
        }.map(\.path)
    }

    /// Whether a file was there to be run; a hook may well look at others without being decided by them.
    private func isProgram(_ change: Change) -> Bool {
        guard let old = change.old else { return false }
        return old.starts(with: "#!".utf8)
            || [".sh", ".bash", ".zsh", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php"].contains(
                where: change.path.hasSuffix)
    }

    /// Whether a hook's text names a file, as a word of its own.
    private func isNamed(_ path: String) -> Bool {
        texts.contains { text in
            text.ranges(of: path).contains { range in
                let before =
                    range.lowerBound == text.startIndex ? " " : text[text.index(before: range.lowerBound)]
                let after = range.upperBound == text.endIndex ? " " : text[range.upperBound]
                func isPart(_ character: Character) -> Bool {
                    character.isLetter || character.isNumber || "-_.".contains(character)
                }
                // A longer path ends in it, unless what stands in front says where the repository is.
                let own = text[..<range.lowerBound]
                return !isPart(after) && after != "/" && !isPart(before)
                    && (before != "/" || own.hasSuffix("./") && !own.hasSuffix("../") || own.hasSuffix("}/")
                        || own.hasSuffix("\"/") || own.hasSuffix(")/"))
            }
        }
    }

    /// What hooks read of a `package.json`; a file that does not parse counts with every byte.
    private func parts(_ content: [UInt8]?) -> [String: ArraySlice<UInt8>] {
        guard let content else { return [:] }
        guard let root = try? JSONSpan.read(content, file: "package.json") else { return ["": content[...]] }
        var found: [String: ArraySlice<UInt8>] = [:]
        for section in Self.sections {
            if let value = root.value(section) { found[section] = content[value.range] }
        }
        if case .object(let scripts)? = root.value("scripts")?.kind {
            for (name, value) in scripts where isCalled(name) {
                found["scripts." + name] = content[value.range]
            }
        }
        return found
    }

    /// Whether a hook calls a script of `package.json`, before or behind it included.
    private func isCalled(_ script: String) -> Bool {
        let names =
            [script] + ["pre", "post"].filter(script.hasPrefix).map { String(script.dropFirst($0.count)) }
        return texts.contains { text in
            ["npm", "yarn", "pnpm", "bun"].contains(where: text.contains)
                && text.split { !($0.isLetter || $0.isNumber || "-_.:".contains($0)) }.contains { word in
                    names.contains(String(word))
                }
        }
    }
}
