internal import HybridBase
internal import HybridGit
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The hooks that were in effect at launch, and which files of a worktree decide what they do.
package struct HookFiles {
    /// The hooks' folder, absolute.
    package let folder: String
    /// That folder and what it takes along, from the repository's root and with a final `/`; none where it lies elsewhere.
    private let tracked: [String]
    /// The files in the repository that links among the hooks lead to.
    private let linked: Set<String>
    /// What the hooks of a commit say, and the settings of tools for hooks.
    private let texts: [String]
    /// The files that these lead to, from the repository's root.
    private let reached: Set<String>

    /// The hooks that `git commit` calls.
    static let ofCommits = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]

    /// Reads the hooks of a folder; `root` is the main checkout's working tree, with a final `/`.
    package init(in folder: String, root: String?) {
        self.folder = folder
        isAny = Self.ofCommits.contains { Self.isHook(folder + "/" + $0) }
        let real = Files.real(folder)
        tracked = [folder, real].compactMap { folder in
            folder.flatMap { folder in root.flatMap { Self.place(of: folder, below: $0) } }
        }.map { $0 + "/" }
        linked = Set(
            Self.ofCommits.compactMap { name in
                Files.real(folder + "/" + name).flatMap { file in
                    root.flatMap { Self.place(of: file, below: $0) }
                }
            })
        var texts: [String] = []
        for name in Self.ofCommits where Self.isHook(folder + "/" + name) {
            texts.append(Self.text(folder + "/" + name))
            // husky's entry calls the file of the same name one folder up.
            texts.append(Self.text(folder + "/../" + name))
        }
        texts = texts.filter { !$0.isEmpty }
        if let root, !texts.isEmpty {
            texts += Self.settings(in: root, calledBy: texts)
            reached = HookReach.files(from: texts, root: root)
        } else {
            reached = []
        }
        self.texts = texts
    }

    /// What the files at the root that tools for hooks read say of what hooks run.
    private static func settings(in root: String, calledBy texts: [String]) -> [String] {
        var found = Files.names(in: root).filter(isNamedForHooks).map {
            HookReach.commands(in: text(root + "/" + $0))
        }
        let manifest = parts(Files.read(root + "/package.json"), calledBy: texts)
        // What tests run is what is worked on.
        for (name, value) in manifest where name != "scripts.test" {
            found.append(String(decoding: value, as: UTF8.self))
        }
        return found
    }

    /// Whether git would call a hook.
    package func has(_ hook: String) -> Bool { Self.isHook(folder + "/" + hook) }

    /// Whether a commit would call any; asked once, for whoever asks goes through many paths.
    package let isAny: Bool

    /// Those that can keep a commit from being made.
    package var ofCommit: [String] { Self.ofCommits.filter { $0 != "post-commit" && has($0) } }

    private static func isHook(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && !Files.isFolder(path)
    }

    private static func text(_ path: String) -> String {
        String(
            decoding: (Files.isFolder(path) ? nil : Files.read(path))?.prefix(1 << 16) ?? [], as: UTF8.self)
    }

    /// Where a folder or a file lies in the working tree; nil: not in it, or where git keeps its own files.
    private static func place(of folder: String, below root: String) -> String? {
        var parts: [Substring] = []
        for part in folder.pathParts where !part.hasBytes(of: ".") {
            if part.hasBytes(of: "..") { _ = parts.popLast() } else { parts.append(part) }
        }
        let plain = "/" + parts.joined(separator: "/")
        let top = root.withoutFinalSlashes
        let above = [top, Files.real(top) ?? top].first { plain.lies(in: $0) }
        guard var place = above.flatMap({ plain.rest(behind: $0) })?.drop(while: { $0 == "/" }),
            !place.isEmpty,
            !place.lies(in: ".git")
        else { return nil }
        // husky keeps what it makes in a folder of its own below the hooks that people write.
        if let people = place.rest(before: "/_") { place = people }
        return String(place)
    }

    // MARK: What decides

    /// Files in any folder that tools for hooks read, by their names.
    private static let names: Set<String> = [
        ".pre-commit-config.yaml", ".pre-commit-config.yml", ".pre-commit-hooks.yaml", "prek.toml", "hk.pkl",
        ".gitleaks.toml", ".gitleaksignore", ".secrets.baseline", ".gitguardian.yaml", ".gitguardian.yml",
        ".talismanrc", ".gitallowed", ".trufflehog.yml", ".trufflehog.yaml",
        ".gitlint", ".overcommit.yml", "captainhook.json", ".czrc", ".cz.toml", ".cz.json", ".cz.yaml",
        "cz.toml", "cz.json", "cz.yaml", "cog.toml",
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
    package struct Change {
        package var path: String
        package var old: [UInt8]?
        package var new: [UInt8]?

        package init(path: String, old: [UInt8]? = nil, new: [UInt8]? = nil) {
            self.path = path
            self.old = old
            self.new = new
        }
    }

    /// Whether a change of a path could decide what hooks do; then its contents are worth reading.
    package func mayDecide(_ path: String) -> Bool {
        decides(path) || isManifest(path) || isAny && isNamed(path)
    }

    private func isManifest(_ path: String) -> Bool {
        path == "package.json" || path.hasSuffix("/package.json")
    }

    private func decides(_ path: String) -> Bool {
        if linked.contains(path) || tracked.contains(where: { path.beginsWithBytes(of: $0) }) { return true }
        // Without a hook nothing reads the rest.
        guard isAny else { return false }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return path.hasPrefix(".husky/") || path.hasPrefix(".lefthook/") || Self.isNamedForHooks(name)
            || HookReach.isTaskFile(path, of: texts)
    }

    private static func isNamedForHooks(_ name: String) -> Bool {
        names.contains(name) || beginnings.contains(where: name.hasPrefix)
    }

    /// The paths among these whose change changes what hooks do.
    package func deciding(_ changes: [Change]) -> [String] {
        changes.filter { change in
            if decides(change.path) { return true }
            guard isAny else { return false }
            if isManifest(change.path) {
                return Self.parts(change.old, calledBy: texts) != Self.parts(change.new, calledBy: texts)
            }
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
        reached.contains(path) || ([path] + HookReach.modules(path)).contains { isWord($0) }
    }

    private func isWord(_ path: String) -> Bool {
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
    private static func parts(
        _ content: [UInt8]?, calledBy texts: [String]
    ) -> [String: ArraySlice<UInt8>] {
        guard let content else { return [:] }
        guard let root = try? JSONSpan.read(content, file: "package.json") else { return ["": content[...]] }
        var found: [String: ArraySlice<UInt8>] = [:]
        for section in sections {
            if let value = root.value(section) { found[section] = content[value.range] }
        }
        if case .object(let scripts)? = root.value("scripts")?.kind {
            for (name, value) in scripts where isCalled(name, by: texts) {
                found["scripts." + name] = content[value.range]
            }
        }
        return found
    }

    /// Whether a hook calls a script of `package.json`, before or behind it included.
    private static func isCalled(_ script: String, by texts: [String]) -> Bool {
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
