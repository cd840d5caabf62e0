import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { placesOfDevicePrograms } from "./bpf-programs.ts";
import { hostMounts } from "./mountinfo.ts";
import { allProcesses, sandboxPrefix, withoutOtherTests } from "./other-tests.ts";
import { runtimePath } from "./runtime.ts";
import { unitsNamed } from "./systemd-units.ts";
import { pause } from "./wait.ts";

/** Everything on the host that a container could leave behind, one line for each thing. */
export type Snapshot = ReadonlySet<string>;

/** What needs a moment after the runtime is gone: a cgroup whose last zombie is not reaped, a network namespace. */
const grace = 10_000;

/** What some machines' first process makes for each command that it starts. */
const commandsOfTheMachine = /^cgroup \/sys\/fs\/cgroup\/\w+\/process_api\/\w+$/;

/** Another test process on this machine accounts for its own. */
function isForeign(thing: string): boolean {
  const ofOtherTests = thing.includes("tsrun-test-") && !thing.includes(`${sandboxPrefix}-`);
  return ofOtherTests || commandsOfTheMachine.test(thing);
}

function* directories(path: string): Generator<string> {
  for (const entry of readEntries(path)) {
    if (entry.isDirectory()) {
      yield join(path, entry.name);
      yield* directories(join(path, entry.name));
    }
  }
}

/** A cgroup may go away while it is read. */
function readEntries(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Every cgroup in every mounted hierarchy. */
export function* cgroups(): Generator<string> {
  for (const mount of hostMounts()) {
    if (mount.type === "cgroup" || mount.type === "cgroup2") {
      yield* directories(mount.point);
    }
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

const namespaceTypes = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

const namespacesOf = (pid: string) =>
  namespaceTypes.map((type) => attempt(() => readlinkSync(`/proc/${pid}/ns/${type}`))).filter(Boolean);

/**
 * The namespaces of processes, and those processes that belong to a container or its runtime: in namespaces of their own,
 * or marked as a test's.
 */
function* processes(pids: readonly string[]): Generator<string> {
  const own = new Set(namespacesOf("self"));
  for (const pid of pids) {
    const namespaces = namespacesOf(pid);
    yield* namespaces.map((name) => `namespace ${name}`);
    if (Number(pid) === process.pid) continue;
    const isRuntime = attempt(() => readlinkSync(`/proc/${pid}/exe`)) === runtimePath;
    const isMarked = attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8")).includes("TSRUN_TEST=");
    if (isRuntime || isMarked || namespaces.some((namespace) => !own.has(namespace))) {
      const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      yield `process ${pid} ${words.replaceAll("\0", " ")}`;
    }
  }
}

/** The processes whose environment names a sandbox's directory: its runtimes and its containers' programs. */
export function processesMarked(directory: string): string[] {
  return allProcesses().filter((pid) =>
    attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8")).includes(directory),
  );
}

/** Directories of state, and what runtimes and engines are known to drop where temporary files go. */
function* files(): Generator<string> {
  for (const directory of ["/run", "/run/runc", "/run/tsrun", "/dev/shm", tmpdir()]) {
    for (const { name } of existsSync(directory) ? readEntries(directory) : []) {
      if (directory.startsWith("/run/") || /^(\.bun-|runc|tsrun(?!-t))/.test(name)) {
        yield join(directory, name);
      }
    }
  }
}

/** Takes stock of cgroups, mounts, namespaces, processes, files, systemd's units and device programs. */
export function takeSnapshot(): Snapshot {
  return snapshotWith(allProcesses());
}

function snapshotWith(pids: readonly string[]): Snapshot {
  const directories = [...cgroups()];
  const mounts = hostMounts();
  return new Set([
    ...directories.map((path) => `cgroup ${path}`),
    ...mounts.map((mount) => `mount ${mount.point} (${mount.type})`),
    // Namespaces that a mount keeps alive.
    ...mounts.filter(({ type }) => type === "nsfs").map(({ root }) => `namespace ${root}`),
    ...processes(pids),
    ...[...files()].map((path) => `file ${path}`),
    ...unitsNamed("tsrun-test-").map((name) => `unit ${name}`),
    ...placesOfDevicePrograms(directories),
  ]);
}

/** What is there now and was not in `before`, after a time of grace for what is about to go. */
export function newSince(before: Snapshot, patience = grace): string[] {
  const deadline = Date.now() + patience;
  const look = (): Snapshot => snapshotWith(withoutOtherTests(allProcesses()));
  let left = [...look()].filter((thing) => !before.has(thing) && !isForeign(thing));
  while (left.length > 0 && Date.now() < deadline) {
    pause(50);
    const now = look();
    // Only what stayed all the time counts: other tests' containers come and go on a shared machine.
    left = left.filter((thing) => now.has(thing));
  }
  return left;
}

/** Fails if anything is there that was not in `before`. */
export function assertNothingLeft(before: Snapshot): void {
  assert.deepEqual(newSince(before), [], "something was left on the host");
}

/** To be called once at the top of a test file: the whole file must leave the host as it was. */
export function leaveNothing(): void {
  const before = takeSnapshot();
  after(() => assertNothingLeft(before));
}
