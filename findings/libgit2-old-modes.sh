#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) calls a fresh checkout modified where an old tree has the mode 100664; git calls it clean.
#
# Histories of git's first year hold such entries, and git reads them as 100644 everywhere (`git ls-tree` prints 100644).
# libgit2's status compares the mode as it is stored with the index, which can only hold 100644, while the same library's
# tree object gives the mode as 100644. Both write the same tree again.
#
# Output seen (git 2.39.5):
#   git: status [], ls-tree 100644
#   libgit2: status a INDEX_MODIFIED, diff 100664 to 100644, entry 100644
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com \
    GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0
git init -q -b main "$tmp/repo"
cd "$tmp/repo"
blob=$(echo 1 | git hash-object -w --stdin)
tree=$(python3 -c "import sys; sys.stdout.buffer.write(b'100664 a\\0' + bytes.fromhex('$blob'))" |
    git hash-object -w -t tree --stdin)
git update-ref refs/heads/main "$(git commit-tree -m old "$tree")"
git reset -q --hard

echo "git: status [$(git status --porcelain)], ls-tree $(git ls-tree HEAD | cut -c1-6)" >"$tmp/seen"
"$tmp/venv/bin/python" - >>"$tmp/seen" <<'END'
import pygit2
r = pygit2.Repository(".")
[(path, flags)] = r.status().items()
[patch] = r.diff("HEAD", cached=True)
modes = [oct(f.mode)[2:] for f in (patch.delta.old_file, patch.delta.new_file)]
entry = oct(r.head.peel(pygit2.Tree)["a"].filemode)[2:]
print("libgit2: status", path, flags.name + ", diff", " to ".join(modes) + ", entry", entry)
END
cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
git: status [], ls-tree 100644
libgit2: status a INDEX_MODIFIED, diff 100664 to 100644, entry 100644
END
