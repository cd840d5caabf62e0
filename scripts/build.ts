// Builds dist/tsrun: `npm run build`; with --faults and --undefended the tests' build/tsrun-faults and
// build/tsrun-undefended (scripts/lib/bundle.ts). esbuild bundles src/ to one file, Bun compiles that into an executable,
// and the executable gets an entry point that is deaf to Bun's environment variables and koffi's addon as its last part.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { makeStandalone } from "./addon/standalone.ts";
import { withOwnCode } from "./executable/own-code.ts";
import { withOwnLimits } from "./executable/own-limits.ts";
import { bundleRuntime, type Variant } from "./lib/bundle.ts";
import { generate } from "./lib/generate.ts";

/** 120 MB: what the project promises. */
const MAX_SIZE = 120_000_000;

/** The builder's BUN_OPTIONS and the like must not leak into what is built. */
const BUILD_ENVIRONMENT = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: "/nonexistent" };

function firstExisting(what: string, places: readonly string[]): string {
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new Error(`no ${what} in ${places.join(" or ")}: run npm ci`);
  }
  return found;
}

/**
 * The Bun that compiles. Where npm runs no install scripts, `bun`'s own launcher is a stub, and the platform's package
 * holds the executable. (Since Bun 1.4 the standard x86-64 build is the baseline build, byte for byte: no AVX2 needed.)
 */
function findBun(): string {
  const arch = process.arch === "arm64" ? "aarch64" : "x64";
  return firstExisting("Bun", [
    `node_modules/@oven/bun-linux-${arch}/bin/bun`,
    "node_modules/bun/bin/bun.exe",
  ]);
}

function standaloneAddon(): Buffer {
  const { arch } = process;
  const place = `node_modules/@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`;
  return makeStandalone(readFileSync(firstExisting("koffi addon", [place])));
}

function compile(bundle: string, outfile: string): void {
  const flags = [
    "--compile",
    "--bytecode",
    "--format=cjs",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-dotenv",
    `--outfile=${outfile}`,
  ];
  const stdio = ["ignore", "ignore", "inherit"] as const;
  execFileSync(findBun(), ["build", ...flags, bundle], { stdio: [...stdio], env: BUILD_ENVIRONMENT });
}

/** Replaces an executable in one step: a test or a container may be running the old one. */
function install(executable: Buffer, target: string): void {
  if (executable.length > MAX_SIZE) {
    throw new Error(`the executable has ${executable.length} bytes, more than ${MAX_SIZE}`);
  }
  const next = `${target}-${process.pid}`;
  writeFileSync(next, executable);
  chmodSync(next, 0o755);
  renameSync(next, target);
}

/** `work` names the intermediate files in build/. */
async function build(target: string, work: string, variant: Variant): Promise<void> {
  console.log("build: bundling src/ with esbuild");
  await bundleRuntime(`build/${work}.cjs`, variant);
  console.log("build: compiling with Bun");
  compile(`build/${work}.cjs`, `build/${work}`);
  install(withOwnLimits(withOwnCode(readFileSync(`build/${work}`), standaloneAddon())), target);
  console.log(`build: ${target} is ready`);
}

mkdirSync("build", { recursive: true });
mkdirSync("dist", { recursive: true });
console.log("build: generating validators and tables");
generate();
const variant = (["faults", "undefended"] as const).find((name) => process.argv.includes(`--${name}`));
if (variant === undefined) await build("dist/tsrun", "tsrun", "shipped");
else await build(`build/tsrun-${variant}`, variant, variant);
