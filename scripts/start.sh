#!/bin/bash
# `npm start [-- BUNDLE]`: installs the packages, builds tsrun and runs one of bundles/ (hello where none is named).
set -euo pipefail
cd "$(dirname "$0")/.."
fail() {
  echo "npm start: $1" >&2
  exit 1
}
[ "$(uname -s)" = Linux ] || fail "containers need Linux; this is $(uname -s)"
[ "$(id -u)" = 0 ] || fail "needs root to make namespaces, mounts and cgroups: try sudo npm start"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  fail "needs Node 20 or later; this is $(node --version)"
bash scripts/ensure-packages.sh
echo "# building dist/tsrun (some ten seconds)"
node scripts/ts.mjs scripts/build.ts
exec node scripts/ts.mjs scripts/start.ts "$@"
