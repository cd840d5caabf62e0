import assert from "node:assert/strict";
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { destroyCgroup } from "../../helpers/destroy-cgroup.ts";
import { cgroups } from "../../helpers/leftovers.ts";
import { sandboxPrefix } from "../../helpers/other-tests.ts";
import { runtimeName, runtimePath } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import { buildRecorder } from "../recorder/build.ts";
import { type Recording, readRecordings } from "../recorder/recording.ts";
import { keepRecordings } from "../recorder/store.ts";
import { Daemon } from "./daemon.ts";
import { ensureTree, type Suite, usualSuite } from "./tree.ts";

const enter = resolve("test/engines/machine/enter.sh");
/** In the machine, before a command: into its cgroups, which it sees as the roots of their hierarchies. */
const enterCgroups = 'for file in /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$file"; done';
/** What a command may take before it counts as hung. */
const COMMAND_MS = 120_000;

/** How a command in a machine is run. */
export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed. */
  readonly timeout?: number;
}

/** What a finished command leaves. */
export type Finished = SpawnSyncReturns<string>;

/**
 * A Debian machine with engines (enter.sh): an overlay of a release's tree in namespaces of its own, without a way out of
 * its network. The tests stay outside, run commands in it and reach its files and sockets below `root`. Closing it ends
 * whatever runs in it, and fails if cgroups of it stay behind.
 */
export class EngineMachine {
  /** The runtime that engines are to be given, a path in the machine. */
  readonly runtime = `/opt/runtime/${runtimeName}`;
  /** Debian's release. */
  readonly suite: Suite;
  /** Where a test that talks to the machine's sockets finds its root. */
  readonly root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), `${sandboxPrefix}-`));
  readonly #first: ChildProcess;
  readonly #pid: number;
  #daemons = 0;

  constructor(suite: Suite = usualSuite) {
    this.suite = suite;
    const tree = ensureTree(suite, (line) => console.log(`# ${line}`));
    const output = join(this.#folder, "first-process");
    const out = openSync(output, "w");
    const unshare = ["--mount", "--propagation", "private", "sh", enter, "outside"];
    this.#first = spawn("unshare", [...unshare, tree, this.#folder, basename(this.#folder)], {
      stdio: ["pipe", out, out],
    });
    closeSync(out);
    this.#pid = until("the engine machine", () => {
      const said = readFileSync(output, "utf8");
      assert.match(said, /^(\d+\n)?$/, `the engine machine was not made: ${said}`);
      return Number(said) || undefined;
    });
    this.root = `/proc/${this.#pid}/root`;
    this.#placeRuntime();
  }

  /** The recorder, by the runtime's name, and beside it what it executes: ours is copied, another the tree's own. */
  #placeRuntime(): void {
    const folder = join(this.root, dirname(this.runtime));
    mkdirSync(join(folder, "real"), { recursive: true });
    mkdirSync(join(folder, "calls"));
    chmodSync(join(folder, "calls"), 0o1777); // ordinary users' engines record, too
    const real = join(folder, "real", runtimeName);
    if (runtimeName === "tsrun") copyFileSync(runtimePath, real);
    else symlinkSync(`/usr/sbin/${runtimeName}`, real);
    copyFileSync(buildRecorder(), join(this.root, this.runtime));
  }

  /** Every call of the runtime so far, in the order in which they began. */
  recordings(): Recording[] {
    return readRecordings(join(this.root, dirname(this.runtime), "calls"));
  }

  #command(command: readonly string[], before = ""): [string, string[]] {
    const namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"];
    const shell = ["sh", "-c", `${enterCgroups}; ${before} exec "$@"`, "sh"];
    return ["nsenter", [`--target=${this.#pid}`, ...namespaces, "--", ...shell, ...command]];
  }

  /** What runs a command in the machine, for a test that gives it a terminal. */
  commandLine(command: readonly string[]): string[] {
    return this.#command(command).flat();
  }

  /** Runs a command to its end. One that hangs is killed, which shows as its `signal`. */
  run(command: readonly string[], options: CommandOptions = {}): Finished {
    const { input = "", env = {}, timeout = COMMAND_MS } = options;
    const [executable, args] = this.#command(command);
    return spawnSync(executable, args, {
      encoding: "utf8",
      input,
      env: environment(env),
      timeout,
      killSignal: "SIGKILL",
      maxBuffer: 1 << 26,
    });
  }

  /** The same, and fails unless the command succeeds. @returns its standard output */
  succeed(command: readonly string[], options: CommandOptions = {}): string {
    const { status, signal, stdout, stderr } = this.run(command, options);
    assert.equal(status, 0, `${command.join(" ")}: ${stderr || stdout || `signal ${signal}`}`);
    return stdout;
  }

  /** Runs a command without waiting for it; its streams are pipes to the test. Killing it kills what is outside alone. */
  spawn(command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [executable, args] = this.#command(command);
    return spawn(executable, args, { env: environment(env), stdio: "pipe" });
  }

  /** Starts a daemon, whose output goes to a file. */
  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Daemon {
    const name = `/run/daemon-${++this.#daemons}`;
    const [executable, args] = this.#command(command, `echo $$ >${name};`);
    const log = join(this.#folder, basename(name));
    const out = openSync(log, "w");
    const child = spawn(executable, args, { env: environment(env), stdio: ["ignore", out, out] });
    closeSync(out);
    const pid = until(`the start of ${command[0]}`, () => Number(this.read(name)) || undefined);
    return new Daemon(this, child, pid, log);
  }

  /** A file of the machine's; "" where there is none. */
  read(path: string): string {
    try {
      return readFileSync(join(this.root, path), "utf8");
    } catch {
      return "";
    }
  }

  /** Writes a file of the machine's, and the folders above it. */
  write(path: string, content: string, mode = 0o644): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }

  /** Keeps the recordings; ends the machine and all in it. */
  async close(): Promise<void> {
    if (existsSync(this.root)) keepRecordings(runtimeName, this.recordings());
    const ended = new Promise((done) => this.#first.once("exit", done));
    this.#first.stdin?.end();
    if (this.#first.exitCode === null && this.#first.signalCode === null) await ended;
    const name = basename(this.#folder);
    for (const path of [...cgroups()].filter((each) => each.includes(name)).reverse()) destroyCgroup(path);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...env };
}
