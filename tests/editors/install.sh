#!/usr/bin/env bash
# Installs the editors that the tests here drive: VS Code (code-server, shown in Debian's Chromium),
# Neovim in two versions, Helix and Emacs, into out/editors. For Debian 12, as root; a second run only checks.
# PYTHON names the Python whose pip is used (the project's own otherwise).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../editors/vscode/node.sh
. "$here/../../editors/vscode/node.sh"
home=$root/out/editors
mkdir -p "$home"

say() { printf '\n== %s\n' "$*"; }

# A tool's stamp holds what it was made from, so that a new version here replaces an old cache there.
made() { [ -f "$home/$1.stamp" ] && [ "$(cat "$home/$1.stamp")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$home/$1.stamp"; }

say "Chromium and an emoji font"
if ! dpkg-query -W -f '${db:Status-Status}\n' chromium fonts-noto-color-emoji fonts-dejavu-core 2>/dev/null |
  awk '$1 != "installed" { exit 1 } { n++ } END { exit n != 3 }'; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends \
    chromium fonts-noto-color-emoji fonts-dejavu-core >/dev/null
fi
dpkg-query -W chromium

say "code-server and playwright-core"
packages=$(cat "$here/package.json")
if ! made npm "$packages"; then
  rm -rf "$home/npm"
  mkdir -p "$home/npm"
  cp "$here/package.json" "$home/npm/"
  # Without scripts nothing is compiled; the parts that would be (terminal, keyring) are not used here.
  (cd "$home/npm" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
  (cd "$home/npm/node_modules/code-server/lib/vscode" &&
    npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
  stamp npm "$packages"
fi
node -p 'require(process.argv[1]).version' "$home/npm/node_modules/code-server/package.json"

# Unpacks a package of a Debian suite, with all it depends on, into a folder of its own. apt resolves
# against an empty status, so the folder is complete and the machine's own packages stay as they are.
unpack() {
  local name=$1 suite=$2 package=$3 prefix=$home/$1 apt=$home/$1/.apt mirror options
  made "$name" "$suite $package" && return
  rm -rf "$prefix"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status"
  # The mirror is the one this machine uses anyway.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt/cache" -o APT::Install-Recommends=false -o APT::Sandbox::User=root
    -o Acquire::Languages=none -o Debug::NoLocking=true)
  apt-get "${options[@]}" update
  apt-get "${options[@]}" -y --download-only install "$package" >/dev/null
  local archive
  for archive in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$archive" "$prefix"
    basename "$archive"
  done >"$prefix/packages.txt"
  rm -rf "$apt"
  stamp "$name" "$suite $package"
}

# Started through the loader that came with it, a program finds its own libraries, whatever the host has;
# what it starts in turn (the language server) is the host's again.
# usage: launcher NAME PROGRAM VERSION-OPTION-AND-ARGUMENTS... <ENVIRONMENT; both may say $prefix
launcher() {
  local name=$1 prefix loader
  # Neovim compares what it reads with where it was told to be.
  prefix=$(realpath "$home/$1")
  loader=$(find "$prefix/" -name "ld-linux-*.so.*" ! -path "*/lib64/*" | sed -n 1p)
  mkdir -p "$home/bin"
  cat >"$home/bin/$name" <<EOF
#!/bin/sh
prefix="$prefix"
$(cat)
exec "$loader" --library-path "$(dirname "$loader"):$prefix/usr/lib/$(basename "$(dirname "$loader")")" \\
  "$prefix/$2"${3:+ $3} "\$@"
EOF
  chmod +x "$home/bin/$name"
  "$home/bin/$name" --version | sed -n 1p
}

neovim() {
  launcher "$1" usr/bin/nvim <<'EOF'
export VIM="$prefix/usr/share/nvim" VIMRUNTIME="$prefix/usr/share/nvim/runtime"
EOF
}

say "Neovim, current"
unpack nvim forky neovim
neovim nvim

say "Neovim of Debian 12"
unpack nvim-0.7 bookworm neovim
neovim nvim-0.7

say "Helix"
unpack helix forky hx
launcher helix usr/lib/hx/hx <<'EOF'
export HELIX_RUNTIME="$prefix/usr/lib/hx/runtime"
EOF
if ! command -v tmux >/dev/null; then
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends tmux >/dev/null
fi

say "Emacs"
unpack emacs forky emacs-nox
launcher emacs usr/bin/emacs-nox '--dump-file="$dump"' <<'EOF'
share=$(echo "$prefix"/usr/share/emacs/[0-9]*)
export EMACSLOADPATH="$share/lisp" EMACSDATA="$share/etc" EMACSDOC="$share/etc"
export EMACSPATH="$(echo "$prefix/usr/libexec/emacs/${share##*/}"/*)"
dump=$(echo "$EMACSPATH"/*.pdmp)
EOF

say "What builds the page of the diagram"
(cd "$root/editors/diagram" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)

say "The extension"
"$here/../../editors/vscode/build.sh" >"$home/vsix.log" 2>&1 || { cat "$home/vsix.log"; exit 1; }
tail -n 1 "$home/vsix.log"
