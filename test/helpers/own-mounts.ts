// Mounts that the runtime sees, and nobody else.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { until } from "./wait.ts";

/** A mount namespace that commands are executed in, for as long as this is not disposed of. */
export class OwnMounts implements Disposable {
  readonly #holder = spawn("unshare", ["--mount", "--propagation", "private", "sleep", "1000000"], {
    stdio: "ignore",
    env: { PATH: process.env["PATH"] },
  });

  constructor() {
    const own = readlinkSync("/proc/self/ns/mnt");
    const file = `/proc/${this.#holder.pid}/ns/mnt`;
    until("a mount namespace", () => existsSync(file) && readlinkSync(file) !== own);
  }

  /** What executes a command in it, which is appended. */
  get through(): readonly string[] {
    return ["nsenter", `--mount=/proc/${this.#holder.pid}/ns/mnt`, "--"];
  }

  /** Executes a shell script in it. @returns what it prints. @throws where it fails */
  sh(script: string): string {
    const [command = "", ...args] = [...this.through, "/bin/sh", "-ec", script];
    return execFileSync(command, args, { encoding: "utf8" });
  }

  [Symbol.dispose](): void {
    this.#holder.kill("SIGKILL");
    until("the mount namespace to go", () => !existsSync(`/proc/${this.#holder.pid}/ns/mnt`));
  }
}
