// Boots a VM, gives it a job and follows its output to the end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { DISK, KERNEL } from "./image.ts";

const GiB = 2 ** 30;
const MEMORY_GIB = 2;
/** A boot takes 3 to 7 seconds, and several times that on a busy machine. */
const BOOT_SECONDS = 180;
/** What a fault's report shows of the kernel's and systemd's messages. */
const CONSOLE_LINES = 25;
/** tsrun-vm.sh's first line. */
const UP = "tsrun-vm: up";

/** What a VM is to do. */
export interface Job {
  /** The image's folder. */
  readonly image: string;
  /** A bash script, run as root in the project's folder. */
  readonly script: string;
  /** The job is stopped after these. */
  readonly seconds: number;
  /** Gets each line that the job prints. */
  readonly onLine: (line: string) => void;
}

/** A VM that did not do its job: it never came up, died or hung. The end of its console is in the message. */
export class VmError extends Error {
  override readonly name = "VmError";
  /** Whether its kernel ended by itself. */
  readonly isKernels: boolean;

  constructor(message: string, isKernels = false) {
    super(message);
    this.isKernels = isKernels;
  }
}

/**
 * User-mode Linux keeps the VM's memory in a file that it maps, on /dev/shm unless TMPDIR says otherwise; a container's
 * /dev/shm is often too small, and the VM would die of SIGBUS.
 */
function memoryFolder(run: string): string {
  const { bavail, bsize } = existsSync("/dev/shm") ? statfsSync("/dev/shm") : { bavail: 0, bsize: 0 };
  return bavail * bsize > MEMORY_GIB * GiB * 1.2 ? "/dev/shm" : run;
}

function kernelArguments(image: string, run: string): string[] {
  return [
    `mem=${MEMORY_GIB}G`,
    // Writes go to a file of this run's.
    `ubd0=${join(run, "disk")},${join(image, DISK)}`,
    "root=/dev/ubda",
    "rw",
    // The host's seccomp instead of ptrace, where it allows that.
    "seccomp=auto",
    // The console is descriptor 1, the second serial line descriptor 3.
    ...["con=null", "con0=null,fd:1", "ssl=null", "ssl1=null,fd:3"],
    ...["apparmor=1", "security=apparmor", "systemd.unit=tsrun-vm.target", "systemd.show_status=0"],
    // Real-time scheduling without a share of every cgroup's, of which v2 knows nothing.
    "rt_group_sched=0",
    // A kernel that panics ends instead of waiting for somebody to look.
    "panic=-1",
    `tsrun.share=${run}`,
  ];
}

/** Starts the kernel in a pid namespace of its own: its many processes end with it, and it with this process. */
function startKernel(image: string, run: string, console: number): ChildProcess {
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  // A kernel that panics aborts, and signals of its own do not end the first process of a pid namespace.
  const first = ["sh", "-c", '"$@"; exit "$?"', "sh"];
  const command = [...namespaces, ...first, join(image, KERNEL), ...kernelArguments(image, run)];
  return spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    env: { ...process.env, TMPDIR: memoryFolder(run) },
    stdio: ["ignore", console, console, "pipe"],
  });
}

/** Kills the VM after the time that it has, first to come up and then for its job. */
class Watch {
  readonly #child: ChildProcess;
  #timer: NodeJS.Timeout | undefined;
  #missed: string | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** What must happen within these seconds, until something else is awaited or the watch stops. */
  await(seconds: number, missed: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#missed = missed;
      this.#child.kill("SIGKILL");
    }, seconds * 1000);
  }

  /** What did not happen in time. */
  stop(): string | undefined {
    clearTimeout(this.#timer);
    return this.#missed;
  }
}

function consoleEnd(file: string): string {
  const lines = readFileSync(file, "latin1")
    .split("\n")
    .map((line) => line.trimEnd());
  // Frames of a kernel's stack would hide what it says of it.
  const end = lines.filter((line) => line !== "" && !/^ ?\[<[0-9a-f]+>\]/.test(line)).slice(-CONSOLE_LINES);
  return ["the console's last lines:", ...end.map((line) => `  ${line}`)].join("\n");
}

/** Follows a VM's output until it has ended. @returns what it had no time for */
async function follow(child: ChildProcess, { seconds, onLine }: Job): Promise<string | undefined> {
  const watch = new Watch(child);
  watch.await(BOOT_SECONDS, `the VM did not come up within ${BOOT_SECONDS} s`);
  const ended = once(child, "exit");
  const output = child.stdio[3];
  if (!(output instanceof Readable)) throw new VmError("the VM has no output");
  for await (const line of createInterface({ input: output })) {
    if (line === UP) watch.await(seconds, `the VM's job was not done within ${seconds} s`);
    else onLine(line);
  }
  await ended;
  return watch.stop();
}

/**
 * Runs a job in a VM of its own, which begins with the clean image and ends with the job.
 * @returns the job's exit status
 * @throws VmError when the VM does not come up, dies or takes too long
 */
export async function runInVm(job: Job): Promise<number> {
  const run = mkdtempSync(join(tmpdir(), "tsrun-test-vm-"));
  const consoleFile = join(run, "console");
  const console = openSync(consoleFile, "a");
  try {
    writeFileSync(join(run, "project"), resolve("."));
    writeFileSync(join(run, "job"), job.script);
    const child = startKernel(job.image, run, console);
    const missed = await follow(child, job);
    const status = join(run, "status");
    if (missed === undefined && existsSync(status)) return Number(readFileSync(status, "utf8"));
    const fault =
      missed ?? `the VM ended before its job did (${child.signalCode ?? `status ${child.exitCode}`})`;
    throw new VmError(`${fault}; ${consoleEnd(consoleFile)}`, missed === undefined);
  } finally {
    closeSync(console);
    rmSync(run, { recursive: true, force: true });
  }
}
