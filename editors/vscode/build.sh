#!/usr/bin/env bash
# Builds out/backend-architect-VERSION.vsix with a pinned Node.js; the same sources give the same bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
# shellcheck source=node.sh
. ./node.sh
npm ci --loglevel=error
npm run --silent package
