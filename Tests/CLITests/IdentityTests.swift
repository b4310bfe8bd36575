import Foundation
import TestSupport
import Testing

/// Who commits and whose repository is opened, as git has it, wherever it is said: git is the oracle.
@Suite struct IdentityTests {
    /// One way to say who commits: lines for ~/.gitconfig, for the repository's own configuration, and the environment.
    struct Way: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var home = ""
        var own = ""
        var environment: [String: String] = [:]
    }

    static let me = "[user]\n\tname = Test Author\n\temail = test@example.com\n"
    static let ways = [
        Way(
            testDescription: "environment",
            environment: [
                "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com", "GIT_COMMITTER_NAME": "Cid",
                "GIT_COMMITTER_EMAIL": "cid@example.com",
            ]),
        Way(
            testDescription: "dates",
            environment: [
                "GIT_AUTHOR_DATE": "2001-02-03T04:05:06 -0330", "GIT_COMMITTER_DATE": "981173106 +0200",
            ]),
        Way(
            testDescription: "author.* and committer.*",
            home: "[author]\n\temail = ann@example.com\n[committer]\n\tname = Cid\n"),
        Way(
            testDescription: "includeIf hasconfig",
            home: "[includeIf \"hasconfig:remote.*.url:https://work.example/**\"]\n\tpath = ~/work.inc\n",
            own: "[remote \"origin\"]\n\turl = https://work.example/x/y\n"),
        Way(
            testDescription: "includeIf gitdir", home: "[includeIf \"gitdir:**/repo/\"]\n\tpath = work.inc\n"),
        Way(
            testDescription: "includeIf onbranch", home: "[includeIf \"onbranch:main\"]\n\tpath = work.inc\n"),
        Way(
            testDescription: "another global file",
            environment: ["GIT_CONFIG_GLOBAL": "ROOT/home/other.gitconfig"]),
        Way(
            testDescription: "GIT_CONFIG_COUNT",
            environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.email",
                "GIT_CONFIG_VALUE_0": "counted@example.com",
            ]),
        Way(
            testDescription: "git -c",
            environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.email",
                "GIT_CONFIG_VALUE_0": "counted@example.com",
                "GIT_CONFIG_PARAMETERS": "'user.email'='given@example.com' 'user.name=It'\\''s me'",
            ]),
        Way(
            testDescription: "config.worktree",
            own: "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tworktreeConfig = true\n"),
    ]

    private func bench(_ way: Way) throws -> (Bench, [String: String]) {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(Self.me + way.home, to: "home/.gitconfig")
        try bench.sandbox.write("[user]\n\temail = me@work.example\n", to: "home/work.inc")
        try bench.sandbox.write(
            "[user]\n\tname = Other\n\temail = other@example.com\n", to: "home/other.gitconfig")
        let config = try #require(bench.sandbox.read("repo/.git/config"))
        try bench.sandbox.write(config + way.own, to: "repo/.git/config")
        if way.own.contains("worktreeConfig") {
            try bench.sandbox.write("[user]\n\temail = here@example.com\n", to: "repo/.git/config.worktree")
        }
        return (
            bench, way.environment.mapValues { $0.replacingOccurrences(of: "ROOT", with: bench.sandbox.root) }
        )
    }

    /// The people of a commit, and the dates where they are given.
    private func people(_ bench: Bench, _ commit: String, _ way: Way) throws -> String {
        let dates = way.environment["GIT_AUTHOR_DATE"] == nil ? "" : " %ad %cd"
        return try bench.sandbox.git("log", "-1", "--date=raw", "--format=%an %ae %cn %ce\(dates)", commit)
    }

    /// A commit that git itself makes here, by the same words.
    private func oracle(_ bench: Bench, _ environment: [String: String]) throws -> String {
        let made = try execute(
            ["git", "commit-tree", "-m", "oracle", "HEAD^{tree}"], in: bench.repo,
            environment: hermetic(home: bench.sandbox.home, extra: environment))
        try #require(made.code == 0, "\(made.err)")
        return made.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(arguments: ways)
    func whoCommitsIsWhoGitSays(way: Way) throws {
        let (bench, environment) = try bench(way)
        let before = try bench.id()
        let wanted = try people(bench, oracle(bench, environment), way)
        let ran = try bench.hybrid(list: ["run", bench.plan(CommitFormTests.two)], environment: environment)
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        let merges = try bench.sandbox.git("rev-list", "--merges", "main", "^\(before)").split(
            separator: "\n")
        #expect(merges.count == 2)
        for merge in merges { #expect(try people(bench, String(merge), way) == wanted) }

        let again = try bench.plan([PlannedJob("Gamma", ["gamma.txt"], "echo gamma > gamma.txt")])
        let squashed = try bench.hybrid(
            list: ["run", again, "--commits", "squash"], environment: environment)
        try #require(squashed.code == 0, "\(squashed.out)\(squashed.err)")
        #expect(try people(bench, "main", way) == wanted)
    }

    @Test func aReflogOfABranchThatIsNotCheckedOutNamesTheSamePerson() throws {
        let (bench, environment) = try bench(Self.ways[3])
        try bench.sandbox.git("switch", "-q", "-c", "side")
        let ran = try bench.hybrid(
            list: ["run", bench.plan([CommitFormTests.two[0]])], environment: environment)
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("log", "-g", "-1", "--format=%ge", "main") == "me@work.example")
    }

    @Test func settingsOfHybridCountFromWhereverGitReadsThem() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            list: ["run", bench.plan(CommitFormTests.two)],
            environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "hybrid.commits",
                "GIT_CONFIG_VALUE_0": "squash",
            ])
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("rev-list", "--count", "main") == "2")
    }

    /// As `git commit` stores it.
    @Test func aNameInLatin1IsWrittenInUTF8() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            "printf '[user]\\nname = J\\374rgen \\303\\237\\nemail = j@x\\n' > \"$HOME/.gitconfig\"")
        let ran = try bench.hybrid("run", bench.plan([CommitFormTests.two[0]]))
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        for commit in ["main", "main^2"] {
            #expect(
                try bench.sandbox.git("cat-file", "-p", commit).contains("author J\u{fc}rgen \u{df} <j@x>"))
        }
    }

    @Test func anAddressThatGitMayNotGuessIsFoundBeforeLaunch() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("[user]\n\tname = A\n\tuseConfigOnly = true\n", to: "home/.gitconfig")
        let refs = try bench.refs()
        let ran = try bench.hybrid("run", bench.plan(CommitFormTests.two))
        #expect(ran.code == 2 && ran.err.contains("git config user.email"), "\(ran.err)")
        #expect(try bench.refs() == refs)
        // What git takes for known is enough.
        let known = try bench.hybrid(
            list: ["run", bench.plan(CommitFormTests.two)],
            environment: [
                "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_EMAIL": "a@example.com",
            ])
        #expect(known.code == 0, "\(known.out)\(known.err)")
    }

    // MARK: Trust

    /// One way to trust a repository of another owner, or not.
    static let trusts: [Way] = [
        Way(testDescription: "nothing"),
        Way(testDescription: "everything", home: "[safe]\n\tdirectory = *\n"),
        Way(testDescription: "another one", home: "[safe]\n\tdirectory = /elsewhere\n"),
        Way(testDescription: "this one", home: "[safe]\n\tdirectory = ROOT/repo\n"),
        Way(testDescription: "taken back", home: "[safe]\n\tdirectory = *\n\tdirectory =\n"),
        Way(testDescription: "only by the repository itself", own: "[safe]\n\tdirectory = *\n"),
        Way(
            testDescription: "by the environment",
            environment: [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            ]),
        Way(
            testDescription: "in a global file that does not count",
            home: "[safe]\n\tdirectory = ROOT/repo\n",
            environment: ["GIT_CONFIG_GLOBAL": "ROOT/home/other.gitconfig"]),
        Way(
            testDescription: "by a user who became root", environment: ["SUDO_UID": "12345"]),
    ]

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"), arguments: trusts)
    func aRepositoryOfAnotherOwnerIsOpenedWhereGitOpensIt(way: Way) throws {
        let (bench, environment) = try bench(way)
        let root = bench.sandbox.root
        let home = try #require(bench.sandbox.read("home/.gitconfig"))
        try bench.sandbox.write(home.replacingOccurrences(of: "ROOT", with: root), to: "home/.gitconfig")
        let plan = try bench.plan(CommitFormTests.two)
        try bench.shell("git branch other; chown -R 12345 .", in: bench.repo)
        let git = try execute(
            ["git", "status"], in: bench.repo,
            environment: hermetic(home: bench.sandbox.home, extra: environment))
        for command in [
            ["merge-tree", "HEAD", "HEAD"], ["conflicts", "main", "other"], ["check", plan], ["run", plan],
        ] {
            let said = try bench.hybrid(list: command, environment: environment)
            if git.code == 0 {
                #expect(said.code == 0, "\(command): \(said.out)\(said.err)")
            } else {
                #expect(said.code == 2 && said.err.contains("belongs to another user"), "\(said.err)")
            }
        }
    }
}
