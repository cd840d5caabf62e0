import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../helpers/wait.ts";
import type { EngineMachine } from "../machine/machine.ts";

/** What engines take to tidy up. */
const GRACE_MS = 5000;

/** Everything in a machine that a container could leave behind, a line for each thing, sorted. */
export type Things = readonly string[];

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function* cgroupsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    yield join(folder, entry.name);
    yield* cgroupsBelow(join(folder, entry.name));
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Without their numbers, which a restart changes. A zombie has no command line. */
function* processes(root: string): Generator<string> {
  for (const pid of names(join(root, "proc")).filter((name) => /^\d+$/.test(name))) {
    const command = read(join(root, "proc", pid, "cmdline"))
      .replaceAll("\0", " ")
      .trim();
    const name = read(join(root, "proc", pid, "comm")).trim();
    if (name !== "") yield `process ${command || `(${name})`}`;
  }
}

/** Names that begin with a dot are no container's: tsrun keeps compiled filters in its root for all of them. */
function containersIn(folder: string): string[] {
  return names(folder).filter((name) => !name.startsWith("."));
}

function things({ root }: EngineMachine, folders: readonly string[]): Things {
  const hierarchies = names(join(root, "sys/fs/cgroup")).map((name) => join(root, "sys/fs/cgroup", name));
  const inside = (path: string) => path.slice(root.length);
  const mounts = read(join(root, "proc/1/mountinfo")).trim().split("\n");
  const found = [
    ...hierarchies.flatMap((folder) => [...cgroupsBelow(folder)]).map((path) => `cgroup ${inside(path)}`),
    ...mounts.map((line) => `mount ${line.split(" ")[4]}`),
    ...processes(root),
    ...folders.flatMap((folder) =>
      containersIn(join(root, folder)).map((name) => `file ${join(folder, name)}`),
    ),
  ];
  return found.sort();
}

/**
 * Watches what a machine has: cgroups, mounts, processes, and what lies in certain folders.
 * @param folders below which containers have something of their own
 */
export class LeftoverWatch {
  readonly #machine: EngineMachine;
  readonly #folders: readonly string[];
  readonly #before: Things;

  constructor(machine: EngineMachine, folders: readonly string[]) {
    this.#machine = machine;
    this.#folders = folders;
    this.#before = things(machine, folders);
  }

  /** Fails unless the machine comes to have again what it had. */
  check(): void {
    try {
      until("nothing is left", () => this.#difference().length === 0, GRACE_MS);
    } catch {
      assert.deepEqual(this.#difference(), []);
    }
  }

  #difference(): string[] {
    const now = things(this.#machine, this.#folders);
    const more = now.filter((thing) => !this.#before.includes(thing));
    const less = this.#before.filter((thing) => !now.includes(thing));
    return [...more.map((thing) => `left: ${thing}`), ...less.map((thing) => `gone: ${thing}`)];
  }
}
