internal import HybridBase
internal import HybridGit
internal import HybridRecords
internal import HybridSystem

/// The command that brings back what a worktree held; each works as it is printed.
struct NeighbourUndo {
    /// The worktree as it was.
    let neighbour: Neighbour
    /// The ref that keeps its uncommitted work, by its full name; nil where it had none.
    let ref: String?
    /// Whether git still has the registration.
    let isRegistered: Bool
    /// The common git directory, with a final `/`.
    let common: String
    /// Where the registration's worktree lies now, where that is another place.
    var movedTo: String?

    /// One word for a shell, bare where it may be.
    private static func word(_ text: String) -> String {
        let bare = ShellWord.bare(text)
        return bare == text ? text : ShellWord.quoted(text)
    }

    private var git: String { "git -C \(Self.word(neighbour.path))" }
    private var head: String? { neighbour.snapshot?.head }

    /// The command; nil where there is none, and the message says why.
    func command(_ change: NeighbourChange) -> String? {
        switch change.kind {
        case .gone: return again()
        case .unreadable, .index:
            guard let tree = ref.map({ "\($0)^2" }) ?? head else { return nil }
            return "\(git) read-tree \(Self.word(tree))"
        case .head:
            if let branch = neighbour.snapshot?.branch {
                return "\(git) switch \(Self.word(branch))"
            }
            return head.map { "\(git) switch --detach \($0)" }
        case .moved:
            guard let head, let now = change.head else { return nil }
            // Not over what came later.
            let check = "[ \"$(\(git) rev-parse HEAD)\" = \(now) ] && "
            if !change.keepsFiles { return "\(check)\(git) reset -q --keep \(head)" }
            let index = Self.word(ref.map { "\($0)^2" } ?? head)
            return "\(check)\(git) reset -q --soft \(head) && \(git) read-tree \(index)"
        case .file: return change.path.flatMap { file(change, $0) }
        case .ignored, .sibling: return nil
        }
    }

    /// One line for all of a worktree, where nothing is left of what lay there uncommitted.
    var everything: String? { ref.map { "\(git) stash apply --index \($0)" } }

    private func file(_ change: NeighbourChange, _ path: RepoPath) -> String? {
        // What cannot be written as text is not put into a command.
        guard String(validating: path.bytes, as: UTF8.self) != nil else { return nil }
        if !change.wasThere {
            return path.isRepository ? nil : "rm \(Self.word(neighbour.path + "/" + path.text))"
        }
        if change.unsaved != nil { return nil }
        guard let before = change.before else { return nil }
        let place = Self.word(path.text)
        if before.kind == .gitlink {
            return "git -C \(Self.word(neighbour.path + "/" + path.text)) checkout \(before.id)"
        }
        guard let source = change.wasCommitted ? head : ref.map({ change.wasTracked ? $0 : "\($0)^3" }) else {
            return nil
        }
        return
            "git --literal-pathspecs -C \(Self.word(neighbour.path)) restore --source=\(Self.word(source)) "
            + "--worktree --ignore-skip-worktree-bits -- \(place)"
    }

    /// Makes the worktree again where its folder is gone, or its `.git`.
    private func again() -> String? {
        let place = Self.word(neighbour.path)
        if Files.exists(neighbour.path) {
            guard isRegistered, !neighbour.name.isEmpty, !Files.exists(neighbour.path + "/.git") else {
                return nil
            }
            let admin = "gitdir: \(common)worktrees/\(neighbour.name)"
            return "echo \(Self.word(admin)) > \(Self.word(neighbour.path + "/.git"))"
        }
        if neighbour.name.isEmpty { return nil }
        if let movedTo { return "git worktree move \(Self.word(movedTo)) \(place)" }
        let what =
            neighbour.snapshot?.branch.map { "\(place) \(Self.word($0))" }
            ?? head.map { "--detach \(place) \($0)" }
        return what.map { "git worktree add -f \($0)" + (everything.map { " && \($0)" } ?? "") }
    }
}
