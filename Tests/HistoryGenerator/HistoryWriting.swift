/// The text form of a history, as in `*.history` files.
///
/// Each line is a statement; words stand apart by spaces; `#` begins a comment line. A word with other bytes than
/// letters, digits and `._/~+,:=-^` stands in double quotes, with `\n`, `\t`, `\r`, `\"`, `\\` and `\ooo` (octal).
///
/// ```
/// config KEY VALUE            git's configuration in the repository
/// attribute "LINE"            a line of the repository's info/attributes
/// meets "KIND"                git's answers have a message of this kind, as -z prints it, or are "clean"
/// commit NAME [PARENT...] [@SECONDS]
///     write PATH CONTENT...   a regular file; CONTENT is "text" and runs as a1..a9 (nine lines), joined
///     exec PATH               sets the exec bit; noexec PATH clears it
///     link PATH TARGET        a symbolic link
///     gitlink PATH ID         a submodule's commit
///     delete PATH             a file or a folder
///     move PATH PATH          a file or a folder; the root is a dot
///     copy PATH PATH
///     take COMMIT BASE        all paths as COMMIT has them that differ between BASE and COMMIT
/// merge NAME NAME             in both directions, by branch names
/// merge-ids NAME NAME         in both directions, by the commits' ids
/// ```
///
/// A commit begins with its first parent's tree; what is in the way of a new path goes. Its time is its place in the
/// list unless `@SECONDS` says another.
extension History {
    /// The history in its text form; parsing it gives the same history.
    package var text: String {
        var lines: [String] = []
        for setting in settings {
            switch setting {
            case .config(let key, let value):
                lines.append("config \(Spelling.word(Array(key.utf8))) \(Spelling.word(Array(value.utf8)))")
            case .attribute(let line): lines.append("attribute \(Spelling.quoted(line.utf8))")
            }
        }
        lines += meets.map { "meets \(Spelling.quoted($0.utf8))" }
        for commit in commits {
            let date = commit.date.map { ["@\($0)"] } ?? []
            lines.append((["commit", commit.name] + commit.parents + date).joined(separator: " "))
            lines += commit.steps.map { "    " + $0.text }
        }
        for merge in merges {
            lines.append("\(merge.byID ? "merge-ids" : "merge") \(merge.ours) \(merge.theirs)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Step {
    /// The step as its line in a history's text.
    var text: String {
        switch self {
        case .write(let path, let content): "write \(Spelling.path(path)) \(Spelling.content(content))"
        case .mode(let path, let isExecutable): "\(isExecutable ? "exec" : "noexec") \(Spelling.path(path))"
        case .link(let path, let target): "link \(Spelling.path(path)) \(Spelling.word(target))"
        case .gitlink(let path, let id): "gitlink \(Spelling.path(path)) \(id)"
        case .delete(let path): "delete \(Spelling.path(path))"
        case .move(let from, let to): "move \(Spelling.path(from)) \(Spelling.path(to))"
        case .copy(let from, let to): "copy \(Spelling.path(from)) \(Spelling.path(to))"
        case .take(let commit, let since): "take \(commit) \(since)"
        }
    }
}
