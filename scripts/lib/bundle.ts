// How esbuild turns our TypeScript into what runs: one CommonJS file for the executable, one ES module per test.
import { resolve } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";

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

/** Bundles each test file to `build/test/<same path>.mjs` and returns those paths. */
export function bundleTests(files: readonly string[]): string[] {
  buildSync({
    ...shared,
    entryPoints: [...files],
    outbase: "test",
    outdir: "build/test",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    packages: "external",
    sourcemap: "inline",
    banner: { js: requireInModules },
  });
  return files.map((file) => resolve("build", file.replace(/\.ts$/, ".mjs")));
}

/**
 * Bundles the runtime to one CommonJS file for Bun.
 *
 * `import "koffi"` becomes src/sys/embedded/koffi.cts: in the executable the addon is a file inside it, and koffi's own
 * JavaScript (platform probing, deprecation wrappers) is not wanted.
 */
export function bundleRuntime(outfile: string): void {
  buildSync({
    ...shared,
    entryPoints: ["src/main.ts"],
    outfile,
    format: "cjs",
    minify: true,
    keepNames: true,
    external: ["bun:*", "*.node"],
    alias: { koffi: resolve("src/sys/embedded/koffi.cts") },
  });
}
