internal import HybridBase

/// Which names are a file's by the look of them, so that nobody means a folder by them.
enum FileLook {
    /// Whether what a claim ends in looks like a file's name: `app.py`, `*_test.go`, `Makefile`.
    static func isFile(_ pattern: PathPattern) -> Bool {
        guard pattern.isGlob else { return isFile(name: Array(pattern.text.pathName.utf8)[...]) }
        return GlobPart.parts(pattern).last.map(isFile) ?? false
    }

    /// Whether a glob names folders that look like files: there they are folders, whatever they look like.
    static func hasSuchFolder(_ pattern: PathPattern) -> Bool {
        GlobPart.parts(pattern).dropLast().contains(where: isFile)
    }

    /// What would lie below the files of a glob, were they folders; before an ending something stands, as in names.
    static func below(_ glob: PathPattern) -> PathPattern {
        var tokens = glob.tokens
        let start = tokens.lastIndex { $0 == .slash || $0 == .folders }.map { $0 + 1 } ?? 0
        if start < tokens.count, tokens[start] == .star {
            tokens.insert(.set(.inName, isNegated: false), at: start)
        }
        return PathPattern(text: glob.text + "/**", isGlob: true, tokens: tokens + [.slash, .rest])
    }

    private static func isFile(_ part: GlobPart) -> Bool {
        switch part {
        case .name(let name): isFile(name: name[...])
        // Before the dot something has to stand, as the wildcard may.
        case .some(_, let prefix, let suffix): hasExtension(prefix.isEmpty ? [120] + suffix : prefix + suffix)
        case .folders, .rest: false
        }
    }

    private static func isFile(name: ArraySlice<UInt8>) -> Bool {
        hasExtension(Array(name)) || names.contains(String(decoding: name, as: UTF8.self).lowercased())
    }

    /// Whether a name ends in a dot and what is no number and no folder's ending.
    private static func hasExtension(_ name: [UInt8]) -> Bool {
        guard let dot = name.lastIndex(of: 46), dot > 0, (2...9).contains(name.count - dot) else {
            return false
        }
        let ending = name[(dot + 1)...]
        let isWord = ending.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 32) }
        guard isWord, let first = ending.first, (97...122).contains(first | 32) else { return false }
        return !folderEndings.contains(String(decoding: ending, as: UTF8.self).lowercased())
    }

    /// Files that have no ending.
    private static let names: Set<String> = [
        "makefile", "dockerfile", "containerfile", "jenkinsfile", "vagrantfile", "gemfile", "rakefile",
        "procfile",
        "brewfile", "podfile", "justfile", "license", "licence", "copying", "notice", "readme", "changelog",
        "authors", "contributing", "codeowners", ".gitignore", ".gitattributes", ".gitmodules",
        ".dockerignore",
        ".editorconfig", ".env", ".npmrc",
    ]

    /// Endings that folders have: bundles, `conf.d`, what is kept aside.
    private static let folderEndings: Set<String> = [
        "d", "app", "appex", "bundle", "framework", "plugin", "docc", "lproj", "xcodeproj", "xcassets",
        "imageset",
        "colorset", "git", "bak", "old", "orig", "tmp", "backup", "dir", "hybrid",
    ]
}
