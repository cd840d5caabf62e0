// Who looks at the runtime's processes from inside a container (helpers/watcher.c), and what it gets hold of.
import { closeSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../helpers/config.ts";
import type { CallOptions } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { until } from "../../helpers/wait.ts";
import type { Attacked, Verdict } from "../helpers/proves.ts";
import { addProgram } from "../helpers/static-program.ts";

/** In the environment of the runtime that is watched, and the name of a file in its working directory. */
const MARKER = "marker-of-the-host";

/** A file that the runtime has inherited open from its caller. */
const SECRET = "secret-of-the-caller";

/**
 * What counts where the watcher may look into any process, init included, which has the host around it until it changes its
 * root (CAP_SYS_PTRACE in the user namespace of the runtime, security.md): what it finds of the runtime's there.
 */
export const ofRuntime = new RegExp(`^finds .*(marker|executed|mapped|vector|write|state/|${SECRET})`);

/** How many processes are seen before a watcher is believed. */
const ENOUGH = 3;

/** More than enough times of what makes them. */
const ROUNDS = 200;

/** How long a process that can be seen for as long as anybody likes is left to look at, in looks. */
const LOOK_MS = 300;

/** How the container that watches is made. */
export interface WatchOptions {
  readonly adjust?: (config: Config) => void;
  /** Whose it is: root's unless another is named. */
  readonly user?: Pick<Sandbox, "bundle" | "succeed">;
}

/** A container that watches, and the runtime as it is called to be watched. */
export class Watch {
  readonly #box: Sandbox;
  readonly #output: string;
  readonly #secret: number;
  readonly id: string;
  /** How the runtime that is watched is called. */
  readonly call: CallOptions;

  constructor(box: Sandbox, { executable }: Attacked, { adjust = () => {}, user = box }: WatchOptions = {}) {
    // The name of the link is that of the processes: proc_pid_comm(5).
    const name = `w${process.pid}-${box.newId().slice(-5)}`;
    const link = join(box.directory, name);
    symlinkSync(executable, link);
    writeFileSync(join(box.directory, MARKER), "");
    this.#box = box;
    const secret = join(box.directory, SECRET);
    writeFileSync(secret, "");
    this.#secret = openSync(secret, "r");
    const descriptors = [this.#secret];
    this.call = { executable: link, cwd: box.directory, env: { MARKER }, descriptors };
    this.id = box.newId();
    const bundle = user.bundle((config) => {
      config.process.args = ["/watcher", name, MARKER, box.directory];
      adjust(config);
    });
    addProgram(bundle, "watcher");
    this.#output = user.succeed(["run", "--detach", "--bundle", bundle, this.id]).stdoutFile;
    until("the watcher to watch", () => this.#lines().includes("watching"));
  }

  /** Does something again and again until enough has been seen of it. */
  until(action: () => void): void {
    for (let round = 0; round < ROUNDS; round++) {
      action();
      if (this.seen >= ENOUGH) return;
    }
    throw new Error(`the watcher has seen ${this.seen} processes only`);
  }

  /** How many of the runtime's processes have been seen. */
  get seen(): number {
    return this.#lines().filter((line) => line === "seen").length;
  }

  /** Waits until the watcher has looked at a process that stays. */
  look(): void {
    until("the watcher to see the runtime", () => this.seen > 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }

  /** What has been got hold of, as far as it counts; at the end. */
  verdict(counts = /^(may|finds) /): Verdict {
    closeSync(this.#secret);
    const found = this.#lines().filter((line) => counts.test(line));
    return found.length === 0 ? "held" : `broken: the watcher ${found.join(", ")}`;
  }

  #lines(): string[] {
    return this.#box.read(this.#output).split("\n");
  }
}

/** A watcher with further capabilities. */
export function startWatch(box: Sandbox, attacked: Attacked, capabilities: readonly string[] = []): Watch {
  return new Watch(box, attacked, { adjust: (config) => addCapabilities(config, capabilities) });
}

/** Gives a container further capabilities. */
function addCapabilities(config: Config, names: readonly string[]): void {
  for (const set of ["bounding", "effective", "permitted"] as const) {
    config.process.capabilities?.[set]?.push(...names);
  }
}

/** A call that takes its time behind some system calls, so that none of what it is then goes unseen. */
export function slowed(calls: string): Pick<CallOptions, "through"> {
  const inject = `inject=${calls}:delay_exit=300000`;
  return { through: ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject] };
}
