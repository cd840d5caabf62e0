// Builds dist/tsrun: esbuild bundles src/, Bun compiles the bundle into one executable. `npm run build`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { bundleRuntime } from "./lib/bundle.ts";

/**
 * The Bun that compiles, as npm unpacked it: where npm runs no install scripts, `bun`'s own launcher is a stub and the
 * platform's package holds the executable.
 */
function findBun(): string {
  const arch = process.arch === "arm64" ? "aarch64" : "x64";
  const places = [`node_modules/@oven/bun-linux-${arch}/bin/bun`, "node_modules/bun/bin/bun.exe"];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new Error(`no Bun in ${places.join(" or ")}: run npm ci`);
  }
  return found;
}

mkdirSync("build", { recursive: true });
mkdirSync("dist", { recursive: true });
bundleRuntime("build/tsrun.cjs");
execFileSync(
  findBun(),
  [
    "build",
    "--compile",
    "--bytecode",
    "--format=cjs",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-dotenv",
    "--outfile=dist/tsrun",
    "build/tsrun.cjs",
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
