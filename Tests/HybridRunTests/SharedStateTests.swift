import Testing

@testable import HybridRun

/// What of a repository's shared state counts as dangerous when it changed.
@Suite struct SharedStateTests {
    @Test(arguments: [
        "core.hooksPath", "core.FSMonitor", "core.sshcommand", "alias.x", "include.path",
        "includeif.gitdir:/x.path",
        "url.x.insteadof", "filter.f.clean", "merge.m.driver", "diff.external", "diff.d.textconv",
        "credential.helper", "remote.origin.url", "submodule.a.url", "gpg.ssh.program", "pager.log",
    ])
    func keysThatExecuteOrRedirect(key: String) { #expect(SharedState.executes(key)) }

    @Test(arguments: [
        "branch.x.remote", "user.name", "core.quotepath", "merge.conflictstyle", "diff.algorithm",
        "remote.o.prune",
    ])
    func keysThatAreOnlyReported(key: String) { #expect(!SharedState.executes(key)) }

    private static let shared = "/g/config"
    private static let submodule = "submodule.m.url"

    /// What changes in the shared file, and whether it stops the run: key, before, after.
    private static let changes: [(key: String, before: [String]?, after: [String]?, stops: Bool)] = [
        ("merge.tool", nil, ["vimdiff"], false), ("diff.guitool", nil, ["meld"], false),
        ("mergetool.vimdiff.cmd", nil, ["x"], true),
        // A remote that nobody names yet, and one that was there.
        ("remote.fork.url", nil, ["https://x/y"], false), ("remote.fork.fetch", nil, ["+a:b"], false),
        ("remote.fork.uploadpack", nil, ["x"], true), ("remote.origin.url", ["a"], ["b"], true),
        ("remote.origin.url", ["a"], nil, true), ("remote.origin.fetch", nil, ["+c:d"], true),
        ("remote.missing.url", nil, ["https://x/y"], true),
        ("branch.mine.remote", nil, ["fork"], false), ("branch.main.remote", nil, ["fork"], true),
        ("branch.main.pushremote", nil, ["https://x/y"], true),
        ("branch.main.remote", nil, ["origin"], false),
        ("branch.main.merge", nil, ["refs/heads/x"], false), ("remote.pushdefault", nil, ["fork"], true),
        // The base's own address, and another.
        (submodule, nil, ["https://x/m"], false), (submodule, nil, ["https://evil/m"], true),
        (submodule, ["https://x/m"], ["https://evil/m"], true),
        (submodule, ["https://old/m"], ["https://x/m"], false), (submodule, ["https://x/m"], nil, false),
        (submodule, ["https://x/m"], ["https://x/m", "https://evil/m"], true),
        ("submodule.m.update", ["!sh"], nil, false), ("submodule.url", ["x"], nil, true),
        ("submodule.n.url", nil, ["https://x/m"], true),
        ("submodule.m.active", nil, ["true"], false), ("submodule.active", nil, ["."], false),
        ("submodule.m.update", nil, ["rebase"], false), ("submodule.m.update", nil, ["!sh"], true),
        // Written again, here or as the user's own files say it.
        ("core.hookspath", ["x"], ["x", "x"], false), ("core.hookspath", ["x"], ["y", "x"], true),
        ("core.hookspath", ["x", "y"], ["y", "x"], true), ("alias.st", nil, ["status"], false),
        ("alias.st", nil, ["!sh"], true), ("alias.st", ["other"], ["status"], true),
        // What names no program and no other place.
        ("core.fsmonitor", nil, ["true"], false), ("core.fsmonitor", nil, ["./watch"], true),
        ("pager.log", nil, ["false"], false), ("pager.log", nil, ["sh"], true),
        ("mergetool.keepbackup", nil, ["false"], false), ("difftool.prompt", nil, ["false"], false),
        ("mergetool.x.path", nil, ["/x"], true), ("guitool.x.cmd", nil, ["x"], true),
        ("http.postbuffer", nil, ["524288000"], false), ("http.proxy", nil, ["x"], true),
        ("http.sslverify", nil, ["false"], true), ("http.https://x/.extraheader", nil, ["A: b"], true),
        ("credential.usehttppath", nil, ["true"], false), ("credential.helper", nil, ["x"], true),
        ("protocol.version", nil, ["2"], false), ("protocol.ext.allow", nil, ["always"], true),
        ("transfer.fsckobjects", nil, ["true"], false), ("transfer.fsckobjects", nil, ["false"], true),
        // What git does anyhow, unless the user's files say otherwise.
        ("commit.gpgsign", nil, ["false"], false), ("commit.gpgsign", ["true"], ["false"], true),
        ("commit.gpgsign", nil, ["true"], true), ("tag.gpgsign", nil, ["false"], false),
        ("remote.origin.fetch", ["+c:d"], ["+c:refs/remotes/origin/d"], false),
        ("remote.origin.fetch", nil, ["+refs/heads/*:refs/heads/*"], true),
        ("remote.origin.mirror", nil, ["true"], true), ("remote.fork.promisor", nil, ["true"], true),
        ("lfs.customtransfer.x.path", nil, ["x"], true), ("lfs.repositoryformatversion", nil, ["0"], false),
        ("extensions.worktreeconfig", nil, ["true"], false), ("hybrid.hooks", nil, ["never"], true),
        ("hybrid.setup", nil, ["curl x | sh"], true), ("hybrid.postcheckout", ["false"], nil, true),
    ]

    @Test(arguments: changes.indices) func aSettingStopsTheRunOnlyWhereItCanDoSomething(_ number: Int) {
        let (key, before, after, stops) = Self.changes[number]
        var old = SharedState(
            settings: [
                Self.shared: ["remote.origin.url": ["a"], "branch.old.remote": ["missing"]]
            ], refs: ["refs/heads/main": "1"])
        var new = old
        old.settings[Self.shared]?[key] = before
        new.settings[Self.shared]?[key] = after
        let changes = SharedState.changes(
            from: old, to: new,
            around: .init(submodules: ["m": ["https://x/m"]], inherited: ["alias.st": ["status"]]))
        #expect(changes.contains { $0.kind == .executes } == stops, "\(changes)")
    }

    @Test func whatTheUserSignsIsNotTurnedOffQuietly() {
        let changes = SharedState.changes(
            from: SharedState(), to: SharedState(settings: [Self.shared: ["commit.gpgsign": ["false"]]]),
            around: .init(inherited: ["commit.gpgsign": ["true"]]))
        #expect(changes.map(\.kind) == [.executes])
    }

    /// git reads such a file only where the shared one says so, and hybrid runs git only in some worktrees.
    @Test func aWorktreesOwnSettingsCountWhereGitReadsThem() {
        let (own, other) = ("/g/worktrees/RUN-a/config.worktree", "/g/worktrees/b/config.worktree")
        let on = [Self.shared: ["extensions.worktreeconfig": ["true"]]]
        func stops(_ before: [String: [String: [String]]], _ after: [String: [String: [String]]]) -> [String]
        {
            SharedState.changes(
                from: SharedState(settings: before), to: SharedState(settings: after),
                around: .init(worktreeFiles: [own])
            ).filter { $0.kind == .executes }.map(\.what)
        }
        let hooks = ["core.hookspath": ["x"]]
        #expect(stops([:], [own: hooks, other: hooks]) == [])
        #expect(stops(on, on.merging([other: hooks]) { $1 }) == [])
        #expect(stops(on, on.merging([own: hooks]) { $1 }) == ["core.hookspath in \(own)"])
        // What was written while git did not look counts once it does.
        #expect(stops([own: hooks], on.merging([own: hooks]) { $1 }) == ["core.hookspath in \(own)"])
        #expect(stops(on.merging([own: hooks]) { $1 }, on.merging([own: hooks]) { $1 }) == [])
    }

    @Test func aToolIsNamedAndExcusesNothing() {
        let hook = "/g/hooks/pre-commit"
        func told(_ settings: [String: [String]], _ text: String? = nil) -> [SetUpTool?] {
            let changes = SharedState.changes(
                from: SharedState(),
                to: SharedState(
                    settings: [Self.shared: settings], files: text == nil ? [:] : [hook: "100755 1"]),
                around: .init(content: { _ in text.map { Array($0.utf8) } }))
            #expect(changes.allSatisfy { $0.kind == .executes })
            return changes.map(\.tool)
        }
        #expect(told(["core.hookspath": [".husky/_"]]) == [.husky])
        #expect(told(["core.hookspath": ["/tmp/x"]]) == [nil])
        #expect(told(["filter.lfs.process": ["git-lfs filter-process"]]) == [.gitLFS])
        #expect(
            told([:], "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n") == [.preCommit])
        #expect(told([:], "#!/bin/sh\ngit lfs pre-push\n") == [.gitLFS])
        #expect(told([:], "#!/bin/sh\nrm -rf /\n") == [nil])
    }

    @Test(arguments: [
        ("../m", "https://x/a/b.git", "https://x/a/m"), ("../../m.git", "https://x/a/b/", "https://x/m.git"),
        ("./m", "/srv/a", "/srv/a/m"), ("../m", "git@x:a.git", "git@x:m"),
        ("https://y/m", "/srv/a", "https://y/m"),
    ])
    func aRelativeSubmoduleLiesBesideItsRepository(_ address: String, _ place: String, _ expected: String) {
        #expect(SubmoduleAddress.all(address, from: [place]) == [expected])
    }

    @Test func filesByWhereTheyLieAndHowTheyRun() {
        let old = SharedState(files: ["/g/hooks/a": "100755 1", "/g/hooks/old.sample": "100644 1"])
        let new = SharedState(files: [
            "/g/hooks/a": "100755 2", "/g/hooks/b": "100644 1", "/g/hooks/old.sample": "100644 2",
            "/g/hooks/x.sample": "100755 1", "/g/info/exclude": "100644 1", "/g/info/attributes": "100644 1",
        ])
        let kinds = Dictionary(
            uniqueKeysWithValues: SharedState.changes(from: old, to: new).map { ($0.what, $0.kind) })
        #expect(
            kinds == [
                "/g/hooks/a": .executes, "/g/hooks/b": .executes, "/g/hooks/x.sample": .executes,
                "/g/hooks/old.sample": .reported, "/g/info/exclude": .reported,
                "/g/info/attributes": .executes,
            ])
    }

    @Test func valuesAndRefsAreNamedBeforeAndAfter() {
        let old = SharedState(
            settings: ["/g/config": ["alias.x": ["a"]]], refs: ["refs/heads/o": "1", "refs/heads/p": "1"])
        let new = SharedState(
            settings: ["/g/config": ["alias.x": ["b'\u{1b}"]]],
            refs: ["refs/heads/o": "2", "refs/heads/new": "3"])
        let changes = SharedState.changes(from: old, to: new)
        #expect(changes.map(\.kind) == [.executes, .reported, .reported])
        #expect(changes[0].detail.contains("was \"a\""))
        #expect(!changes[0].detail.contains("\u{1b}"))
        #expect(changes[1].undo.command == "git update-ref 'refs/heads/o' 1 2")
        #expect(changes[2].undo.command == "git branch 'p' 1")
        #expect(changes[2].detail == "was 1, is gone")
        #expect(SharedState.changes(from: old, to: old) == [])
    }
}
