internal import HybridBase
internal import HybridGit

/// The part of workers' hooks that writes down what their git does beyond their own branch and worktree.
///
/// Nothing is decided there: who moved the target, or who worked in another worktree, is asked afterwards.
extension HookScripts {
    /// Hooks of git's that only note; a worker gets them whether the user has them or not.
    package static let onlyNoting = ["reference-transaction", "post-index-change"]

    /// What a hook writes to `log` before anything else; empty for hooks that note nothing.
    ///
    /// A line is: seconds since 1970, the job, the hook, the git directory, the command with its words apart by U+001F,
    /// and what git told the hook. Of what a worker does on its own branch in its own worktree only the ids are written,
    /// without starting a program: commits and rebases are to stay fast. Whatever goes wrong, git goes on.
    ///
    /// `isRead` says that what git tells the hook on its input lies in `$input`, with a point behind it.
    static func noting(_ hook: String, log: String, isRead: Bool) -> String {
        guard let notes = notes[hook] else { return "" }
        return """
            note() {
                if [ -z "$said" ]; then
                    case $GIT_DIR in
                    '') at=$PWD/.git ;;
                    /*) at=$GIT_DIR ;;
                    *) at=$PWD/$GIT_DIR ;;
                    esac
                    if [ -r "/proc/$PPID/cmdline" ]; then
                        said=$(head -c 1000 "/proc/$PPID/cmdline" | tr '\\000-\\037' '[\\037*]')
                    else
                        said=$(ps -o args= -p "$PPID" | tr ' \\t\\n' '[\\037*]')
                    fi
                    now=$(date +%s)
                fi
                printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$now" "$HYBRID_JOB" "${2:-\(hook)}" "$at" "$said" "$1"
            }
            said=
            \(isRead ? "printf %s \"${input%.}\" | " : ""){
            \(notes)
            } >>\(ShellWord.bare(log)) 2>/dev/null || :

            """
    }

    private static let notes = [
        "reference-transaction": """
        [ "$1" != committed ] || while read -r old new ref; do
            case $GIT_DIR in */worktrees/"$HYBRID_RUN-$HYBRID_JOB")
                case $ref in
                refs/heads/hybrid/"$HYBRID_RUN/$HYBRID_JOB" | HEAD)
                    printf '0\\t%s\\town\\t\\t\\t%s\\n' "$HYBRID_JOB" "$new"
                    words=
                    [ ! -r "/proc/$PPID/cmdline" ] || IFS= read -r words <"/proc/$PPID/cmdline" || :
                    case $words in *commit*--amend*)
                        printf '0\\t%s\\tamended\\t\\t\\t%s\\n' "$HYBRID_JOB" "$old" ;;
                    esac
                    continue ;;
                [!r]*) continue ;;
                esac ;;
            esac
            note "$old $new $ref"
        done
        """,
        "pre-push": """
        while read -r local new ref old; do
            [ -z "$ref" ] || note "$old $new $ref"
        done
        """,
        "post-checkout": elsewhere, "post-index-change": applying + elsewhere,
    ]

    /// An entry that was put into a working tree was not thrown away when it leaves the stash.
    private static let applying = """
        case $GIT_DIR in
        */worktrees/*) [ ! -e "${GIT_DIR%/worktrees/*}/refs/stash" ] ;;
        *) false ;;
        esac || {
            words=
            if [ -r "/proc/$PPID/cmdline" ]; then
                IFS= read -r words <"/proc/$PPID/cmdline" || :
            else
                words=$(ps -o args= -p "$PPID")
            fi
            case $words in
            *stash*pop* | *stash*apply* | *stash*branch*)
                case $words in
                *stash@{*) entry="stash@{${words##*stash@{}" ;;
                *stash*branch*) entry=refs/stash ;;
                *[0-9]) entry="stash@{${words##*[!0-9]}}" ;;
                *) entry=refs/stash ;;
                esac
                entry=$(git rev-parse -q --verify "$entry^{commit}") && note "$entry" applied
                ;;
            esac
        }

        """

    private static let elsewhere = """
        case $GIT_DIR in
        */worktrees/"$HYBRID_RUN-$HYBRID_JOB") ;;
        *) note "$*" ;;
        esac
        """
}
