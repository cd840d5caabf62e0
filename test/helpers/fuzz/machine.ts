import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../wait.ts";

const namespaces = ["--mount", "--net", "--uts", "--ipc"];

/**
 * A place where a configuration may ask for what it likes: namespaces of its own for all that containers share with
 * their runtime when they name no namespace, and for mounts that propagate.
 */
export class ScratchMachine implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "tsrun-test-machine-"));
  readonly #holder: ChildProcess;

  /** @param prepare what a shell does in it first */
  constructor(prepare = "true") {
    const log = join(this.#directory, "log");
    const output = openSync(log, "w");
    const script = `${prepare} && ip link set lo up && echo ready && exec sleep 1000000`;
    const args = [...namespaces, "--propagation", "private", "sh", "-c", script];
    this.#holder = spawn("unshare", args, { stdio: ["ignore", output, output] });
    closeSync(output);
    until("the scratch machine to be there", () => readFileSync(log, "utf8") === "ready\n");
  }

  /** One in which nothing of the machine's own files can be written to, but what is below a directory. */
  static readOnly(directory: string): ScratchMachine {
    return new ScratchMachine(`mount --bind ${directory} ${directory} && mount -o remount,bind,ro /`);
  }

  /** A command line that executes what is appended to it in there. */
  get through(): readonly string[] {
    return ["nsenter", `--target=${this.#holder.pid}`, ...namespaces];
  }

  /** What containers could leave in there: mounts and network devices, one line each. */
  inventory(): string[] {
    const [command = "", ...args] = [...this.through, "sh", "-c", "cat /proc/self/mountinfo; ip -brief link"];
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`looking into the scratch machine: ${stderr}`);
    return stdout.trimEnd().split("\n");
  }

  /** What is there now and was not in an earlier inventory. What goes may have been another test's: it is in here, too. */
  newSince(before: readonly string[]): string[] {
    return this.inventory().filter((line) => !before.includes(line));
  }

  [Symbol.dispose](): void {
    this.#holder.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
