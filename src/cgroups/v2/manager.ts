import { TsrunError } from "../../base/errors.ts";
import { lazy } from "../../base/lazy.ts";
import { log } from "../../base/log.ts";
import { effectiveUid } from "../../base/own-process.ts";
import { directoryOf } from "../../base/path.ts";
import type { Resources } from "../../oci/types.ts";
import { failedCall, isErrno } from "../../sys/syscall-error.ts";
import { makeDirectories, processesBelow, refuseOccupied, removeUnused, someExist } from "../directory.ts";
import { allOrNothing } from "../journal.ts";
import { realProcesses } from "../kill.ts";
import type { CgroupEntrance, CgroupManager, ManagerOptions, OomWatch } from "../manager.ts";
import { limitRefused } from "../refusal.ts";
import { type CgroupStats, type StatsPart, statsParts } from "../stats.ts";
import {
  asksForLimit,
  type CgroupWrite,
  carryOut,
  carryOutInTurn,
  get,
  isRefusal,
  type Put,
  put,
} from "../write.ts";
import { attachRules } from "./devices.ts";
import { enableControllers, enterThreaded, settleType } from "./enable.ts";
import * as freezer from "./freezer.ts";
import { mappings } from "./mappings.ts";
import { checkUsage } from "./memory.ts";
import { toFiles as unifiedFiles } from "./unified.ts";
import { withoutEffect } from "./without-effect.ts";

/** Few containers get their cgroup, and few hosts lack what they ask for. */
const delegation = lazy(() => require("./delegate.ts") as typeof import("./delegate.ts"));
const missing = lazy(() => require("./missing.ts") as typeof import("./missing.ts"));

/** What only `events` and `stats` need. */
const oom = lazy(() => require("./oom.ts") as typeof import("./oom.ts"));
const stats = lazy(() => require("./stats.ts") as typeof import("./stats.ts"));

/** cgroup v2 alone: one directory. Its files are described in the kernel's cgroup-v2.rst. */
export class V2Manager implements CgroupManager {
  readonly mode = "v2";
  readonly #options: ManagerOptions;
  #directory: string | undefined;
  #made: string[] = [];
  /** The directory that the caller may not make. */
  #refused: string | undefined;
  /** Whether the directory is this container's: before `create` has looked it may be anybody's. */
  #isOurs = false;
  /** `killsIn` the cgroup above before anything was in this one, where systemd manages it. */
  #killsAround: number | undefined;

  constructor(paths: Readonly<Record<string, string>>, options: ManagerOptions) {
    this.#directory = paths[""];
    this.#options = options;
  }

  get paths(): Readonly<Record<string, string>> {
    return this.#directory === undefined ? {} : { "": this.#directory };
  }

