internal import HybridBase

/// How Codex is called, and what makes it run hybrid's hook.
enum CodexCall {
    /// The key under which Codex knows a hook that a command line gives it.
    static let hookKey = "/<session-flags>/config.toml:pre_tool_use:0:0"

    /// Without `--sandbox` it reads only and exits with 0; with it git's files stay read-only, so hybrid commits for it.
    static func arguments(_ work: AgentWork) -> [String] {
        var settings = [hook(work.hooks), "shell_environment_policy.ignore_default_excludes=true"]
        if let trust = work.codexTrust {
            settings.append(
                "hooks.state={\(JSONValue.quoted(hookKey))={trusted_hash=\(JSONValue.quoted(trust))}}")
        }
        if work.isTemporary {
            settings += ["exclude_slash_tmp", "exclude_tmpdir_env_var"].map {
                "sandbox_workspace_write.\($0)=true"
            }
        }
        return [
            "codex", "exec", "--json", "--sandbox", "workspace-write", "--disable",
            "unbounded_connection_retries",
        ] + settings.flatMap { ["-c", $0] } + [work.brief]
    }

    /// The setting that has the guard asked before each tool, in TOML.
    static func hook(_ hooks: String) -> String {
        let call =
            "{type=\"command\",command=\(JSONValue.quoted(ShellWord.bare(hooks + "/codex/PreToolUse"))),timeout=60}"
        return "hooks.PreToolUse=[{matcher=\"*\",hooks=[\(call)]}]"
    }

    /// The lines that ask Codex' own server for the hash by which it would trust the hook.
    static func questions(in folder: String) -> [String] {
        [
            #"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"hybrid","version":"1"}}}"#,
            #"{"method":"initialized"}"#,
            "{\"id\":2,\"method\":\"hooks/list\",\"params\":{\"cwds\":[\(JSONValue.quoted(folder))]}}",
        ]
    }

    /// The hash in the server's answers; nil where there is none.
    static func hash(in output: [UInt8]) -> String? {
        for line in output.split(separator: 10) {
            guard let answer = try? JSONSpan.read(Array(line), file: "codex"),
                let result = answer.value("result"),
                case .array(let folders)? = result.value("data")?.kind
            else { continue }
            for folder in folders {
                guard case .array(let hooks)? = folder.value("hooks")?.kind else { continue }
                let ours = hooks.first { $0.value("key")?.text == hookKey }
                if let hash = ours?.value("currentHash")?.text { return hash }
            }
        }
        return nil
    }
}
