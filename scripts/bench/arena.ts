// Where runtimes are measured: a bundle, a state directory for each, and calls of whole processes.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Seccomp } from "../../src/oci/types.ts";
import type { Contender } from "./contenders.ts";

/** Debian's busybox-static: one file is the whole root file system. */
const busybox = "/bin/busybox";
/** A call that takes longer hangs. */
const PATIENCE_MS = 20_000;
/** What every peer understands; the default of `tsrun spec` is newer than some. */
const OCI_VERSION = "1.0.2";

/** How the bundle's config.json differs from `tsrun spec`. */
export interface Variation {
  readonly args: readonly string[];
  /** linux.resources.memory.limit, in bytes. */
  readonly memoryLimit?: number;
  /** linux.seccomp. */
  readonly seccomp?: Seccomp;
}

interface Config {
  ociVersion: string;
  root: { path: string };
  process: { terminal: boolean; args: readonly string[] };
  linux: { resources?: Record<string, unknown>; seccomp?: Seccomp };
}

function makeRootfs(rootfs: string): void {
  for (const name of ["bin", "dev", "proc", "sys"]) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
  if (!existsSync(busybox)) {
    throw new Error(`${busybox} is needed (Debian: busybox-static)`);
  }
  copyFileSync(busybox, join(rootfs, "bin/busybox"));
  for (const applet of ["true", "sleep"]) {
    symlinkSync("busybox", join(rootfs, "bin", applet));
  }
}

/** The place of one benchmark run. Its containers have names that begin with `prefix`. */
export class Arena {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #template: string;
  readonly #errors: number;
  #bundles = 0;
  #ids = 0;

  /** @param directory an empty one, for everything that is made */
  constructor(directory: string, prefix: string, spec: Contender) {
    this.#directory = directory;
    this.#prefix = prefix;
    makeRootfs(join(directory, "rootfs"));
    spawnSync(spec.path, ["spec", "--bundle", directory]);
    this.#template = readFileSync(join(directory, "config.json"), "utf8");
    this.#errors = openSync(join(directory, "stderr"), "a+");
  }

  /** A name that no container had before. */
  nextId(): string {
    return `${this.#prefix}-${++this.#ids}`;
  }

  /** Makes a bundle on the common root file system and returns its directory. */
  bundle({ args, memoryLimit, seccomp }: Variation): string {
    const bundle = join(this.#directory, `bundle-${++this.#bundles}`);
    mkdirSync(bundle);
    const config = JSON.parse(this.#template) as Config;
    config.ociVersion = OCI_VERSION;
    config.root.path = join(this.#directory, "rootfs");
    config.process.terminal = false;
    config.process.args = args;
    if (memoryLimit !== undefined) {
      config.linux.resources = { ...config.linux.resources, memory: { limit: memoryLimit } };
    }
    if (seccomp !== undefined) {
      config.linux.seccomp = seccomp;
    }
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
    return bundle;
  }

  /** A path for a file that a runtime writes. */
  file(name: string): string {
    return join(this.#directory, name);
  }

  #arguments({ name }: Contender, args: readonly string[]): string[] {
    return ["--root", join(this.#directory, `state-${name}`), ...args];
  }

  /** Calls a runtime; whether it succeeded. What it prints goes to a file: a container inherits its streams. */
  try(contender: Contender, ...args: readonly string[]): boolean {
    const { status } = spawnSync(contender.path, this.#arguments(contender, args), {
      stdio: ["ignore", "ignore", this.#errors],
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    return status === 0;
  }

  /** Calls a runtime. @returns milliseconds from its start to its end. @throws Error where it failed, with its last line */
  call(contender: Contender, ...args: readonly string[]): number {
    const start = process.hrtime.bigint();
    const succeeded = this.try(contender, ...args);
    const time = Number(process.hrtime.bigint() - start) / 1e6;
    if (!succeeded) {
      throw new Error(`${contender.name} ${args.join(" ")}: ${this.#lastError()}`);
    }
    return time;
  }

  /** Starts a call that goes on meanwhile. */
  start(contender: Contender, ...args: readonly string[]): ChildProcess {
    return spawn(contender.path, this.#arguments(contender, args), {
      stdio: ["ignore", "ignore", this.#errors],
    });
  }

  /** Waits for the end of a call. @throws Error where it failed */
  async end(child: ChildProcess): Promise<void> {
    const [status] = await once(child, "exit");
    if (status !== 0) {
      throw new Error(`${child.spawnargs.join(" ")}: ${this.#lastError()}`);
    }
  }

  /** Milliseconds that starting and waiting for a program that does nothing takes. */
  timeEmptyProgram(): number {
    const start = process.hrtime.bigint();
    spawnSync(join(this.#directory, "rootfs/bin/true"), { stdio: "ignore" });
    return Number(process.hrtime.bigint() - start) / 1e6;
  }

  #lastError(): string {
    return readFileSync(this.file("stderr"), "utf8").trimEnd().split("\n").at(-1) ?? "";
  }
}
