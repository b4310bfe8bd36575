import HybridCore
import Testing

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
        #expect(changes[1].undo == "git branch 'o-before' 1")
        #expect(changes[2].detail == "was 1, is gone")
        #expect(SharedState.changes(from: old, to: old) == [])
    }
}
