import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

export interface ScriptOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command that executes the script, which is appended to it. */
  readonly through?: readonly string[];
  /** What the build defines, e.g. TSRUN_FAULTS. */
  readonly define?: Readonly<Record<string, string>>;
}

/**
 * Runs TypeScript in a process of its own, for what would change or end this one. Imports are relative to the
 * repository. Not after a hand was cloned: a later child lacks what the hand was to lack.
 */
export function runScript(contents: string, options: ScriptOptions = {}): SpawnSyncReturns<string> {
  mkdirSync("build", { recursive: true });
  // Where packages are found.
  const directory = mkdtempSync(resolve("build/script-"));
  try {
    const outfile = join(directory, "script.cjs");
    buildSync({
      stdin: { contents, loader: "ts", resolveDir: "." },
      bundle: true,
      platform: "node",
      target: "node20",
      packages: "external",
      define: { ...options.define },
      outfile,
    });
    const env = { ...process.env, ...options.env };
    const [command = "", ...args] = [...(options.through ?? []), process.execPath, outfile];
    return spawnSync(command, [...args, ...(options.args ?? [])], {
      encoding: "utf8",
      env,
      maxBuffer: 1 << 24,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Bundles TypeScript to a script that any user can run, whoever may not enter the repository; koffi goes with it.
 * @param directory of its own, for the script and its packages
 * @param resolveDir where its imports are relative to
 */
export function bundleScript(directory: string, contents: string, resolveDir: string): string {
  for (const name of ["koffi", "@koromix"]) {
    cpSync(join("node_modules", name), join(directory, "node_modules", name), { recursive: true });
  }
  const outfile = join(directory, "script.cjs");
  const stdin = { contents, resolveDir };
  const options = { platform: "node", format: "cjs", target: "node20", packages: "external" } as const;
  buildSync({ ...options, stdin, bundle: true, outfile });
  return outfile;
}
