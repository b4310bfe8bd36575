#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) merges without a conflict where git sees one, and a file is gone.
#
# Ours replaces the folder x by a file x; theirs adds x/new. git: CONFLICT (file/directory), exit 1, the file is kept as
# x~main. libgit2: no conflict, an index that holds both x and x/new, and the tree written from it holds the folder alone.
# The same library takes one added file with different executable bits for a clean merge; git says add/add.
#
# Output seen:
#   git: exit 1, CONFLICT (file/directory)
#   libgit2: conflicts none, index x x/new, tree x/
#   git: exit 1, CONFLICT (add/add)
#   libgit2: conflicts none, a is 100755
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com \
    GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0

# start NAME: a repository whose first commit holds what stands in the folder, with a branch for theirs.
start() {
    git init -q -b main "$tmp/$1"
    cd "$tmp/$1"
}
base() {
    git add .
    git commit -qm base
    git branch theirs
}
oracle() {
    code=0
    git merge-tree --write-tree main theirs >"$tmp/said" || code=$?
    echo "git: exit $code, $(grep -o 'CONFLICT ([a-z/]*)' "$tmp/said")"
}

start folders
mkdir x
echo 1 >x/a
base
git rm -qr x
echo file >x
git add x
git commit -qm ours
git switch -q theirs
echo new >x/new
git add x
git commit -qm theirs
{
    oracle
    "$tmp/venv/bin/python" - <<'END'
import pygit2
r = pygit2.Repository(".")
i = r.merge_commits(r.branches["main"].target, r.branches["theirs"].target)
tree = r[i.write_tree(r)]
print("libgit2: conflicts", "some" if i.conflicts else "none", end="")
print(", index", *[e.path for e in i], end="")
print(", tree", *[e.name + "/" * (e.type_str == "tree") for e in tree])
END
} >"$tmp/seen"

start bits
echo 1 >z
base
echo same >a
chmod +x a
git add a
git commit -qm ours
git switch -q theirs
echo same >a
git add a
git commit -qm theirs
{
    oracle
    "$tmp/venv/bin/python" - <<'END'
import pygit2
r = pygit2.Repository(".")
i = r.merge_commits(r.branches["main"].target, r.branches["theirs"].target)
print("libgit2: conflicts", "some" if i.conflicts else "none", end="")
print(", a is", oct(i["a"].mode)[2:])
END
} >>"$tmp/seen"

cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
git: exit 1, CONFLICT (file/directory)
libgit2: conflicts none, index x x/new, tree x/
git: exit 1, CONFLICT (add/add)
libgit2: conflicts none, a is 100755
END
