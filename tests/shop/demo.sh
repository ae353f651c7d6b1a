#!/bin/sh
# The main job on the sample service: find, explain, repair. Changes nothing.
set -eu
cd "$(dirname "$0")"

run() {
  printf '\n$ %s\n\n' "$*"
  "$@"
}

run backend-architect check --exit-zero
run backend-architect explain update-without-where
run backend-architect fix --diff --unsafe-fixes app/main.py
