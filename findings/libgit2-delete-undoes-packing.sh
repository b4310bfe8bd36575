#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) loses branches that git packs at the moment in which it deletes another, packed ref.
#
# It reads packed-refs, then takes packed-refs.lock, and writes what it read. What `git pack-refs`, and with it `git gc` and
# the maintenance that follows a commit, put there in between is gone: a new branch, whose loose file git has taken away
# by then, is nowhere any more, and one that moved is where it was before. No error comes on either side. git reads the
# file again under the lock.
#
# Here one process deletes and makes refs of its own while another makes 150 branches and packs after each.
# Output seen (git 2.39.5; 12 and 7 branches were lost):
#   of 150 branches some are lost, libgit2: yes, git: no
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0
git config --global user.name A
git config --global user.email a@example.com
cat >"$tmp/with-libgit2.py" <<'END'
import os, pygit2, sys
repo = pygit2.Repository(".")
tip, turn = repo.head.target, 0
while not os.path.exists("../done"):
    name = f"refs/own/{turn % 60}"
    turn += 1
    try:
        if name in repo.references:
            repo.references.delete(name)
        else:
            repo.references.create(name, tip)
    except (KeyError, ValueError, OSError, pygit2.GitError):
        pass  # A lock that git holds for a moment.
END
cat >"$tmp/with-git.sh" <<'END'
turn=0
while [ ! -e ../done ]; do
    name=refs/own/$((turn % 60))
    turn=$((turn + 1))
    if git rev-parse -q --verify "$name" >/dev/null; then
        git update-ref -d "$name" 2>/dev/null || :
    else
        git update-ref "$name" HEAD 2>/dev/null || :
    fi
done
END

# lost COMMAND...: whether a branch is lost while the command works.
lost() {
    rm -rf "$tmp/repo" "$tmp/done"
    git init -q "$tmp/repo"
    cd "$tmp/repo"
    git commit -q --allow-empty -m first
    tip=$(git rev-parse HEAD)
    seq 60 | sed "s,.*,create refs/own/& $tip," | git update-ref --stdin
    git pack-refs --all
    "$@" &
    other=$!
    for number in $(seq 150); do
        git update-ref "refs/heads/user-$number" "$tip"
        git pack-refs --all 2>/dev/null || :
    done
    : >"$tmp/done"
    wait "$other"
    there=$(git for-each-ref 'refs/heads/user-*' | wc -l)
    echo "$there of 150 branches are there: $1" >&2
    if [ "$there" -lt 150 ]; then echo yes; else echo no; fi
}

seen="of 150 branches some are lost, libgit2: $(lost "$tmp/venv/bin/python" "$tmp/with-libgit2.py"), git: $(lost sh "$tmp/with-git.sh")"
echo "$seen"
[ "$seen" = "of 150 branches some are lost, libgit2: yes, git: no" ]
