// Runs one of the project's TypeScript scripts under any Node >= 20: `node scripts/ts.mjs scripts/NAME.ts ARGS...`.
// esbuild bundles the script (npm packages stay outside) into build/scripts/, and the result is imported.
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  throw new Error("usage: node scripts/ts.mjs scripts/NAME.ts [ARGUMENT...]");
}
process.chdir(resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, ".."));

// One file per process: several people or jobs may run the same script at the same time.
const outfile = resolve("build/scripts", `${basename(script, ".ts")}-${process.pid}.mjs`);
buildSync({
  entryPoints: [script],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
  banner: {
    js: 'import { createRequire as createRequire__ } from "node:module"; const require = createRequire__(import.meta.url);',
  },
});
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], resolve(script), ...args];
try {
  await import(pathToFileURL(outfile).href);
} finally {
  (await import("node:fs")).rmSync(outfile, { force: true });
}
