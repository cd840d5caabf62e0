import { TsrunError } from "../../base/errors.ts";
import { lazy } from "../../base/lazy.ts";
import { log } from "../../base/log.ts";
import type { Resources } from "../../oci/types.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import {
  makeDirectories,
  processesBelow,
  refuseOccupied,
  removeTree,
  removeUnused,
  someExist,
} from "../directory.ts";
import { allOrNothing } from "../journal.ts";
import { killUntilNobodyIsNew, realProcesses } from "../kill.ts";
import type { CgroupEntrance, CgroupManager, CgroupMode, ManagerOptions, OomWatch } from "../manager.ts";
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
import { inheritCpuset } from "./cpuset.ts";
import { TasksEntrance } from "./entrance.ts";
import * as freezer from "./freezer.ts";

/** Hierarchies that are asked for the container's processes, the best first; each process is in every one. */
const witnesses = ["devices", "freezer", "pids", "memory"];

/** What only limits need. */
const limits = lazy(() => require("./mappings.ts") as typeof import("./mappings.ts"));

/** What only `events` and `stats` need. */
const oom = lazy(() => require("./oom.ts") as typeof import("./oom.ts"));
const stats = lazy(() => require("./beside-stats.ts") as typeof import("./beside-stats.ts"));

/** Few hybrid hosts have controllers in their v2 tree. */
const beside = lazy(() => require("./beside.ts") as typeof import("./beside.ts"));
const v2Devices = lazy(() => require("../v2/devices.ts") as typeof import("../v2/devices.ts"));

const v2Oom = lazy(() => require("../v2/oom.ts") as typeof import("../v2/oom.ts"));
const v2Freezer = lazy(() => require("../v2/freezer.ts") as typeof import("../v2/freezer.ts"));

/** What stops processes, and where. */
interface Freezer extends Pick<typeof freezer, "freeze" | "thaw" | "isFrozen"> {
  readonly directory: string;
}

/** cgroup v1, with the v2 tree beside it on a hybrid host (under the empty name), which has what no v1 hierarchy has. */
export class V1Manager implements CgroupManager {
  readonly mode: CgroupMode;
  readonly #paths: Map<string, string>;
  readonly #options: ManagerOptions;
  #made: string[] = [];
  /** Directories that the caller may not make, by controller. */
  readonly #refused = new Map<string, string>();
  /** Whether the directories are this container's: before `create` has looked they may be anybody's. */
  #isOurs = false;
  /** Whether its cpuset has something already; else config.json must say what. */
  #hasCpuset = true;

  constructor(mode: CgroupMode, paths: Readonly<Record<string, string>>, options: ManagerOptions) {
    this.mode = mode;
    this.#paths = new Map(Object.entries(paths));
    this.#options = options;
  }

  get paths(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#paths);
  }

  create(): void {
    try {
      for (const directory of this.#directories().values()) {
        this.#whereAllowed(directory, () => {
          if (!this.#make(directory)) refuseOccupied(directory);
        });
      }
      this.#refuseFrozen();
      this.#isOurs = true;
    } catch (error) {
      removeUnused(this.#made);
      throw error;
    }
  }

  /** What `create` does for a cgroup that systemd has made, and in the hierarchies that systemd leaves alone. */
  adopt(): void {
    for (const directory of this.#directories().values()) this.#make(directory);
    this.#isOurs = true;
  }

  /** @returns whether the directory is new */
  #make(directory: string): boolean {
    const made = makeDirectories(directory);
    this.#made.push(...made);
    if (directory === this.#paths.get("cpuset")) this.#hasCpuset = inheritCpuset(directory);
    return made.length > 0;
  }

  /** Processes could neither go into a frozen cgroup nor come out of it. */
  #refuseFrozen(): void {
    const directory = this.#paths.get("freezer");
    if (directory === undefined || !freezer.isHeld(directory)) return;
    throw new TsrunError(`container's cgroup unexpectedly frozen: ${directory}`);
  }

  apply(resources: Resources = {}): void {
    if (resources.memory?.kernel !== undefined)
      log.warn("kernel memory limits are ignored: without effect since Linux 5.16");
    this.#limit(resources);
    if (!this.#hasCpuset) this.#completeCpuset();
  }

  /** What config.json leaves out of cpus and mems. */
  #completeCpuset(): void {
    const directory = this.#paths.get("cpuset");
    if (directory === undefined || inheritCpuset(directory)) return;
    throw new TsrunError(`cgroup ${directory} can't have the CPUs and memory nodes of its parent`, {
      pointer: "/linux/resources/cpu",
      hint: "another cgroup there has some for itself (cpuset.cpu_exclusive): name others in cpus and mems",
    });
  }

  update(resources: Resources, settle?: () => void): void {
    allOrNothing((put) => {
      this.#limit(resources, put);
      settle?.();
    });
  }

  #limit(resources: Resources, put?: Put): void {
    const lists = limits().mappings.map((toFiles) => toFiles(resources));
    const elsewhere = this.#besideV1(lists.flat());
    for (const writes of lists) {
      const here = writes.filter(({ controller }) => !elsewhere.has(controller));
      carryOutInTurn(here, (write) => this.#carryOut(write, put));
    }
    const unified = this.#paths.get("");
    if (elsewhere.size > 0 && unified !== undefined) beside().limitBeside(unified, resources, elsewhere, put);
  }

