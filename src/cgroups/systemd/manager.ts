import { messageOf, TsrunError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import type { Resources } from "../../oci/types.ts";
import { exists, readText } from "../../sys/host-files.ts";
import { isBusError } from "../../sys/sd-bus/bus-error.ts";
import { refuseOccupied } from "../directory.ts";
import type { CgroupEntrance, CgroupManager, CgroupMode, OomWatch, SavedUnit } from "../manager.ts";
import { eventually } from "../patience.ts";
import type { CgroupStats, StatsPart } from "../stats.ts";
import type { V1Manager } from "../v1/manager.ts";
import type { V2Manager } from "../v2/manager.ts";
import { checkUsage } from "../v2/memory.ts";
import { get } from "../write.ts";
import { withRoundedQuota } from "./cpu.ts";
import { toProperties as deviceProperties } from "./devices.ts";
import type { SystemdHost } from "./host.ts";
import { mayMoveFromHere } from "./migration.ts";
import { resourceProperties } from "./properties.ts";
import type { UnitProperty } from "./property.ts";
import { scopeProperties } from "./scope.ts";
import { Systemd } from "./systemd.ts";
import { startProperties } from "./unified.ts";

const unitExists = "org.freedesktop.systemd1.UnitExists";
/** How long a unit of the same name that has ended may take to go. */
const LEAVING_MS = 5000;
/** How long systemd may take to see that a scope is empty, and to remove its cgroup, where it can't be asked to. */
const NOTICING_MS = 2000;

/** What a container's unit is made of. */
export interface ScopeRequest extends SavedUnit {
  readonly id: string;
  /** What annotations ask for. */
  readonly properties: readonly UnitProperty[];
}

/**
 * The cgroup of a systemd scope. systemd makes it, knows the limits, and removes it; the manager of the host's hierarchies
 * (`files`) writes what there are no properties for, and reads.
 *
 * A scope is born with a process in it. That is init, right after its clone, while it waits to be told anything: nothing that
 * it does is charged elsewhere or goes unlimited. (The runtime itself would have to move out again; an extra process would
 * cost a clone and an exit. To make the directory first and clone into it would save init's move, but until the unit is
 * there the slice is systemd's alone, which may remove what it does not know: systemd's CGROUP_DELEGATION.md.) So `create`
 * only looks, `apply` takes note, and the entrance starts the scope with the noted limits.
 */
export class SystemdManager implements CgroupManager {
  readonly systemd: SavedUnit;
  readonly #files: V1Manager | V2Manager;
  /** What a scope that isn't there yet is to be made of. */
  #request: ScopeRequest | undefined;
  /** The limits that have been asked for until now. */
  #limits: Resources = {};
  /** Whether the unit is this container's, so that `undo` may end it. */
  #isOurs = false;
  /** Open from the scope's start until its devices are limited. */
  #systemd: Systemd | undefined;

  /** @param request for a unit that is to be made */
  constructor(unit: SavedUnit, files: V1Manager | V2Manager, request?: ScopeRequest) {
    this.systemd = { unit: unit.unit, slice: unit.slice, user: unit.user };
    this.#files = files;
    this.#request = request;
  }

  get mode(): CgroupMode {
    return this.#files.mode;
  }

  get paths(): Readonly<Record<string, string>> {
    return this.#files.paths;
  }

  create(): void {
    for (const directory of new Set(Object.values(this.paths))) {
      if (exists(directory)) refuseOccupied(directory);
    }
    if (this.isFrozen()) {
      throw new TsrunError(`container's cgroup unexpectedly frozen: ${this.#directory()}`);
    }
  }

  apply(resources: Resources = {}): void {
    const rounded = withRoundedQuota(resources);
    this.#limits = { ...this.#limits, ...rounded, unified: { ...this.#limits.unified, ...rounded.unified } };
    if (this.#request !== undefined) return;
    this.#talkOn((systemd) => this.#tell(systemd, resourceProperties(resources, this.#host(systemd))));
    this.#files.apply(rounded);
  }

  update(resources: Resources, settle?: () => void): void {
    const rounded = withRoundedQuota(resources);
    this.#refuseBelowUsage(resources);
    this.#talk((systemd) => {
      const properties = resourceProperties(resources, this.#host(systemd));
      const before = systemd.scopeProperties(this.systemd.unit, names(properties));
      this.#tell(systemd, properties);
      try {
        this.#files.update(rounded, settle);
      } catch (error) {
        this.#putBack(systemd, before);
        throw error;
      }
    });
  }

  /** The kernel obeys systemd's write of a limit below what is in use by killing: the files' manager would look too late. */
  #refuseBelowUsage({ memory }: Resources): void {
    const path = `${this.#directory()}/memory.current`;
    if (memory?.checkBeforeUpdate === true && exists(path)) checkUsage(memory, BigInt(get(path)));
  }

  #putBack(systemd: Systemd, before: readonly UnitProperty[]): void {
    try {
      this.#tell(systemd, before.flatMap(replacing));
    } catch (error) {
      log.warn(`${this.systemd.unit} could not be given its old properties back: ${messageOf(error)}`);
    }
  }

  limitDevices(resources: Resources = {}): void {
    this.#talk((systemd) => {
      const host = this.#host(systemd);
      const known = { list: () => readText("/proc/devices"), exists };
      const { properties, untold } = deviceProperties(resources, host, known);
      for (const { pointer } of untold) {
        log.warn(`${pointer}: systemd cannot be told this rule: systemctl daemon-reload takes it away`);
      }
      this.#tell(systemd, properties);
    });
    // Whatever it is told, systemd writes all that it knows again: of a period without a quota it makes the default.
    this.#files.apply(this.#limits);
    this.#files.limitDevices(resources);
  }

  entrance(): CgroupEntrance {
    if (this.#request === undefined && !this.#movesBySystemd()) return this.#files.entrance();
    return { enter: (_k, pid) => this.add(pid), [Symbol.dispose]: () => undefined };
  }

  #startWith(request: ScopeRequest, pid: number): void {
    this.#start(request, pid);
    this.#request = undefined;
    this.#files.adopt();
    this.#files.apply(this.#limits);
    // systemd has moved it where it manages controllers; the other hierarchies of v1 are left.
    if (this.mode !== "v2") this.#files.add(pid);
  }

  #start(request: ScopeRequest, pid: number): void {
    this.#talkOn((systemd) => {
      const host = this.#host(systemd);
      const properties = [
        ...scopeProperties(request, pid, host),
        ...startProperties(this.#limits, host),
        ...resourceProperties(this.#limits, host),
      ];
      try {
        this.#begin(systemd, properties);
      } catch (error) {
        if (!isBusError(error, unitExists)) throw error;
        this.#awaitLeaving(systemd, error);
        this.#begin(systemd, properties);
      }
      this.#checkPlace(systemd);
    });
  }

  #begin(systemd: Systemd, properties: readonly UnitProperty[]): void {
    try {
      systemd.start(this.systemd.unit, properties);
      this.#isOurs = true;
    } catch (error) {
      // What else goes wrong, even the time, may leave a unit.
      this.#isOurs = !isBusError(error, unitExists);
      throw error;
    }
  }

  /**
   * A unit that has failed is kept until it is reset, and one that has ended goes only when systemd has time. One that is
   * active without a process, as `create` has seen, has lost its cgroup before systemd looked: it would stay for ever. One
   * of this name in another slice is somebody else's, whatever is in it.
   */
  #awaitLeaving(systemd: Systemd, cause: Error): void {
    const { unit } = this.systemd;
    systemd.resetFailed(unit);
    if (systemd.activeState(unit) === "active" && this.#isDeserted(systemd)) systemd.stop(unit);
    let state: string | undefined;
    const isGone = eventually(LEAVING_MS, () => {
      state = systemd.activeState(unit);
      return state === undefined || state === "active";
    });
    if (isGone && state === undefined) return;
    throw new TsrunError(`the unit ${unit} is there already (${state})`, {
      cause,
      pointer: "/linux/cgroupsPath",
      hint: `systemctl ${this.systemd.user ? "--user " : ""}status ${unit} shows whose it is; choose another cgroupsPath`,
    });
  }

  /** Whether the unit that has the name is in the place of this one, and without a process. */
  #isDeserted(systemd: Systemd): boolean {
    const place = systemd.controlGroupOf(this.systemd.unit);
    return this.#directory().endsWith(place) && this.pids().length === 0;
  }

  #checkPlace(systemd: Systemd): void {
    const directory = this.#directory();
    if (exists(directory)) return;
    const { unit } = this.systemd;
    const where = systemd.controlGroupOf(unit);
    throw new TsrunError(
      where === ""
        ? `${unit} has ended before the container began`
        : `systemd has put ${unit} into the cgroup ${where}, not into ${directory}`,
    );
  }

  add(pid: number): void {
    if (this.#request !== undefined) this.#startWith(this.#request, pid);
    else if (!this.#movesBySystemd()) this.#files.add(pid);
    else this.#talk((systemd) => systemd.attach(this.systemd.unit, this.#subgroup(), pid));
  }

  /** Path below the unit's own cgroup, for a manager of one that a container has made in it (`exec --cgroup`). */
  #subgroup(): string {
    const [, below = ""] = `${this.#directory()}/`.split(`/${this.systemd.unit}/`);
    return below.replace(/\/$/, "");
  }

  directoryForClone(): string | undefined {
    if (this.#request !== undefined || this.#movesBySystemd()) return undefined;
    return this.#files.directoryForClone();
  }

  /** Whether processes can't be put into the cgroup without systemd's help: a user has no right to leave a login's session. */
  #movesBySystemd(): boolean {
    return this.systemd.user && !mayMoveFromHere(this.#directory());
  }

  pids(): number[] {
    return this.#files.pids();
  }

  freeze(): void {
    this.#files.freeze();
  }

  thaw(): void {
    this.#files.thaw();
  }

  isFrozen(): boolean {
    return this.#files.isFrozen();
  }

  kill(): void {
    this.#files.kill();
  }

  remove(): void {
    this.#stop();
    this.#files.remove();
  }

  /**
   * systemd out of reach keeps no container from being deleted. It sees by itself that a scope is empty, unless the cgroup is
   * gone before it has looked: then the unit would stay.
   */
  #stop(): void {
    const { unit } = this.systemd;
    try {
      this.#talk((systemd) => {
        systemd.stop(unit);
        systemd.resetFailed(unit);
      });
    } catch (error) {
      if (eventually(NOTICING_MS, () => !this.exists())) return;
      log.warn(`${unit} could not be stopped: ${messageOf(error)}`);
    }
  }

  undo(): void {
    if (this.#isOurs) this.remove();
    this.#files.undo();
  }

  exists(): boolean {
    return this.#files.exists();
  }

  oomKilled(): boolean {
    return this.#files.oomKilled();
  }

  watchOom(): OomWatch {
    return this.#files.watchOom();
  }

  stats(parts?: readonly StatsPart[]): CgroupStats {
    return this.#files.stats(parts);
  }

  /** One directory of the container's: the only one on v2. */
  #directory(): string {
    return this.paths["name=systemd"] ?? this.paths[""] ?? "";
  }

  #tell(systemd: Systemd, properties: readonly UnitProperty[]): void {
    if (properties.length > 0) systemd.setProperties(this.systemd.unit, properties);
  }

  #host(systemd: Systemd): SystemdHost {
    return { version: systemd.version(), cgroups: this.mode === "v2" ? 2 : 1 };
  }

  /** The connection does not stay: a runtime in the foreground would keep systemd telling it of every unit. */
  #talk(action: (systemd: Systemd) => void): void {
    try {
      this.#talkOn(action);
    } finally {
      this.#systemd?.[Symbol.dispose]();
      this.#systemd = undefined;
    }
  }

  #talkOn(action: (systemd: Systemd) => void): void {
    this.#systemd ??= Systemd.connect(this.systemd.user);
    action(this.#systemd);
  }
}

function names(properties: readonly UnitProperty[]): string[] {
  return [...new Set(properties.map(({ name }) => name))];
}

/** A list adds to what the unit has; an empty one takes that away. */
function replacing(property: UnitProperty): UnitProperty[] {
  const { name, value } = property;
  if (value.type !== "a(st)" || value.value.length === 0) return [property];
  return [{ name, value: { type: "a(st)", value: [] } }, property];
}
