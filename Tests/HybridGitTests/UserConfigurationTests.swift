import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct UserConfigurationTests {
    /// Every place that git knows holds `who.am`; the ones that a user cannot mean are traps.
    private static func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.repository([:])
        for place in ["home/.gitconfig", "home/.config/git/config", "xdg/git/config", "global", "system"] {
            try sandbox.write("[who]\n\tam = \(place)\n", to: place)
        }
        try sandbox.git("config", "extensions.worktreeConfig", "true")
        try sandbox.git("config", "who.am", "repository")
        try sandbox.git("config", "--worktree", "who.am", "worktree")
        return sandbox
    }

    /// All values of `who.am`, weakest first.
    private static func values(_ sandbox: Sandbox, _ environment: [String: String]) throws -> [String] {
        let repository = try Repository(at: sandbox.root + "/repo")
        let configuration = try UserConfiguration(environment: environment, in: repository)
        return configuration.settings.filter { $0.section == "who" && $0.key == "am" }.map {
            String(decoding: $0.value ?? [], as: UTF8.self)
        }
    }

    /// What git itself reads in the same environment, outside every repository.
    private static func oracle(_ sandbox: Sandbox, _ environment: [String: String]) throws -> [String] {
        var environment = environment
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        let done = try execute(
            ["git", "config", "--get-all", "who.am"], in: sandbox.root, environment: environment)
        return done.out.split(separator: "\n").map(String.init)
    }

    @Test(
        "reads what git reads",
        arguments: [
            (["HOME": "ROOT/home"], ["home/.config/git/config", "home/.gitconfig"]),
            (["HOME": "ROOT/home", "XDG_CONFIG_HOME": ""], ["home/.config/git/config", "home/.gitconfig"]),
            (["HOME": "ROOT/home", "XDG_CONFIG_HOME": "ROOT/xdg"], ["xdg/git/config", "home/.gitconfig"]),
            (["HOME": "ROOT/home", "GIT_CONFIG_GLOBAL": "ROOT/global"], ["global"]),
            (["HOME": "ROOT/home", "GIT_CONFIG_GLOBAL": ""], []),
            (["HOME": "ROOT/home", "GIT_CONFIG_GLOBAL": "/dev/null"], []),
            (["XDG_CONFIG_HOME": "ROOT/xdg"], ["xdg/git/config"]),
            ([:], []),
            (
                ["HOME": "ROOT/home", "GIT_CONFIG_NOSYSTEM": "false"],
                ["home/.config/git/config", "home/.gitconfig"]
            ),
            (
                ["HOME": "ROOT/home", "GIT_CONFIG_SYSTEM": "ROOT/system", "GIT_CONFIG_NOSYSTEM": "no"],
                ["system", "home/.config/git/config", "home/.gitconfig"]
            ),
            (
                ["GIT_CONFIG_SYSTEM": "ROOT/system", "GIT_CONFIG_NOSYSTEM": "no", "GIT_CONFIG_COUNT": "0"],
                ["system"]
            ),
            (
                [
                    "GIT_CONFIG_GLOBAL": "ROOT/global", "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "Who.AM",
                    "GIT_CONFIG_VALUE_0": "first", "GIT_CONFIG_KEY_1": "who.am",
                    "GIT_CONFIG_VALUE_1": "second",
                ], ["global", "first", "second"]
            ),
        ])
    func places(_ given: [String: String], _ expected: [String]) throws {
        let sandbox = try Self.sandbox()
        var environment = given.mapValues { $0.replacingOccurrences(of: "ROOT", with: sandbox.root) }
        if environment["GIT_CONFIG_NOSYSTEM"] == nil { environment["GIT_CONFIG_NOSYSTEM"] = "1" }
        #expect(try Self.values(sandbox, environment) == expected)
        #expect(try Self.oracle(sandbox, environment) == expected)
    }

    @Test func namesAreSplitAsGitSplitsThem() throws {
        let sandbox = try Sandbox()
        try sandbox.repository([:])
        try sandbox.write(
            "[Merge \"My.Odd Driver\"]\n\tDRIVER = a \"b\\tc\" # no\n\tname\n[merge]\n\tdefault = x\n\tdefault = y\n",
            to: "home/.gitconfig")
        let settings = try UserConfiguration(
            environment: ["HOME": sandbox.home, "GIT_CONFIG_NOSYSTEM": "1"],
            in: Repository(at: sandbox.root + "/repo")
        ).settings
        #expect(settings.map(\.section) == ["merge", "merge", "merge", "merge"])
        #expect(settings.map(\.subsection) == ["My.Odd Driver", "My.Odd Driver", nil, nil])
        #expect(settings.map(\.key) == ["driver", "name", "default", "default"])
        #expect(
            settings.map { $0.value.map { String(decoding: $0, as: UTF8.self) } } == [
                "a b\tc", nil, "x", "y",
            ])
    }

    @Test func includesOfTheUsersCount() throws {
        let sandbox = try Self.sandbox()
        try sandbox.write(
            """
            [include]
            \tpath = ../global
            [includeIf "gitdir:\(sandbox.root)/repo/"]
            \tpath = ../system
            [includeIf "gitdir:/elsewhere/"]
            \tpath = ../xdg/git/config

            """, to: "home/.gitconfig")
        let environment = ["GIT_CONFIG_GLOBAL": sandbox.home + "/.gitconfig", "GIT_CONFIG_NOSYSTEM": "1"]
        #expect(try Self.values(sandbox, environment) == ["global", "system"])
    }

    @Test(
        "says which variable or file is wrong",
        arguments: [
            (["GIT_CONFIG_COUNT": "two"], "GIT_CONFIG_COUNT"),
            (["GIT_CONFIG_COUNT": "-1"], "GIT_CONFIG_COUNT"),
            (["GIT_CONFIG_COUNT": "1"], "GIT_CONFIG_KEY_0"),
            (["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b"], "GIT_CONFIG_VALUE_0"),
            (
                ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "ab", "GIT_CONFIG_VALUE_0": ""],
                "GIT_CONFIG_KEY_0"
            ),
            (["GIT_CONFIG_NOSYSTEM": "perhaps"], "GIT_CONFIG_NOSYSTEM"),
            (["GIT_CONFIG_GLOBAL": "ROOT/broken"], "broken"),
        ])
    func errors(_ given: [String: String], _ name: String) throws {
        let sandbox = try Self.sandbox()
        try sandbox.write("[who\n", to: "broken")
        let environment = given.mapValues { $0.replacingOccurrences(of: "ROOT", with: sandbox.root) }
        let error = try #require(throws: GitError.self) { try Self.values(sandbox, environment) }
        #expect(error.subject.contains(name))
    }
}
