#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) stores a file without its clean filter although the filter is required.
#
# filter.NAME.required makes git refuse to add a file whose filter cannot run or fails, so that what the filter takes out
# (a notebook's output, a large file) never gets into history. libgit2 runs no filters but its own two and adds the raw
# bytes, without an error.
#
# Output seen (git 2.39.5):
#   git: exit 128, nothing staged
#   libgit2: staged b'raw\n'
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0
git init -q "$tmp/repo"
cd "$tmp/repo"
git config filter.strip.clean false
git config filter.strip.required true
echo '*.nb filter=strip' >.git/info/attributes
echo raw >a.nb

code=0
git add a.nb 2>/dev/null || code=$?
staged=$(git ls-files)
echo "git: exit $code, ${staged:-nothing} staged" >"$tmp/seen"
"$tmp/venv/bin/python" - >>"$tmp/seen" <<'END'
import pygit2
r = pygit2.Repository(".")
r.index.add_all()
print("libgit2: staged", r[r.index["a.nb"].id].data)
END
cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
git: exit 128, nothing staged
libgit2: staged b'raw\n'
END
