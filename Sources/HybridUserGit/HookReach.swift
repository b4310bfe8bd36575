internal import HybridBase
internal import HybridGit
internal import HybridSystem

/// The files of a working tree that hooks lead to: the scripts that they start, and what those start in turn.
///
/// Found by the words of their texts: nobody can run a hook to see what it would read.
enum HookReach {
    /// How many files are looked at, and how many bytes of each.
    private static let (mostFiles, mostBytes) = (256, 1 << 16)

    /// The files below `root` that texts name, and that the shell scripts among these name.
    ///
    /// A name counts from the root and from the folder of the script that holds it. What programs in other languages
    /// take in is not followed: from a test one comes to everything that is worked on.
    static func files(from texts: [String], root: String) -> Set<String> {
        var found: Set<String> = []
        var open = texts.map { (text: $0, folder: "") }
        while let (text, folder) = open.popLast() {
            for word in words(of: text) {
                for path in places(word, from: folder) where found.count < mostFiles && !found.contains(path)
                {
                    guard Files.exists(root + "/" + path), !Files.isFolder(root + "/" + path) else {
                        continue
                    }
                    found.insert(path)
                    guard let bytes = Files.read(root + "/" + path)?.prefix(mostBytes),
                        isShell(path, bytes)
                    else { continue }
                    open.append(
                        (String(decoding: bytes, as: UTF8.self), path.pathFolder.map(String.init) ?? ""))
                }
            }
        }
        return found
    }

    /// The words of a text that could name a file: with a folder or an ending.
    private static func words(of text: String) -> Set<Substring> {
        Set(
            text.split { !($0.isLetter || $0.isNumber || "-_./".contains($0)) }
                .filter { $0.contains(".") || $0.contains("/") })
    }

    /// Where a word could lead, from the root; of `$(dirname "$0")/lib.sh` the word is what stands behind.
    private static func places(_ word: Substring, from folder: String) -> [String] {
        let parts = word.split(separator: "/").filter { $0 != "." }
        guard !parts.isEmpty, !parts.contains(".."), !parts.contains(".git") else { return [] }
        let path = parts.joined(separator: "/")
        return [path] + (folder.isEmpty ? [] : [folder + "/" + path])
    }

    private static func isShell(_ path: String, _ bytes: ArraySlice<UInt8>) -> Bool {
        if [".sh", ".bash", ".zsh"].contains(where: path.hasSuffix) { return true }
        guard bytes.starts(with: "#!".utf8) else { return false }
        let line = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
        return line.split { $0 == "/" || $0 == " " }.contains {
            ["sh", "bash", "dash", "zsh", "ksh"].contains($0)
        }
    }

    /// What a file of settings says beside the patterns of the files that hooks are for.
    static func commands(in text: String) -> String {
        text.split(separator: "\n").filter { line in
            let line = line.drop { $0 == " " || $0 == "-" }
            return !["exclude", "files", "glob", "skip", "only"].contains {
                line.hasPrefix($0) && line.dropFirst($0.count).first == ":"
            }
        }.joined(separator: "\n")
    }

    /// The names by which Python's `-m` calls a file.
    static func modules(_ path: String) -> [String] {
        guard path.hasSuffix(".py"), path.contains("/") else { return [] }
        let name = String(path.dropLast(3).replacing("/", with: "."))
        return [name] + (name.hasSuffix(".__main__") ? [String(name.dropLast(9))] : [])
    }

    /// Programs that do what a file at the root says, and the names that it may have.
    private static let runners: [String: Set<String>] = [
        "make": ["Makefile", "makefile", "GNUmakefile"], "gmake": ["Makefile", "makefile", "GNUmakefile"],
        "just": ["justfile", "Justfile", ".justfile"],
        "task": ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml"],
        "rake": ["Rakefile", "rakefile"], "tox": ["tox.ini"], "nox": ["noxfile.py"], "invoke": ["tasks.py"],
        "mise": ["mise.toml", ".mise.toml"], "composer": ["composer.json"],
        "deno": ["deno.json", "deno.jsonc"],
    ]

    /// Whether a file says what a program does that texts call as the first word of a command.
    static func isTaskFile(_ path: String, of texts: [String]) -> Bool {
        let callers = runners.filter { $0.value.contains(path) }.map(\.key)
        return callers.contains { caller in texts.contains { calls(caller, $0) } }
    }

    /// What may stand before the name of a program, in a shell and in settings of tools for hooks.
    private static let before: Set<String> = [
        "exec", "then", "do", "else", "if", "!", "command", "env", "time", "-", "run", "entry",
    ]

    private static func calls(_ program: String, _ text: String) -> Bool {
        text.split { "\n;&|(){}`".contains($0) }.contains { command in
            let words = command.split { " \t\"':".contains($0) }
                .drop { before.contains(String($0)) || $0.contains("=") }
            return words.first.map { String($0) == program || $0.hasSuffix("/" + program) } ?? false
        }
    }
}
