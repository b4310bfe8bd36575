internal import HybridBase
internal import HybridGit

/// What stood in a repository before a wave's workers began, beside their branches.
struct BesideBefore: Codable, Hashable {
    /// The ids that refs named, by full name.
    var refs: [String: String]
    /// The stash, the newest entry first.
    var stash: [StashEntry]
    /// The names of the linked worktrees.
    var worktrees: [String]

    /// The entries that the stash had and has no more.
    func lost(_ now: [StashEntry]) -> [StashEntry] {
        let there = Set(now.map(\.id))
        return stash.filter { !there.contains($0.id) }
    }
}

/// The commands that bring a stash back.
enum StashUndo {
    /// Lets the stash hold again what it held, with what came since on top; typed twice it changes nothing more.
    ///
    /// Nothing goes before all entries are known to be there. It begins anew because git lists nothing where the ref has
    /// no log, and makes none for a ref that is there.
    static func restore(_ before: [StashEntry]) -> String {
        let ids = before.map(\.id)
        let stores = before.reversed().map {
            "git stash store -m \(ShellWord.quoted($0.message)) \($0.id)"
        }
        return "git rev-list --no-walk --quiet \(ids.joined(separator: " ")) && "
            + "{ n=$(git stash list --format='%H %gs' | grep -v\(ids.map { " -e " + $0 }.joined())); "
            + "git stash clear && \(stores.joined(separator: " && ")) && "
            + "printf '%s\\n' \"$n\" | sed '1!G;h;$!d' | "
            + "while read -r i m; do [ -z \"$i\" ] || git stash store -m \"$m\" \"$i\"; done; }"
    }

    /// Takes one entry out, wherever it stands.
    static func drop(_ entry: StashEntry) -> String { "git stash drop -q \(place(entry))" }

    /// Puts back into a worktree what one entry took from it.
    static func pop(_ entry: StashEntry, in worktree: String) -> String {
        "git -C \(ShellWord.quoted(worktree)) stash pop -q --index \(place(entry))"
    }

    /// Where an entry stands, as git finds it when the line is typed.
    private static func place(_ entry: StashEntry) -> String {
        "\"$(git stash list --format='%H %gd' | sed -n 's/^\(entry.id) //p')\""
    }
}
