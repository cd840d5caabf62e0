// The managers of cgroups that a machine can show, each tried by the same tests.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { geteuid } from "node:process";
import { after, type TestContext, test } from "node:test";
import { readHostCgroups } from "../../src/cgroups/host.ts";
import type { CgroupManager } from "../../src/cgroups/manager.ts";
import { managerFrom, selectManager } from "../../src/cgroups/select.ts";
import { local } from "../../src/sys/local.ts";
import { hasSystemd } from "./cgroups.ts";
import { skipUnless } from "./skip.ts";

export type ManagerKind = "v1" | "hybrid" | "v2" | "none" | "systemd";

export const host = readHostCgroups();
const title = `tsrun-test-${process.pid}`;
const request = { id: "x", rootless: false } as const;
/** The cgroupfs drivers' cgroup. Of its parents none is there before. */
export const cgroupPath = `/${title}/container`;

/** That of the machine, that of v2 alone wherever there is a v2 tree, and systemd's where systemd is. */
export const managers: Readonly<Partial<Record<ManagerKind, () => CgroupManager>>> = {
  [host.mode]: () => selectManager({ ...request, cgroupsPath: cgroupPath, systemd: false }),
  ...(host.mode === "hybrid"
    ? { v2: () => managerFrom({ mode: "v2", paths: { "": `${host.v2?.mountPoint}${cgroupPath}` } }) }
    : {}),
  ...(hasSystemd
    ? { systemd: () => selectManager({ ...request, cgroupsPath: `system.slice:${title}:x`, systemd: true }) }
    : {}),
};

/** Controllers that the root of the v2 tree hands down. */
function enabledControllers(): string[] {
  if (host.v2 === undefined) return [];
  return readFileSync(`${host.v2.mountPoint}/cgroup.subtree_control`, "utf8").split(/\s+/).filter(Boolean);
}

/** The v2 manager turns on what there is. On a hybrid host that keeps others from mounting those controllers as v1. */
export function giveControllersBack(): void {
  const before = enabledControllers();
  after(() => {
    if (geteuid?.() !== 0) return;
    for (const controller of enabledControllers().filter((name) => !before.includes(name))) {
      writeFileSync(`${host.v2?.mountPoint}/cgroup.subtree_control`, `-${controller}`);
    }
  });
}

/** A program that does what it is told, in the cgroup once it is asked in. */
export class Guest {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly #manager: CgroupManager;

  constructor(manager: CgroupManager) {
    this.#manager = manager;
    this.child = spawn(
      "/bin/sh",
      ["-c", 'while read -r line; do eval "$line" && echo yes || echo no; done'],
      {
        stdio: ["pipe", "pipe", "ignore"],
      },
    );
    assert.ok(this.child.pid !== undefined);
    this.pid = this.child.pid;
  }

  /** Goes into the cgroup. A systemd scope begins with its first process. */
  enter(): void {
    const begins = this.#manager.systemd !== undefined && !this.#manager.exists();
    if (!begins) this.#manager.add(this.pid);
    else {
      using entrance = this.#manager.entrance();
      entrance.enter(local, this.pid);
    }
  }

  /** Carries a command line out: yes or no, as it succeeds. */
  async answer(line: string): Promise<string> {
    const { stdin, stdout } = this.child;
    assert.ok(stdin !== null && stdout !== null);
    stdin.write(`${line}\n`);
    const [data] = await once(stdout, "data");
    return String(data).trim();
  }
}

/** What a test works with: a manager whose cgroup is made, another for the same one, and a program beside it. */
export interface Visit {
  readonly manager: CgroupManager;
  readonly guest: Guest;
  readonly make: () => CgroupManager;
  readonly t: TestContext;
}

/** Each of the manager's directories once. */
export function directories({ paths }: CgroupManager): string[] {
  return [...new Set(Object.values(paths))];
}

/** Which of the answers there are to whether a directory is there. */
export function presence(manager: CgroupManager): Set<boolean> {
  return new Set(directories(manager).map((path) => existsSync(path)));
}

/** Whether the manager's cgroups have controllers: the v2 tree of a hybrid host has next to none. */
export function canLimit({ mode }: CgroupManager): boolean {
  return mode !== "v2" || host.mode === "v2";
}

/** A file of the cgroup by its name on v1, with the controller, and on v2; undefined where the kernel has none. */
export function valueIn(
  { mode, paths }: CgroupManager,
  v1: readonly [controller: string, file: string],
  v2: string,
): string | undefined {
  const path = mode === "v2" ? `${paths[""]}/${v2}` : `${paths[v1[0]]}/${v1[1]}`;
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/** Runs `body` with the cgroup of each manager, and takes it and the program away, whatever happens. */
export function inCgroup(
  what: string,
  body: (visit: Visit) => void | Promise<void>,
  { except = [] }: { readonly except?: readonly ManagerKind[] } = {},
): void {
  for (const [kind, make] of Object.entries(managers)) {
    if (except.includes(kind as ManagerKind)) continue;
    test(`${kind}: ${what}`, async (t) => {
      if (!skipUnless(t, geteuid?.() === 0 && host.mode !== "none", "root")) return;
      const manager = make();
      const guest = new Guest(manager);
      try {
        manager.create();
        await body({ manager, guest, make, t });
      } finally {
        manager.kill();
        guest.child.kill("SIGKILL");
        manager.undo();
      }
      assert.deepEqual(presence(manager), new Set([false]));
    });
  }
}
