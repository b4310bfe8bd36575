#!/bin/sh
# libgit2 1.9.7 (pygit2 1.21.0) does not know quoted patterns in attributes files, and writes such files with other line
# endings than git.
#
# gitattributes(5): a pattern that begins with a double quote is quoted in C style; there is no other way to name a file with a
# space in it. libgit2 splits the line at the space, so the attribute is never found: a checkout by a program on libgit2 leaves
# LF where git writes CRLF, and the reverse clean-up does not happen on commit.
#
# Output seen (libgit2 1.9.7, git 2.39.5):
#   eol of "a b.txt": git crlf, libgit2 1.9.7 None; bytes written: git 2 CR, libgit2 0 CR; unquoted name: git 2 CR, libgit2 2 CR
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" -q install pygit2==1.21.0

git init -q "$tmp/repo"
cd "$tmp/repo"
git config user.name A
git config user.email a@example.com
printf '"a b.txt" text eol=crlf\nplain.txt text eol=crlf\n' >.gitattributes
printf 'one\ntwo\n' | tee "a b.txt" >plain.txt
git add -A
git commit -qm first

cat >"$tmp/look.py" <<'END_OF_SCRIPT'
import os, pygit2, subprocess
repo = pygit2.Repository(".")
names = ["a b.txt", "plain.txt"]
def returns():
    return [open(name, "rb").read().count(b"\r") for name in names]
def away():
    for name in names:
        os.remove(name)
away()
subprocess.run(["git", "checkout", "-q", "--", "."], check=True)
by_git = returns()
away()
repo.checkout_head(strategy=pygit2.enums.CheckoutStrategy.FORCE)
by_libgit2 = returns()
said = subprocess.run(["git", "check-attr", "eol", "--", names[0]], capture_output=True, text=True).stdout.split(": ")[-1].strip()
print(f'eol of "a b.txt": git {said}, libgit2 {pygit2.LIBGIT2_VERSION} {repo.get_attr(names[0], "eol")}; '
      f"bytes written: git {by_git[0]} CR, libgit2 {by_libgit2[0]} CR; unquoted name: git {by_git[1]} CR, libgit2 {by_libgit2[1]} CR")
END_OF_SCRIPT
seen=$("$tmp/venv/bin/python" "$tmp/look.py")
echo "$seen"
expected='eol of "a b.txt": git crlf, libgit2 1.9.7 None; bytes written: git 2 CR, libgit2 0 CR; unquoted name: git 2 CR, libgit2 2 CR'
[ "$seen" = "$expected" ] || { echo "it is not so any more" >&2; exit 1; }
