#!/bin/sh
# The main job on the sample service: find, explain, repair. Changes nothing.
set -eu
cd "$(dirname "$0")"

say() {
  printf '\n$ %s\n\n' "$*"
}

say backend-architect check --exit-zero
backend-architect check --exit-zero

say backend-architect explain sql-built-from-strings
backend-architect explain sql-built-from-strings | awk 'NR <= 25'
echo "(and so on)"

say backend-architect fix --diff --unsafe-fixes
backend-architect fix --diff --unsafe-fixes