  /** The controllers of writes that are in no v1 hierarchy but in the v2 tree. */
  #besideV1(writes: readonly CgroupWrite[]): ReadonlySet<string> {
    const missing = new Set(writes.map(({ controller }) => controller).filter((name) => !this.#isOnV1(name)));
    const unified = this.#paths.get("");
    if (missing.size === 0 || unified === undefined) return new Set();
    const around = beside().controllersAround(unified);
    return new Set([...missing].filter((controller) => around.has(controller)));
  }

  #isOnV1(controller: string): boolean {
    return this.#paths.has(controller) || this.#refused.has(controller);
  }

  #carryOut(write: CgroupWrite, put: Put | undefined): void {
    const refused = this.#refused.get(write.controller);
    if (refused !== undefined && asksForLimit(write)) throw limitRefused(write, refused);
    const directory = this.#paths.get(write.controller);
    try {
      carryOut(directory, write, put === undefined ? {} : { put });
    } catch (error) {
      throw limits().explainRefusal(directory, write, error);
    }
  }

  limitDevices(resources: Resources = {}): void {
    const directory = this.#paths.get("devices");
    if (directory === undefined && (this.#options.rootless || (resources.devices ?? []).length === 0)) return;
    const unified = this.#paths.get("");
    if (unified !== undefined && !this.#isOnV1("devices")) {
      v2Devices().attachRules(unified, resources, this.#options.rootless);
      return;
    }
    try {
      const current = directory === undefined ? undefined : get(`${directory}/devices.list`);
      for (const write of limits().deviceFiles(resources, current)) carryOut(directory, write);
    } catch (error) {
      if (!this.#options.rootless || !isRefusal(error)) throw error;
    }
  }

  entrance(): CgroupEntrance {
    return new TasksEntrance([...this.#directories()].filter(([controller]) => controller !== ""));
  }

  add(pid: number): void {
    for (const [controller, directory] of this.#directories()) {
      this.#whereAllowed(directory, () => join(controller, directory, pid));
    }
  }

  directoryForClone(): string | undefined {
    return this.#paths.get("");
  }

  pids(): number[] {
    const name = witnesses.find((witness) => this.#paths.has(witness));
    const directory = name === undefined ? this.#paths.values().next().value : this.#paths.get(name);
    return directory === undefined ? [] : realProcesses(processesBelow(directory));
  }

  /** The processes in any of the hierarchies: a create that died may have got its init into some of them only. */
  #everyone(): number[] {
    return realProcesses([...this.#directories().values()].flatMap((path) => processesBelow(path)));
  }

  freeze(): void {
    const { freeze, directory } = this.#freezer();
    freeze(directory);
  }

  thaw(): void {
    const { thaw, directory } = this.#freezer();
    thaw(directory);
  }

  isFrozen(): boolean {
    const found = this.#anyFreezer();
    return found?.isFrozen(found.directory) === true;
  }

  kill(): void {
    try {
      this.#kill();
    } catch (error) {
      // Another who deletes the container may have removed the cgroup meanwhile.
      if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
    }
  }

  #kill(): void {
    if (!killUntilNobodyIsNew(() => this.#everyone()) && this.#anyFreezer() !== undefined) {
      this.freeze();
      killUntilNobodyIsNew(() => this.#everyone());
    }
    // SIGKILL reaches a frozen process once it is thawed.
    if (this.isFrozen()) this.thaw();
  }

  remove(): void {
    for (const directory of this.#directories().values()) removeTree(directory);
  }

  undo(): void {
    if (this.#isOurs) this.remove();
    removeUnused(this.#made);
  }

  exists(): boolean {
    return someExist(this.#paths.values());
  }

  oomKilled(): boolean {
    const [v1, unified] = [this.#paths.get("memory"), this.#paths.get("")];
    const file = v1 === undefined ? `${unified}/memory.events` : `${v1}/memory.oom_control`;
    return someExist([file]) && /^oom_kill [1-9]/m.test(get(file));
  }

  watchOom(): OomWatch {
    const [v1, unified] = [this.#paths.get("memory"), this.#paths.get("")];
    return v1 === undefined && unified !== undefined ? v2Oom().watchOom(unified) : oom().watchOom(v1);
  }

  stats(parts: readonly StatsPart[] = statsParts): CgroupStats {
    return stats().readStats(this.#paths, parts);
  }

  /** Each directory once, with its controllers: some are mounted together. */
  #directories(): Map<string, string> {
    const names = new Map<string, string>();
    for (const [controller, directory] of this.#paths) {
      const others = names.get(directory);
      names.set(directory, others === undefined ? controller : `${others},${controller}`);
    }
    return new Map([...names].map(([directory, controllers]) => [controllers, directory]));
  }

  #freezer(): Freezer {
    const found = this.#anyFreezer();
    if (found === undefined) throw new TsrunError("cgroup controller freezer is not available");
    return found;
  }

  /** v1's, or what every cgroup of v2 has (Linux 5.2). */
  #anyFreezer(): Freezer | undefined {
    const [v1, unified] = [this.#paths.get("freezer"), this.#paths.get("")];
    if (v1 !== undefined) return { ...freezer, directory: v1 };
    return unified === undefined ? undefined : { ...v2Freezer(), directory: unified };
  }

  /** Leaves a hierarchy out that the caller may not write to; a limit in it fails later, by name. */
  #whereAllowed(directory: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!this.#options.lenient || !isRefusal(error)) throw error;
      for (const [controller, path] of this.#paths) {
        if (path !== directory) continue;
        this.#paths.delete(controller);
        this.#refused.set(controller, directory);
      }
    }
  }
}

function join(controllers: string, directory: string, pid: number): void {
  try {
    put(`${directory}/cgroup.procs`, String(pid));
  } catch (cause) {
    throw new TsrunError(`moving process ${pid} into cgroup ${directory} (${controllers || "cgroup v2"})`, {
      cause,
    });
  }
}
