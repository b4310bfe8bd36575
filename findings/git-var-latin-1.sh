#!/bin/sh
# git 2.39.5 (Debian 12): `git var GIT_AUTHOR_IDENT` gives a name in Latin-1 as it stands, `git commit` writes it as UTF-8.
#
# commit takes what is no valid UTF-8 for Latin-1 and converts it, names in the header included (commit.c, verify_utf8).
# A tool that asks `git var` who the author is and writes the commit itself, as with `git commit-tree` from its own text or
# with libgit2, makes another name than git does, one that is no text at all.
#
# Output seen:
#   git var: 4a fc 72 67
#   git commit: 4a c3 bc 72 67
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
# The pinned package, unpacked: another git may be installed.
(cd "$tmp" && apt-get download -q git=1:2.39.5-0+deb12u3 >/dev/null 2>&1 && dpkg -x git_*.deb git)
PATH="$tmp/git/usr/bin:$PATH"
export PATH GIT_EXEC_PATH="$tmp/git/usr/lib/git-core" GIT_TEMPLATE_DIR="$tmp/git/usr/share/git-core/templates"
git --version | grep -F 'git version 2.39.5'
printf '[user]\n\tname = J\374rg\n\temail = a@example.com\n' >"$HOME/.gitconfig"
git init -q "$tmp/repo"
cd "$tmp/repo"
git commit -q --allow-empty -m first 2>/dev/null

# hex: the bytes of a name up to the address.
hex() { sed 's/ <.*//' | tr -d '\n' | od -An -tx1 | tr -s ' ' | sed 's/^ //; s/ $//'; }

{
    echo "git var: $(git var GIT_AUTHOR_IDENT | LC_ALL=C hex)"
    echo "git commit: $(git cat-file commit HEAD | LC_ALL=C sed -n 's/^author //p' | LC_ALL=C hex)"
} >"$tmp/seen"
cat "$tmp/seen"
diff - "$tmp/seen" <<'END'
git var: 4a fc 72 67
git commit: 4a c3 bc 72 67
END
