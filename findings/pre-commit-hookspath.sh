#!/bin/sh
# pre-commit 4.7.0 will not install while core.hooksPath comes from the environment, and its advice cannot help.
#
# Tools that put hooks in front of a user's own for one process tree do it with GIT_CONFIG_COUNT, which touches no file.
# pre-commit asks git for core.hooksPath, refuses whatever file or variable it comes from, and advises to unset it; as no
# file sets it, `git config --unset-all` exits 5 and the next try is refused as well. Set-up has to run without it.
#
# Output seen:
#   install: exit 1, Cowardly refusing
#   advice: exit 5
#   again: exit 1
#   without the variables: exit 0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pre-commit==4.7.0
git init -q "$tmp/repo"
cd "$tmp/repo"
echo 'repos: []' >.pre-commit-config.yaml
mkdir "$tmp/hooks"

# with COMMAND...: runs it with core.hooksPath from the environment; tells how it ended.
with() {
    code=0
    env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0="$tmp/hooks" "$@" \
        >"$tmp/said" 2>&1 || code=$?
    printf 'exit %s' "$code"
}

{
    echo "install: $(with "$tmp/venv/bin/pre-commit" install), $(grep -o 'Cowardly refusing' "$tmp/said")"
    echo "advice: $(with git config --unset-all core.hooksPath)"
    echo "again: $(with "$tmp/venv/bin/pre-commit" install)"
    code=0
    "$tmp/venv/bin/pre-commit" install >/dev/null || code=$?
    echo "without the variables: exit $code"
} >"$tmp/seen"
cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
install: exit 1, Cowardly refusing
advice: exit 5
again: exit 1
without the variables: exit 0
END
