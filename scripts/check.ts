// `npm run check`: formatter, linter, compiler and the house's own rules. Prints every fault; exit status 1 where there is one.
import { spawnSync } from "node:child_process";
import { findImportFaults } from "./lib/check-imports.ts";
import { findPathFaults } from "./lib/check-paths.ts";
import { findSizeFaults } from "./lib/check-size.ts";
import { generate } from "./lib/generate.ts";

/** Tools by the path npm gives them, without npx: it would look for newer ones. */
const tools: readonly (readonly string[])[] = [
  ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off"],
  ["node_modules/typescript/bin/tsc", "--noEmit", "--pretty", "false"],
];

generate();
const failed = tools.filter(
  ([script = "", ...args]) =>
    spawnSync(process.execPath, [script, ...args], { stdio: "inherit" }).status !== 0,
);
const faults = [...findImportFaults(), ...findPathFaults(), ...findSizeFaults()];
for (const fault of faults) {
  console.error(fault);
}
if (failed.length + faults.length > 0) {
  process.exitCode = 1;
}
