internal import HybridBase

/// The part of workers' hooks that tells a commit made with `--no-verify` from one that the user's hooks let pass.
extension HookScripts {
    /// The hooks that `git commit --no-verify` goes past.
    static let passable = ["pre-commit", "commit-msg"]

    /// Calls the user's hook and leaves a mark where it let the commit pass.
    static func callMarking(_ hook: String) -> String {
        """
        "$theirs" "$@"
        code=$?
        if [ $code = 0 ]; then : >"${GIT_DIR:-.git}/hybrid-passed-\(hook)"; fi 2>/dev/null
        exit $code
        """
    }

    /// Notes a commit for which a hook of the user's left no mark, behind the line that says where their hooks lie.
    ///
    /// Rebasing and picking call no such hook, and are no going past.
    static func notingPassed(log: String) -> String {
        """
        for hook in \(passable.joined(separator: " ")); do
            mark=${GIT_DIR:-.git}/hybrid-passed-$hook
            if [ -e "$mark" ]; then
                rm -f "$mark"
            elif [ -z "$GIT_REFLOG_ACTION" ] && [ -f "$theirs/$hook" ] && [ -x "$theirs/$hook" ]; then
                printf '%s\\t%s\\t%s\\t%s\\t\\t%s\\n' "$(date +%s)" "$HYBRID_JOB" past "${GIT_DIR:-.git}" \
                    "$hook $(git rev-parse HEAD)" >>\(ShellWord.bare(log))
            fi
        done 2>/dev/null

        """
    }
}
