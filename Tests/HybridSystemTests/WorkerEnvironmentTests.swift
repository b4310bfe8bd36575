import HybridSystem
import Testing

@Suite struct WorkerEnvironmentTests {
    @Test("keeps the user's own settings, drops what names the caller's repository")
    func cleaned() {
        let got = WorkerEnvironment.cleaned([
            "PATH": "/bin", "GIT_DIR": "/x", "GIT_INDEX_FILE": "i", "GIT_WORK_TREE": "w", "GIT_TRACE": "1",
            "GIT_SSH_COMMAND": "ssh", "GIT_AUTHOR_NAME": "A", "HYBRID_JOB": "outer", "PWD": "/", "TOKEN": "t",
            "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "U",
            "GIT_CONFIG_KEY_1": "half",
        ])
        #expect(
            got == [
                "PATH": "/bin", "GIT_SSH_COMMAND": "ssh", "GIT_AUTHOR_NAME": "A", "TOKEN": "t",
                "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "U",
                "GIT_CONFIG_KEY_1": "gc.auto", "GIT_CONFIG_VALUE_1": "0",
                "GIT_CONFIG_KEY_2": "maintenance.auto", "GIT_CONFIG_VALUE_2": "false",
            ])
    }

    @Test("tells a worker what it is")
    func made() {
        let got = WorkerEnvironment.make(
            from: [:], run: "r", job: "j", jobName: "J", claims: ["a", "b c"], base: "1", worktree: "/w",
            attempt: 2)
        #expect(got["HYBRID_CLAIMS"] == "a\nb c")
        #expect(got["HYBRID_WORKTREE"] == "/w" && got["PWD"] == "/w" && got["HYBRID_ATTEMPT"] == "2")
    }
}
