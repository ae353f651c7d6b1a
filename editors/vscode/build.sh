#!/usr/bin/env bash
# Builds out/backend-architect-VERSION.vsix; the same sources give the same bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
# shellcheck source=node.sh
. ./node.sh

# Packages must not run code of their own while they are installed.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# The archive carries times: that of the last change here, or the earliest that the format knows.
changed=$(git log -1 --format=%ct -- . 2>/dev/null || true)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-${changed:-315532800}}"

version=$(node -p 'require("./package.json").version')
vsix=$root/out/backend-architect-$version.vsix
mkdir -p "$root/out"
# Where marketplaces find the pictures of the README.
repository=https://github.com/backend-architect/backend-architect
node_modules/.bin/vsce package --no-dependencies --allow-missing-repository --out "$vsix" \
  --baseContentUrl "$repository/blob/HEAD/editors/vscode" --baseImagesUrl "$repository/raw/HEAD/editors/vscode"
