internal import HybridBase
internal import HybridGit
internal import HybridPlan

/// How to take a change of shared state back.
public enum SharedUndo: Hashable, Sendable {
    /// A command that does it when it is typed.
    case command(String)
    /// No command can: what to know instead.
    case byHand(String)

    /// The command; nil where there is none.
    public var command: String? {
        if case .command(let line) = self { line } else { nil }
    }

    /// What to know where there is no command, as the end of a sentence; empty where there is one.
    var note: String {
        if case .byHand(let reason) = self { "; no command undoes it: \(reason)" } else { "" }
    }
}

/// None of the commands goes over what came later: a ref that has moved on since stays where it is.
extension SharedUndo {
    /// Gives a key of a configuration file its old values.
    static func setting(_ file: String, _ key: String, was before: [String]?, is after: [String]?)
        -> SharedUndo
    {
        if (before ?? []).contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
            return .byHand("its old value is no text")
        }
        let start = "git config --file \(ShellWord.quoted(file))"
        let unset = after == nil ? [] : ["\(start) --unset-all \(ShellWord.quoted(key))"]
        let adds = (before ?? []).map {
            "\(start) --add \(ShellWord.quoted(key)) \(ShellWord.quoted($0))"
        }
        return .command((unset + adds).joined(separator: "; "))
    }

    /// The value stands in another file, which only git names.
    static func includedSetting(_ file: String, _ key: String) -> SharedUndo {
        .byHand(
            "it stands in a file that this one includes; "
                + "git config --file \(ShellWord.quoted(file)) --includes --show-origin --get-all "
                + "\(ShellWord.quoted(key)) says which")
    }

    /// Brings back a file that git obeys, by the mark of what it was; with nil, takes away what is new.
    static func file(_ path: String, was mark: String?, copy: String?, isFolderNow: Bool) -> SharedUndo {
        let place = ShellWord.quoted(path)
        guard let mark else { return .command("rm -f \(place)") }
        guard let copy, let mode = mark.split(separator: " ").first.flatMap({ Int($0, radix: 8) }) else {
            return .byHand("no copy of it was kept")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let clear =
            "rm -\(isFolderNow ? "r" : "")f \(place) && mkdir -p \(ShellWord.quoted(folder)) && "
        if mode & 0o170000 == 0o120000 {
            return .command(clear + "ln -s \"$(cat \(ShellWord.quoted(copy)))\" \(place)")
        }
        let bits = String(mode & 0o7777, radix: 8)
        return .command(clear + "cp \(ShellWord.quoted(copy)) \(place) && chmod \(bits) \(place)")
    }

    /// Lets a ref name again what it named; only as long as it still names what was found.
    static func ref(
        _ ref: String, was before: String, now: String?, checkedOutIn worktree: String?
    ) -> SharedUndo {
        let name = ShellWord.quoted(ref)
        guard let now else {
            let branch = "refs/heads/"
            guard ref.hasPrefix(branch), !ref.hasPrefix(branch + "-") else {
                return .command("git update-ref --create-reflog \(name) \(before)")
            }
            return .command("git branch \(ShellWord.quoted(String(ref.dropFirst(branch.count)))) \(before)")
        }
        guard let worktree else { return .command("git update-ref \(name) \(before) \(now)") }
        return .command(
            "[ \"$(git rev-parse \(name))\" = \(now) ] && "
                + "git -C \(ShellWord.quoted(worktree)) reset --keep \(before)")
    }
}
