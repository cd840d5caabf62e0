#!/bin/bash
# Installs the npm packages that package-lock.json names, where they are not there yet or the lock file is newer.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "# npm ci: installing the packages of package-lock.json"
  npm ci --include=dev --no-audit --no-fund >&2
  touch node_modules/.package-lock.json
fi
