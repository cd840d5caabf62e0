// Runs one of bundles/ with dist/tsrun: node scripts/ts.mjs scripts/start.ts [BUNDLE]. Its root is put together from the
// host's own files, bound read-only, over a scratch directory that is removed afterwards.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { isatty } from "node:tty";
import { assembleBundle, bundleNames, wantsTerminal } from "./lib/assemble-bundle.ts";
import { findHostFaults } from "./lib/host-check.ts";

const runtime = process.env["RUNTIME"] ?? "dist/tsrun";

function fail(lines: readonly string[]): never {
  for (const line of lines) {
    console.error(`npm start: ${line}`);
  }
  process.exit(1);
}

/** Runs the bundle in the foreground on this terminal. */
function run(name: string): number {
  const { directory, bundle, user } = assembleBundle(name);
  const args = [
    "--root",
    join(directory, "state"),
    "run",
    "--bundle",
    bundle,
    `tsrun-${name}-${process.pid}`,
  ];
  console.log(`# ${runtime} ${args.join(" ")}`);
  try {
    const { status, error } = spawnSync(resolve(runtime), args, {
      stdio: "inherit",
      ...(user === undefined
        ? {}
        : { uid: user, gid: user, env: { ...process.env, XDG_RUNTIME_DIR: directory } }),
    });
    if (error !== undefined) {
      throw error;
    }
    return status ?? 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const [name = "hello"] = process.argv.slice(2);
if (!bundleNames().includes(name)) {
  fail([`no bundle ${JSON.stringify(name)}; there are: ${bundleNames().join(", ")}`]);
}
// Its shell would wait for ever for a first line.
if (wantsTerminal(name) && !isatty(0)) {
  fail([`the bundle ${name} needs a terminal; standard input is none`]);
}
const faults = findHostFaults();
if (faults.length > 0) {
  fail(faults);
}
process.exitCode = run(name);
