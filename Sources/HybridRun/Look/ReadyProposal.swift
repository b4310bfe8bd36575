package import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What would make this repository's fresh worktrees ready to work; nothing of it is in effect yet.
package struct ReadyProposal: Answer {
    /// One command.
    struct Command: DescribedObject {
        var command: String
        var because: String

        static let jsonFields: [Field<Command>] = [
            Field("command", "The command.", \.command),
            Field("because", "The file at the repository's root that asks for it.", \.because),
        ]
    }

    var setup: [Command]
    var copy: [String]
    /// What is in effect already: the plan's lines are to add to it.
    var hasInclude: Bool
    var setting: String?

    package static let schemaName = "init"
    package static let schemaUse = "init: what would make fresh worktrees ready to work"
    package static let jsonFields: [Field<ReadyProposal>] = [
        Field("setup", "Commands for Setup: of a plan, or hybrid.setup.", \.setup),
        Field("copy", "Ignored files for Copy: of a plan, or .worktreeinclude.", \.copy),
        Field("has_worktreeinclude", "Whether the checkout has a .worktreeinclude.", \.hasInclude),
        Field("hybrid_setup", "What hybrid.setup says now; null for nothing.", \.setting),
    ]

    /// Lines to put into a plan, and commands that say the same for all plans.
    package func text() -> String {
        guard !setup.isEmpty || !copy.isEmpty else {
            return "Fresh worktrees need nothing that can be told from here."
        }
        var out = ["In a plan, below \"## Hybrid Execution Plan\":", ""]
        if !setup.isEmpty {
            out += ["- Setup:"] + setup.map { "  - `\($0.command)`" }
        }
        if !copy.isEmpty { out += ["- Copy:"] + copy.map { "  - \(MarkdownText.quoted($0))" } }
        out += ["", "Or for every plan of this repository:", ""]
        if !setup.isEmpty {
            let all = setup.map(\.command).joined(separator: " && ")
            out.append("git config hybrid.setup \(ShellWord.quoted(all))")
        }
        if !copy.isEmpty {
            let words = copy.map(ShellWord.bare).joined(separator: " ")
            out.append("printf '%s\\n' \(words) >> .worktreeinclude")
        }
        return out.joined(separator: "\n")
    }
}

extension Inspection {
    /// What would make fresh worktrees of what is checked out ready, by the files that stand there and the user's own.
    package func proposal() throws -> ReadyProposal {
        guard let checkout = try BroughtSource.checkout(of: repository),
            let head = try repository.headCommit()
        else {
            throw HybridError(
                .noSuchRevision, "HEAD", "there is no checkout of a commit here",
                next: "commit something first")
        }
        let tree = try tree(of: head)
        let paths = try RunPaths(of: repository)
        let linked = try repository.worktrees().map(\.path)
        let include = Files.read(checkout + "/" + BroughtFiles.includeFile)
        let lack = try FreshLack(
            of: checkout, against: tree, besides: linked + [paths.worktrees], environment: environment)
        let setup = try SetUpProposal(tree).lines
        // What a set-up makes is made by it, and not copied as well.
        let wanted = try lack.ignored(besides: BroughtFiles.included(include)).filter {
            !$0.isMade || setup.isEmpty
        }
        return ReadyProposal(
            setup: setup.map { .init(command: $0.command, because: $0.because) },
            copy: wanted.map { "/" + $0.path + ($0.isFolder ? "/" : "") }, hasInclude: include != nil,
            setting: try repository.configString("hybrid.setup"))
    }
}
