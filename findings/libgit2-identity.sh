#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) names another author than git does, in four ordinary set-ups.
#
# Its default signature reads no GIT_AUTHOR_* from the environment, knows includeIf but not its hasconfig form, and
# neither GIT_CONFIG_GLOBAL nor GIT_CONFIG_COUNT. No error comes: the commit has a wrong address. `git var
# GIT_AUTHOR_IDENT` gives git's own answer.
#
# Output seen (git 2.39.5):
#   environment: git env@example.com, libgit2 home@example.com
#   hasconfig: git work@example.com, libgit2 home@example.com
#   GIT_CONFIG_GLOBAL: git global@example.com, libgit2 home@example.com
#   GIT_CONFIG_COUNT: git count@example.com, libgit2 home@example.com
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0
git config --global user.name A
git config --global user.email home@example.com
git init -q "$tmp/repo"
cd "$tmp/repo"

# both WHAT [VARIABLE...]: who would be the author, by git and by libgit2.
both() {
    what=$1
    shift
    git=$(env "$@" git var GIT_AUTHOR_IDENT | sed 's/.*<\(.*\)>.*/\1/')
    other=$(env "$@" "$tmp/venv/bin/python" -c \
        'import pygit2; print(pygit2.Repository(".").default_signature.email)')
    echo "$what: git $git, libgit2 $other" >>"$tmp/seen"
}

both environment GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=env@example.com
git remote add origin https://example.com/work/project.git
printf '[user]\n\temail = work@example.com\n' >"$tmp/work.inc"
git config --global "includeIf.hasconfig:remote.*.url:https://example.com/work/**.path" "$tmp/work.inc"
both hasconfig
git config --global --unset "includeIf.hasconfig:remote.*.url:https://example.com/work/**.path"
printf '[user]\n\tname = A\n\temail = global@example.com\n' >"$tmp/global"
both GIT_CONFIG_GLOBAL GIT_CONFIG_GLOBAL="$tmp/global"
both GIT_CONFIG_COUNT GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.email GIT_CONFIG_VALUE_0=count@example.com

cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
environment: git env@example.com, libgit2 home@example.com
hasconfig: git work@example.com, libgit2 home@example.com
GIT_CONFIG_GLOBAL: git global@example.com, libgit2 home@example.com
GIT_CONFIG_COUNT: git count@example.com, libgit2 home@example.com
END
