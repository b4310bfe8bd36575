#!/bin/sh
# git 2.39.5 (Debian 12): `git stash store ID` exits 0 and the stash is not listed, where the ref already names that commit.
#
# `git update-ref refs/stash ID` makes no reflog, and `git stash list` reads nothing but the reflog. Storing the same commit
# afterwards changes no ref and so writes no reflog either: exit 0, nothing listed. The next stash makes the reflog, but the
# first stays hidden. What brings a stash back: `git update-ref --create-reflog`, or deleting the ref before the store.
#
# Output seen:
#   update-ref: exit 0, 0 listed
#   stash store: exit 0, 0 listed
#   stash push: exit 0, 1 listed
#   deleted, then store: exit 0, 1 listed
#   update-ref --create-reflog: exit 0, 1 listed
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com \
    GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
# The pinned package, unpacked: another git may be installed.
(cd "$tmp" && apt-get download -q git=1:2.39.5-0+deb12u3 >/dev/null 2>&1 && dpkg -x git_*.deb git)
PATH="$tmp/git/usr/bin:$PATH"
export PATH GIT_EXEC_PATH="$tmp/git/usr/lib/git-core" GIT_TEMPLATE_DIR="$tmp/git/usr/share/git-core/templates"
git --version | grep -F 'git version 2.39.5'
git init -q "$tmp/repo"
cd "$tmp/repo"
echo 1 >a
git add a
git commit -qm base
echo 2 >a
id=$(git stash create)

# told WHAT COMMAND...: runs it; tells how it ended and how many stashes git lists.
told() {
    what=$1
    shift
    code=0
    "$@" >/dev/null || code=$?
    echo "$what: exit $code, $(git stash list | wc -l | tr -d ' ') listed" >>"$tmp/seen"
}

told update-ref git update-ref refs/stash "$id"
told 'stash store' git stash store "$id"
told 'stash push' git stash push
git update-ref -d refs/stash
told 'deleted, then store' git stash store "$id"
git update-ref -d refs/stash
told 'update-ref --create-reflog' git update-ref --create-reflog refs/stash "$id"

cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
update-ref: exit 0, 0 listed
stash store: exit 0, 0 listed
stash push: exit 0, 1 listed
deleted, then store: exit 0, 1 listed
update-ref --create-reflog: exit 0, 1 listed
END
