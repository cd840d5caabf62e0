import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { patience } from "./wait.ts";

/** The executable under test: ours, or a peer's to test the tests. */
export const runtimePath = resolve(process.env["RUNTIME"] ?? "dist/tsrun");

/** The first word of `--version`: "tsrun", "runc", "crun". */
export const runtimeName = identify();

/** The driver of the runtime under test that manages cgroups, chosen by TSRUN_TEST_CGROUPS. */
export const cgroupDriver = process.env["TSRUN_TEST_CGROUPS"] === "systemd" ? "systemd" : "cgroupfs";

/** The global flags that choose that driver. */
export const driverFlags: readonly string[] = cgroupDriver === "systemd" ? ["--systemd-cgroup"] : [];

function identify(): string {
  const { stdout, error } = spawnSync(runtimePath, ["--version"], { encoding: "utf8" });
  const name = /^(\S+) version/.exec(stdout ?? "")?.[1];
  if (name === undefined) {
    throw new Error(`RUNTIME=${runtimePath} does not say its version`, { cause: error });
  }
  return name;
}

/** What a finished call of the runtime leaves. */
export interface Result {
  readonly args: readonly string[];
  /** null when a signal ended it */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Where a container that outlives the call goes on writing. */
  readonly stdoutFile: string;
}

export interface CallOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Descriptors from 3 on, inherited by the runtime. */
  readonly descriptors?: readonly number[];
  readonly executable?: string;
  /** A command that executes the runtime, which is appended to it. */
  readonly through?: readonly string[];
}

/** A call of the runtime that goes on while the test does. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdoutFile: string;
  readonly ended: Promise<Result>;
}

let calls = 0;

/**
 * The standard streams are files in `directory`, not pipes: a container that outlives the call inherits them, and a
 * pipe's reader would wait for its end.
 */
function openStreams(directory: string, input: string | undefined) {
  const prefix = join(directory, `call-${++calls}`);
  const files = { stdin: "/dev/null", stdout: `${prefix}.out`, stderr: `${prefix}.err` };
  if (input !== undefined) {
    files.stdin = `${prefix}.in`;
    writeFileSync(files.stdin, input);
  }
  const stdio = [openSync(files.stdin, "r"), openSync(files.stdout, "a"), openSync(files.stderr, "a")];
  return { files, stdio };
}

function environment(options: CallOptions, directory: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "", TSRUN_TEST: directory, ...options.env };
}

/** What to execute, and those options that Node knows by the same name. */
function commandLine(args: readonly string[], options: CallOptions) {
  const { executable = runtimePath, through = [], cwd, uid, gid } = options;
  const driver = args.some((arg) => arg.startsWith("--systemd-cgroup")) ? [] : driverFlags;
  const [first = executable, ...others] = [...through, executable, ...driver, ...args];
  const command: [string, string[]] = [first, others];
  const rest = {
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
  return { command, rest };
}

/** Calls the runtime and waits for it; a hang ends in SIGKILL and shows as `signal`. */
export function call(directory: string, args: readonly string[], options: CallOptions = {}): Result {
  const { files, stdio } = openStreams(directory, options.input);
  try {
    const { command, rest } = commandLine(args, options);
    const { status, signal, error } = spawnSync(command[0], command[1], {
      ...rest,
      env: environment(options, directory),
      stdio: [...stdio, ...(options.descriptors ?? [])],
      timeout: patience,
      killSignal: "SIGKILL",
    });
    if (error !== undefined && signal === null) {
      throw error;
    }
    return { args, status, signal, ...read(files) };
  } finally {
    stdio.forEach(closeSync);
  }
}

/** Starts a call of the runtime in the background. */
export function start(directory: string, args: readonly string[], options: CallOptions = {}): Running {
  const { files, stdio } = openStreams(directory, options.input);
  const { command, rest } = commandLine(args, options);
  const child = spawn(command[0], command[1], {
    ...rest,
    env: environment(options, directory),
    stdio: [...stdio, ...(options.descriptors ?? [])],
  });
  stdio.forEach(closeSync);
  const ended = new Promise<Result>((done, failed) => {
    const hang = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("error", failed);
    child.once("exit", (status, signal) => {
      clearTimeout(hang);
      done({ args, status, signal, ...read(files) });
    });
  });
  if (child.pid === undefined) {
    throw new Error(`${runtimePath} could not be started`);
  }
  return { child, pid: child.pid, stdoutFile: files.stdout, ended };
}

function read(files: { stdout: string; stderr: string }): Pick<Result, "stdout" | "stderr" | "stdoutFile"> {
  return {
    stdout: readFileSync(files.stdout, "utf8"),
    stderr: readFileSync(files.stderr, "utf8"),
    stdoutFile: files.stdout,
  };
}

/** The last line that the runtime wrote to its standard error: the one that engines keep. */
export function lastLine(result: Result): string {
  return result.stderr.trimEnd().split("\n").at(-1) ?? "";
}