  create(): void {
    const directory = this.#directory;
    if (directory === undefined) return;
    try {
      this.#made = makeDirectories(directory);
      if (this.#made.length === 0) refuseOccupied(directory);
      if (this.isFrozen()) throw new TsrunError(`container's cgroup unexpectedly frozen: ${directory}`);
      this.#takeOver(directory);
    } catch (error) {
      removeUnused(this.#made);
      if (!this.#options.lenient || !isRefusal(error)) throw error;
      this.#refused = directory;
      this.#directory = undefined;
    }
  }

  /** What `create` does for a cgroup that systemd has made. */
  adopt(): void {
    if (this.#directory === undefined) return;
    this.#killsAround = killsIn(directoryOf(this.#directory));
    this.#takeOver(this.#directory);
  }

  #takeOver(directory: string): void {
    enableControllers(directory);
    settleType(directory, this.#made);
    this.#isOurs = true;
    this.#handOver(directory);
  }

  /** What the caller has just made is the caller's already. */
  #handOver(directory: string): void {
    const { owner, rootless } = this.#options;
    if (owner === undefined || (owner === effectiveUid() && this.#made.length > 0)) return;
    delegation().delegate(directory, owner, rootless);
  }

  apply(resources: Resources = {}): void {
    const lost = withoutEffect(resources);
    if (lost.length > 0) log.warn(`cgroup v2 has nothing for ${lost.join(", ")} of linux.resources: ignored`);
    this.#limit(resources);
  }

  update(resources: Resources, settle?: () => void): void {
    allOrNothing((put) => {
      this.#limit(resources, put);
      settle?.();
    });
  }

  #limit(resources: Resources, put?: Put): void {
    if (resources.memory?.checkBeforeUpdate === true) {
      const usage = this.#read("memory.current");
      if (usage !== "") checkUsage(resources.memory, BigInt(usage));
    }
    const lists = [...mappings, unifiedFiles].map((toFiles) => toFiles(resources));
    for (const writes of lists) carryOutInTurn(writes, (write) => this.#carryOut(write, lists.flat(), put));
    if (resources.network?.classID !== undefined || (resources.network?.priorities ?? []).length > 0) {
      throw new TsrunError("cgroup v2 has no network classes and priorities", {
        pointer: "/linux/resources/network",
      });
    }
  }

  /** @param all the writes that belong together with it */
  #carryOut(write: CgroupWrite, all: readonly CgroupWrite[], put: Put | undefined): void {
    if (this.#refused !== undefined && asksForLimit(write)) {
      throw limitRefused(write, this.#refused, missing().whyNowhere(this.#refused, write.controller));
    }
    const options = put === undefined ? {} : { put };
    try {
      carryOut(this.#directory, write, options);
    } catch (error) {
      const cause = failedCall(error);
      if (this.#directory === undefined || !isErrno(cause, "ENOENT") || !this.exists()) throw error;
      if (!asksForLimit(write)) return;
      const asked = all.filter(asksForLimit).map(({ controller }) => controller);
      if (!enterThreaded(this.#directory, asked)) throw missing().missingFile(this.#directory, write, cause);
      carryOut(this.#directory, write, options);
    }
  }

  limitDevices(resources: Resources = {}): void {
    if (this.#directory !== undefined) attachRules(this.#directory, resources, this.#options.rootless);
  }

  /** Processes are born inside (`directoryForClone`). */
  entrance(): CgroupEntrance {
    return { enter: () => undefined, [Symbol.dispose]: () => undefined };
  }

  add(pid: number): void {
    if (this.#directory === undefined) return;
    try {
      put(`${this.#directory}/cgroup.procs`, String(pid));
    } catch (cause) {
      throw new TsrunError(`moving process ${pid} into cgroup ${this.#directory}`, { cause });
    }
  }

  directoryForClone(): string | undefined {
    return this.#directory;
  }

  pids(): number[] {
    return this.#directory === undefined ? [] : realProcesses(processesBelow(this.#directory));
  }

  freeze(): void {
    freezer.freeze(this.#existing());
  }

  thaw(): void {
    freezer.thaw(this.#existing());
  }

  isFrozen(): boolean {
    return this.#directory !== undefined && freezer.isFrozen(this.#directory);
  }

  kill(): void {
    if (this.#directory !== undefined) freezer.kill(this.#directory, () => this.pids());
  }

  remove(): void {
    if (this.#directory !== undefined) freezer.remove(this.#directory);
  }

  undo(): void {
    if (this.#isOurs) this.remove();
    removeUnused(this.#made);
  }

  exists(): boolean {
    return someExist(Object.values(this.paths));
  }

  oomKilled(): boolean {
    if (this.#directory === undefined) return false;
    const kills = killsIn(this.#directory);
    if (kills !== undefined) return kills > 0;
    // systemd removes the cgroup of a scope with its last process; that above has counted it, too.
    return (
      this.#killsAround !== undefined && (killsIn(directoryOf(this.#directory)) ?? 0) > this.#killsAround
    );
  }

  watchOom(): OomWatch {
    return oom().watchOom(this.#directory);
  }

  stats(parts: readonly StatsPart[] = statsParts): CgroupStats {
    return stats().readStats(this.#directory, parts);
  }

  /** A file's text; empty where the cgroup or the controller isn't there. */
  #read(file: string): string {
    return this.#directory === undefined ? "" : readIfThere(`${this.#directory}/${file}`);
  }

  #existing(): string {
    if (this.#directory === undefined) throw new TsrunError("the container has no cgroup");
    return this.#directory;
  }
}

function readIfThere(path: string): string {
  try {
    return get(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return "";
    throw error;
  }
}

/** How many processes in a cgroup and below it the kernel has killed for want of memory; undefined where that isn't counted. */
function killsIn(directory: string): number | undefined {
  const count = /^oom_kill (\d+)/m.exec(readIfThere(`${directory}/memory.events`))?.[1];
  return count === undefined ? undefined : Number(count);
}
