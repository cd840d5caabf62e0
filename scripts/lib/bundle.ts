// How esbuild turns our TypeScript into what runs: one CommonJS file for the executable, one ES module per test.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";
import { link, type Stand } from "./link.ts";

const MAIN = "src/main.ts";

const shared: BuildOptions = {
  bundle: true,
  platform: "node",
  // `using` and other syntax newer than Node 20 is lowered; Bun's own parser takes the same output.
  target: "node20",
  logLevel: "warning",
};

/** Packages stay outside a test's bundle; they (and lazily loaded sources) are required at run time. */
const requireInModules =
  'import { createRequire as createRequire__ } from "node:module"; const require = createRequire__(import.meta.url);';

/** Bundles each test file to `<outdir>/<same path>.mjs` and returns those paths. */
export function bundleTests(files: readonly string[], outdir = "build/test"): string[] {
  buildSync({
    ...shared,
    entryPoints: [...files],
    outbase: "test",
    outdir,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    packages: "external",
    sourcemap: "inline",
    banner: { js: requireInModules },
  });
  return files.map((file) => resolve(outdir, relative("test", file).replace(/\.ts$/, ".mjs")));
}

/** The commit that is built, for `--version`; "unknown" outside a git checkout, such as in a source archive. */
function currentCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return version;
}

/** What stands for all that a folder's files say, and for their names. */
function digestOf(folders: readonly string[]): string {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0${readFileSync(file, "utf8")}\0`);
  return hash.digest("hex");
}

/**
 * What the sources take from the build. yargs looks for its translations beside its own file: the name of a place that
 * does not exist keeps it to English, and away from the working directory.
 */
function constants(): Record<string, string> {
  return {
    TSRUN_VERSION: JSON.stringify(packageVersion()),
    TSRUN_COMMIT: JSON.stringify(currentCommit()),
    TSRUN_SECCOMP: JSON.stringify(digestOf(["src/seccomp", "src/bpf"])),
    "import.meta.url": JSON.stringify("file:///$bunfs/root/node_modules/yargs/index.mjs"),
  };
}

/**
 * What the executable is for: to be shipped, to fail on demand (src/sys/faults.ts), to do without defences on demand
 * (test/security/without/is-out.ts).
 */
export type Variant = "shipped" | "faults" | "undefended";

/** Where the tests keep what stands for sources of ours, by their paths below src. */
const WITHOUT = resolve("test/security/without");
const SOURCES = resolve("src");

/** A source that the tests can do without, as others import it: theirs. They themselves get the original. */
const withoutDefences: Stand = (source, importer) => {
  const other = resolve(WITHOUT, relative(SOURCES, source));
  return !importer.startsWith(`${WITHOUT}/`) && existsSync(other) ? other : source;
};

/**
 * Bundles the runtime to one CommonJS file for Bun.
 *
 * "koffi" becomes src/sys/addon-embedded.cts: koffi's own JavaScript (platform probing, deprecation wrappers) is not
 * wanted in the executable.
 *
 * Lazy loading: what `require("./x.ts")` inside a function names, and all that only it imports, is not evaluated before
 * the call (link.ts).
 */
export async function bundleRuntime(outfile: string, variant: Variant): Promise<void> {
  const alias = { koffi: resolve("src/sys/addon-embedded.cts") };
  const options = { ...runtimeBundle(variant === "faults"), minify: true, alias };
  writeFileSync(outfile, await link(options, MAIN, variant === "undefended" ? withoutDefences : undefined));
}

/** The bundle without what only the executable wants: the test of what is loaded at boot makes one with markers. */
export function runtimeBundle(faults = false): BuildOptions {
  return {
    ...shared,
    entryPoints: [MAIN],
    format: "cjs",
    define: { ...constants(), TSRUN_FAULTS: String(faults) },
  };
}
