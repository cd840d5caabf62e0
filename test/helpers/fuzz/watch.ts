import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { buildSync } from "esbuild";
import { BEGIN, type Job, lastCase, PROGRESS } from "./worker.ts";

/** A case that takes a processor for longer hangs: the time of the clock says little on a busy machine. */
const MOST_CPU_MS = 1000;
/** A case that waits for longer waits for ever. */
const MOST_WALL_MS = 60_000;
const TICK_MS = 10;

/** How a worker ended. */
export interface Verdict {
  /** Cases begun. */
  readonly cases: number;
  /** What it found; empty where all is well. */
  readonly fault: string;
  /** Whether its process did not live to tell it. */
  readonly isDead: boolean;
}

/** What a worker's process executes: imports are relative to the repository. */
const worker = 'import { work } from "./test/helpers/fuzz/worker.ts"; work(JSON.parse(process.argv[2]));';

/**
 * Runs a job in a process of its own, ends that when a case of it hangs, and says what came of it.
 * @param contents TypeScript that does the job
 */
export async function watch(job: Job, contents = worker): Promise<Verdict> {
  mkdirSync("build", { recursive: true });
  const directory = mkdtempSync(resolve("build/fuzz-"));
  try {
    const child = spawn(
      process.execPath,
      ["--enable-source-maps", bundle(directory, contents), JSON.stringify(job)],
      {
        stdio: ["ignore", "pipe", "inherit", "pipe"],
      },
    );
    const verdict = await new Watch(child).verdict;
    return verdict.isDead ? { ...verdict, fault: `${verdict.fault}: ${lastCase(job)}` } : verdict;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function bundle(directory: string, contents: string): string {
  const outfile = join(directory, "worker.cjs");
  buildSync({
    stdin: { contents, loader: "ts", resolveDir: "." },
    bundle: true,
    platform: "node",
    target: "node20",
    packages: "external",
    outfile,
  });
  return outfile;
}

class Watch {
  readonly verdict: Promise<Verdict>;
  readonly #child: ChildProcess;
  #cases = 0;
  #output = "";
  #hang = "";
  #isBusy = false;
  #cpu = 0;
  #since = Date.now();

  constructor(child: ChildProcess) {
    this.#child = child;
    const progress = child.stdio[PROGRESS] as Readable;
    progress.on("data", (bytes: Buffer) => this.#advance(bytes.toString()));
    child.stdout?.on("data", (bytes: Buffer) => {
      this.#output += bytes.toString();
    });
    const timer = setInterval(() => this.#look(), 100);
    this.verdict = new Promise((done, failed) => {
      child.once("error", failed);
      child.once("close", (status, signal) => {
        clearInterval(timer);
        const fault = this.#hang || this.#faultOf(status, signal);
        done({ cases: this.#cases, fault, isDead: fault !== "" && this.#output === "" });
      });
    });
  }

  #advance(marks: string): void {
    this.#cases += marks.split(BEGIN).length - 1;
    this.#isBusy = marks.endsWith(BEGIN);
    this.#cpu = cpuTime(this.#child.pid);
    this.#since = Date.now();
  }

  #look(): void {
    if (!this.#isBusy) return;
    const used = cpuTime(this.#child.pid) - this.#cpu;
    if (used <= MOST_CPU_MS && Date.now() - this.#since <= MOST_WALL_MS) return;
    this.#hang = `case ${this.#cases} hangs: it has had a processor for ${used} ms`;
    this.#child.kill("SIGKILL");
  }

  #faultOf(status: number | null, signal: NodeJS.Signals | null): string {
    if (status === 0) return "";
    return this.#output || `case ${this.#cases} ended the process: ${signal ?? `status ${status}`}`;
  }
}

/** Milliseconds of processor time of a process (proc_pid_stat(5), fields 14 and 15). */
function cpuTime(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}
