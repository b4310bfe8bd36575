#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0), and 1.5.0 as well, answers that a commit was made where its object could not be written.
#
# git_commit_create gives the id and no error; the object is nowhere. Where the folder for it cannot be made, because a disk
# is full, read-only, or git's maintenance prunes folders just then, the caller goes on with a commit that does not exist, and
# the error comes later and elsewhere. git_odb_write alone tells the error, as does git.
#
# Here plain files lie where the folders of objects would be, so that none can be made, also by root.
# Output seen (libgit2 1.9.7, git 2.39.5):
#   libgit2 1.9.7: of 20 commits 20 said to be made, 0 there; a blob: refused; git: refused
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0
cat >"$tmp/make.py" <<'END_OF_SCRIPT'
import os, pygit2, subprocess, sys
repo = pygit2.init_repository(sys.argv[1])
person = pygit2.Signature("A", "a@example.com", 1700000000, 0)
tree = repo.TreeBuilder().write()
first = repo.create_commit(None, person, person, "first", tree, [])
for number in range(256):
    path = os.path.join(repo.path, "objects", "%02x" % number)
    if not os.path.exists(path):
        open(path, "w").close()
blocked = lambda hexes: os.path.isfile(os.path.join(repo.path, "objects", hexes[:2]))
said = there = 0
number = 0
while said < 20 and number < 200:
    number += 1
    try:
        made = repo.create_commit(None, person, person, f"number {number}", tree, [first])
    except (OSError, pygit2.GitError):
        continue
    if blocked(str(made)):
        said += 1
        there += made in repo
blob, git = "written", "written"
for number in range(200):
    data = b"blob %d" % number
    if blocked(str(pygit2.hash(data))):
        try:
            repo.create_blob(data)
        except (OSError, pygit2.GitError):
            blob = "refused"
        asked = subprocess.run(["git", "-C", repo.path, "hash-object", "-w", "--stdin"], input=data, capture_output=True)
        if asked.returncode:
            git = "refused"
        break
print(f"libgit2 {pygit2.LIBGIT2_VERSION}: of 20 commits {said} said to be made, {there} there; a blob: {blob}; git: {git}")
END_OF_SCRIPT
got=$("$tmp/venv/bin/python" "$tmp/make.py" "$tmp/repo")
echo "$got"
[ "$got" = "libgit2 1.9.7: of 20 commits 20 said to be made, 0 there; a blob: refused; git: refused" ]
