#!/usr/bin/env bash
# Builds the page of the diagram into the Python package; the same sources give the same bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../vscode/node.sh
. "$here/../vscode/node.sh"
cd "$here"

# Packages must not run code of their own while they are installed.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent typecheck
node build.mjs
