#!/bin/bash
# `npm test`: installs what the tests need, builds, runs every test. Works in a fresh clone.
# `npm run test:vm [-- FILE...]`, `npm run test:engines [-- FILE...]`: the same for the tests in virtual machines alone, and
# for those with real engines.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
  echo "npm test needs root: containers are made for real (npm run test:unit does not)" >&2
  exit 1
fi
bash scripts/ensure-packages.sh
node scripts/ts.mjs scripts/prepare-machine.ts
node scripts/ts.mjs scripts/build.ts
node scripts/ts.mjs scripts/build.ts --faults
node scripts/ts.mjs scripts/build.ts --undefended
exec node scripts/ts.mjs scripts/test.ts "$@"
