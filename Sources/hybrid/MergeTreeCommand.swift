import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `hybrid merge-tree`.
struct MergeTreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge-tree",
        abstract: "Merges commits in memory and prints what git merge-tree --write-tree prints.",
        usage: """
            hybrid merge-tree [<options>] <commit> <commit>
            hybrid merge-tree [<options>] --merge-base <tree> <tree> <tree>
            hybrid merge-tree [<options>] --stdin
            """,
        discussion: """
            Takes two commits, or with --stdin a line "A B" or "BASE -- A B" for each merge, and answers in git's own format, \
            byte for byte: the merged tree, the conflicted versions, the messages. No branch, index or file is touched; the new objects are \
            written as packs, so that the trees can be used. Attributes come from $GIT_DIR/info/attributes and your own \
            files, as in a bare repository, and from a tree with --attr-source, GIT_ATTR_SOURCE or attr.tree. Merge drivers that they name are run where your \
            own git configuration defines them, never the repository's. Exits 0 for a clean merge, 1 for a conflict; \
            with --stdin always 0, as git does.
            """)

    @Argument(help: .init("The two commits to merge; with --merge-base also trees.", valueName: "commit"))
    var commits: [String] = []
    @Flag(
        help:
            "Read a line \"A B\" or \"BASE -- A B\" for each merge; implies -z and puts the verdict in front: 1 clean, 0 not."
    )
    var stdin = false
    @Flag(name: .customShort("z"), help: "End paths and sections with NUL instead of quoting and newlines.")
    var terminated = false
    @Flag(help: "List conflicted paths without modes, ids and stages.") var nameOnly = false
    @Flag(inversion: .prefixedNo, help: "Print the messages; without either flag only for conflicts.")
    var messages: Bool?
    @Flag(help: "Merge histories without a common commit too.") var allowUnrelatedHistories = false
    @Option(
        help: .init("Take this as the base instead of the sides' own merge bases.", valueName: "tree"))
    var mergeBase: String?
    @Option(
        name: [.customShort("X"), .long],
        help: .init(
            """
            How to merge, as for git merge: ours, theirs, ignore-space-change, ignore-all-space, ignore-space-at-eol, \
            ignore-cr-at-eol, no-renames, find-renames[=<n>], rename-threshold=<n>; several times for several.
            """, valueName: "option"))
    var strategyOption: [String] = []
    @Flag(help: "Print and write nothing; the exit code tells whether the merge is clean.") var quiet = false
    @Option(help: .init("Read .gitattributes from this commit or tree.", valueName: "tree"))
    var attrSource: String?
    @Option(
        help: .init(
            "Answer as this version of git does, such as 2.39.5, where the newest came to differ.",
            valueName: "version"))
    var asGit: String?
    @Flag(help: "Leave the new objects in memory: nothing is written, and the trees cannot be read.")
    var noWrite = false

    func validate() throws {
        if stdin != commits.isEmpty || !stdin && commits.count != 2 {
            throw ValidationError("give two commits, or --stdin")
        }
        if stdin, mergeBase != nil {
            throw ValidationError("--merge-base and --stdin: write lines \"BASE -- A B\" instead")
        }
        if quiet, messages == true || nameOnly || stdin || terminated {
            throw ValidationError("--quiet prints nothing: leave out --messages, --name-only, --stdin and -z")
        }
        _ = try strategy()
        if let asGit, GitRules(version: asGit) == nil {
            throw ValidationError(
                "--as-git: \"\(asGit)\" is no version of git from \(GitRules.oldest) on, such as 2.39.5")
        }
    }

    /// Arguments with `-Xoption=value` apart, which the parser takes for an option called Xoption.
    static func apart(_ arguments: ArraySlice<String>) -> ArraySlice<String> {
        guard arguments.first == configuration.commandName else { return arguments }
        return arguments.flatMap { word in
            word.hasPrefix("-X") && word.count > 2 ? ["-X", String(word.dropFirst(2))] : [word]
        }[...]
    }

    /// The options of `-X`, in their order.
    private func strategy() throws -> [StrategyOption] {
        try strategyOption.map { text in
            do throws(StrategyOption.Refusal) {
                return try StrategyOption(text)
            } catch {
                switch error {
                case .unknown: throw ValidationError("-X: \"\(text)\" is no option of git's merge strategy")
                case .notFollowed(let reason): throw ValidationError("-X: \"\(text)\": \(reason)")
                }
            }
        }
    }

    func run() throws {
        try reporting {
            try MergeTreeRequest(
                commits: commits, stdin: stdin, terminated: terminated, nameOnly: nameOnly,
                messages: messages,
                allowsUnrelatedHistories: allowUnrelatedHistories, mergeBase: mergeBase,
                strategy: try strategy(), quiet: quiet, attrSource: attrSource, asGit: asGit, noWrite: noWrite
            ).answer()
        }
    }
}

/// Sets the process up for questions that merge much and move nothing.
func prepareForMerges() throws {
    try Repository.trustObjects()
    try Repository.limitMemory()
}

/// Writes bytes to stdout, all of them.
func writeOut(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw HybridError(
                .notWritable, "stdout", "it cannot be written: \(unsafe String(cString: strerror(errno)))",
                next: "check who reads it")
        }
        rest = rest.dropFirst(count)
    }
}
