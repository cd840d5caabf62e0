// Runs bundled tests with Node's runner and counts what its TAP says.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundleTests } from "./bundle.ts";
import { type TapCounts, TapReader } from "./tap.ts";

/** For tests that share the machine's cgroups and mounts. */
export const ONE_AT_A_TIME = "--test-concurrency=1";
/** For tests that wait for processes half of their time. */
export const TWO_AT_A_TIME = "--test-concurrency=2";

/** How tests are run. */
export interface TestRun {
  /** Flags of Node's. */
  readonly flags?: readonly string[];
  /** A command that executes the runner, which is appended to it. */
  readonly through?: readonly string[];
  /** What the tests' environment has beside this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes each line of TAP; without it they go to standard output. */
  readonly print?: (line: string) => void;
}

/** Bundles test files and runs them. */
export async function runTests(files: readonly string[], run: TestRun = {}): Promise<TapCounts> {
  return runBundles(bundleTests(files), run);
}

/** Runs bundled tests, passes their TAP on and counts. A runner that dies without counts has failed. */
export async function runBundles(bundles: readonly string[], run: TestRun = {}): Promise<TapCounts> {
  const { flags = [], through = [], env = {}, print = console.log } = run;
  const node = [process.execPath, "--enable-source-maps", "--test", "--test-reporter=tap", ...flags];
  const [command = "", ...args] = [...through, ...node, ...bundles];
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const runner = spawn(command, args, { env: { ...process.env, ...env }, stdio: [...stdio] });
  const status = new Promise<number>((done) => runner.once("close", (code) => done(code ?? 1)));
  const reader = new TapReader();
  for await (const line of createInterface({ input: runner.stdout })) {
    print(line);
    reader.line(line);
  }
  const { counts } = reader;
  const died = (await status) !== 0 && counts.failed === 0;
  return died ? { ...counts, failed: 1 } : counts;
}
