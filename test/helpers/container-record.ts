import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import { ContainerDirectory } from "../../src/container/directory.ts";
import type { RuntimeOptions } from "../../src/container/options.ts";
import { processInfo } from "../../src/container/process-info.ts";
import type { ContainerRecord } from "../../src/container/record.ts";
import { withDirectory } from "./directory.ts";

/** A container's record that says nothing wrong of this machine: no process, no cgroup. */
export const emptyRecord: ContainerRecord = {
  version: 1,
  id: "a",
  ociVersion: "1.3.0",
  bundle: "/bundle",
  rootfs: "/bundle/rootfs",
  created: "2026-11-21T02:00:00.000000000Z",
  owner: 0,
  pid: 0,
  startTime: 0,
  cgroup: { mode: "none", paths: {} },
  ready: true,
  ownPidNamespace: true,
};

/** A record whose init is a process that is alive: this one, or `process`. */
export function recordOf(process: number = pid): ContainerRecord {
  return { ...emptyRecord, pid: process, startTime: processInfo(process)?.startTime ?? 0 };
}

/** Runs `body` with an empty --root. */
export function withStateRoot(body: (options: RuntimeOptions) => void): void {
  withDirectory((directory) => {
    const root = join(directory, "state");
    mkdirSync(root);
    body({ root, systemdCgroup: false, rootless: false });
  });
}

/** The directory of a container made of a record alone. */
export function plant(options: RuntimeOptions, record: ContainerRecord): ContainerDirectory {
  const { directory, lock } = ContainerDirectory.claim(options, record.id);
  using _lock = lock;
  directory.write(record);
  return directory;
}
