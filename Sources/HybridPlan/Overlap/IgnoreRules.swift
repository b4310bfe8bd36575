package import HybridGit
internal import HybridMerging

/// The rules by which git leaves untracked files out, read from a tree: a new file that they hide is never committed.
///
/// The rules of a folder are read once. Where two decide, the deepest file's last one holds; below a folder that is
/// left out nothing can be taken in again (gitignore's manual page).
package final class IgnoreRules {
    /// One line of a file of rules.
    package struct Rule {
        /// The file and line, and the rule as it stands there.
        package var source: String
        package var text: String
        var tokens: [PathPattern.Token]
        var isTakenIn: Bool
        var isFolderOnly: Bool
        /// Whether it is matched with the last component alone.
        var isName: Bool
        /// What every match of a name ends with, to rule it out quickly.
        package var suffix: [UInt8]
        /// The folder that the rule stands in.
        package var folder: RepoPath

        package init(
            source: String, text: String, tokens: [PathPattern.Token], isTakenIn: Bool, isFolderOnly: Bool,
            isName: Bool, suffix: [UInt8], folder: RepoPath
        ) {
            self.source = source
            self.text = text
            self.tokens = tokens
            self.isTakenIn = isTakenIn
            self.isFolderOnly = isFolderOnly
            self.isName = isName
            self.suffix = suffix
            self.folder = folder
        }

        /// How it is named in a message.
        package var shown: String { "\(source): \(text)" }

        /// `name` is the path's last component.
        package func matches(_ path: RepoPath, _ name: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
            if isFolderOnly, !isFolder { return false }
            guard name.count >= suffix.count, name.suffix(suffix.count).elementsEqual(suffix) else {
                return false
            }
            return PathPattern.matches(
                tokens, isName ? name : path.bytes.dropFirst(folder.isRoot ? 0 : folder.bytes.count + 1))
        }
    }

    private struct Folder {
        /// The rules of each file that counts here, the weakest file first.
        var files: [[Rule]]
        /// The rule that leaves the whole folder out.
        var hidden: Rule?
    }

    private let base: any BaseTree
    private var folders: [RepoPath: Folder] = [:]

    package init(_ base: any BaseTree) { self.base = base }

    /// The rule that hides a file which is not in the tree; nil where git would take it in.
    package func rule(hiding path: String) throws -> Rule? {
        let path = RepoPath(path)
        let folder = try folder(path.parent)
        return folder.hidden ?? deciding(path, folder.files, isFolder: false)
    }

    /// The rules that count in a folder, the weakest first; one of them hides all where the folder itself is left out.
    package func rules(in folder: String) throws -> [Rule] {
        let found = try self.folder(RepoPath(folder))
        return found.hidden.map { [$0] } ?? found.files.flatMap { $0 }
    }

    /// The rule that leaves a folder out, and all that is new in it; nil where git looks into it.
    package func rule(hidingFolder path: String) throws -> Rule? { try folder(RepoPath(path)).hidden }

    private func deciding(_ path: RepoPath, _ files: [[Rule]], isFolder: Bool) -> Rule? {
        let name = path.lastComponent
        for rules in files.reversed() {
            if let rule = rules.last(where: { $0.matches(path, name, isFolder: isFolder) }) {
                return rule.isTakenIn ? nil : rule
            }
        }
        return nil
    }

    private func folder(_ path: RepoPath) throws -> Folder {
        if let known = folders[path] { return known }
        var found = Folder(files: [], hidden: nil)
        if path.isRoot {
            for file in try base.sharedIgnoreFiles() {
                found.files.append(Self.rules(file.content, source: file.name, folder: .root))
            }
        } else {
            found = try folder(path.parent)
            found.hidden = found.hidden ?? deciding(path, found.files, isFolder: true)
        }
        let file = path.appending(".gitignore".utf8).text
        // git does not follow a link here.
        if try base.entry(file) == .file, let content = try base.content(of: file) {
            found.files.append(Self.rules(content, source: file, folder: path))
        }
        folders[path] = found
        return found
    }

    private static func rules(_ content: [UInt8], source: String, folder: RepoPath) -> [Rule] {
        var bytes = content[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        return bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated().compactMap {
            number, line in
            rule(line, source: "\(source):\(number + 1)", folder: folder)
        }
    }

    private static func rule(_ line: ArraySlice<UInt8>, source: String, folder: RepoPath) -> Rule? {
        var line = line
        if line.last == 13 { line = line.dropLast() }
        while line.last == 32 {
            // A space behind a backslash stands; two backslashes are one that stands before the space.
            let signs = line.dropLast().reversed().prefix { $0 == 92 }.count
            if signs % 2 == 1 { break }
            line = line.dropLast()
        }
        guard let first = line.first, first != 35 else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        let isTakenIn = first == 33
        if isTakenIn { line = line.dropFirst() }
        let isFolderOnly = line.last == 47
        if isFolderOnly { line = line.dropLast() }
        let isName = !line.contains(47)
        if line.first == 47 { line = line.dropFirst() }
        guard !line.isEmpty, let tokens = PatternReader.tokens(Array(line), escapes: true) else { return nil }
        let suffix = tokens.reversed().prefix { if case .byte = $0 { true } else { false } }
            .reversed().compactMap(\.literal)
        return Rule(
            source: source, text: text, tokens: tokens, isTakenIn: isTakenIn, isFolderOnly: isFolderOnly,
            isName: isName, suffix: suffix, folder: folder)
    }
}
