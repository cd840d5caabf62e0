import { messageOf, TsrunError } from "../../base/errors.ts";
import { Bus } from "../../sys/sd-bus/bus.ts";
import { isBusError } from "../../sys/sd-bus/bus-error.ts";
import type { Received } from "../../sys/sd-bus/message.ts";
import type { BusArgument, BusValue } from "../../sys/sd-bus/value.ts";
import { failedCall } from "../../sys/syscall-error.ts";
import { eventually } from "../patience.ts";
import { parseVersion } from "./host.ts";
import type { UnitProperty } from "./property.ts";
import { type SystemdSocket, socketsOf } from "./sockets.ts";

/** How long connecting, a call, and a job that it starts may take: runc gives a job as long, and a call for ever. */
const LIMIT_MS = 30_000;
const SYSTEMD = "org.freedesktop.systemd1";
const MANAGER = `${SYSTEMD}.Manager`;
const PROPERTIES = "org.freedesktop.DBus.Properties";
const ROOT = "/org/freedesktop/systemd1";
const noSuchUnit = `${SYSTEMD}.NoSuchUnit`;

const hints = {
  system: "see systemctl status dbus.service; without systemd's help leave --systemd-cgroup out",
  user:
    "a user's containers need the user's own systemd, which a login starts, but su and sudo don't: log in as that user, or " +
    "let root call loginctl enable-linger USER, and set XDG_RUNTIME_DIR=/run/user/UID",
} as const;

function text(value: string): BusArgument {
  return { type: "s", value };
}

/**
 * systemd as the owner of units (org.freedesktop.systemd1(5)): the system's or a user's. Every call has a limit, as one
 * that hangs must not hang containers with it.
 */
export class Systemd implements Disposable {
  readonly #bus: Bus;
  /** Whether signals must be asked for: systemd's private socket has them all. */
  readonly #isBus: boolean;
  #subscribed = false;
  #version: number | undefined;

  private constructor(bus: Bus, isBus: boolean) {
    this.#bus = bus;
    this.#isBus = isBus;
  }

  /** @throws TsrunError that says where it was looked for */
  static connect(
    user: boolean,
    sockets: readonly SystemdSocket[] = socketsOf(user),
    limit = LIMIT_MS,
  ): Systemd {
    const failures: unknown[] = [];
    for (const { address, isBus } of sockets) {
      try {
        return new Systemd(openPatiently(address, isBus, limit), isBus);
      } catch (error) {
        failures.push(error);
      }
    }
    const whose = user ? "the user's systemd" : "systemd";
    const reasons = failures.map(describe).join("; ") || "XDG_RUNTIME_DIR is not set";
    throw new TsrunError(`cannot talk to ${whose}: ${reasons}`, { hint: hints[user ? "user" : "system"] });
  }

  /** Its version, such as 257; -1 where it doesn't say. */
  version(): number {
    this.#version ??= parseVersion(this.#managerProperty("Version"));
    return this.#version;
  }

  /** Its own cgroup, below which those of its units are; empty for the root of all. */
  controlGroup(): string {
    const path = this.#managerProperty("ControlGroup");
    return path === "/" ? "" : path;
  }

  #managerProperty(name: string): string {
    const value = this.#property(ROOT, MANAGER, name);
    return value?.type === "s" ? value.value : "";
  }

  #property(path: string, interfaceName: string, name: string): BusValue | undefined {
    using answer = this.#bus.call({
      destination: SYSTEMD,
      path,
      interface: PROPERTIES,
      member: "Get",
      arguments: [text(interfaceName), text(name)],
      subject: name,
    });
    return answer.variant();
  }

  /** Calls a method of the manager that is about a unit. */
  #call(member: string, unit: string, rest: readonly BusArgument[] = []): Received {
    return this.#bus.call({
      destination: SYSTEMD,
      path: ROOT,
      interface: MANAGER,
      member,
      arguments: [text(unit), ...rest],
      subject: unit,
    });
  }

  /**
   * Makes a unit and starts it.
   * @throws BusError when systemd refuses, TsrunError when the job ends otherwise than well
   */
  start(unit: string, properties: readonly UnitProperty[]): void {
    const pairs = properties.map(({ name, value }) => [name, value] as const);
    this.#job("StartTransientUnit", unit, [
      text("replace"),
      { type: "a(sv)", value: pairs },
      { type: "a(sa(sv))", value: [] },
    ]);
  }

  /** Stops a unit; one that is not there is stopped. @returns whether it was there */
  stop(unit: string): boolean {
    try {
      this.#job("StopUnit", unit, [text("replace")]);
      return true;
    } catch (error) {
      if (isBusError(error, noSuchUnit)) return false;
      throw error;
    }
  }

  /** Has the unit forgotten if it has failed (it is kept for who asks why). */
  resetFailed(unit: string): void {
    try {
      this.#call("ResetFailedUnit", unit)[Symbol.dispose]();
    } catch (error) {
      if (!isBusError(error, noSuchUnit)) throw error;
    }
  }

  /** Changes properties of a unit until it ends; nothing of it outlives a reboot. */
  setProperties(unit: string, properties: readonly UnitProperty[]): void {
    const pairs = properties.map(({ name, value }) => [name, value] as const);
    const runtime: BusArgument = { type: "b", value: true };
    this.#call("SetUnitProperties", unit, [runtime, { type: "a(sv)", value: pairs }])[Symbol.dispose]();
  }

  /** What the unit has for these properties; those that this systemd does not know are left out. */
  scopeProperties(unit: string, names: readonly string[]): UnitProperty[] {
    const path = this.#unitPath(unit);
    return names.flatMap((name) => {
      try {
        const value = this.#property(path, `${SYSTEMD}.Scope`, name);
        return value === undefined ? [] : [{ name, value }];
      } catch (error) {
        if (isBusError(error, "org.freedesktop.DBus.Error.UnknownProperty")) return [];
        throw error;
      }
    });
  }

  /** What a unit is doing, such as "active"; undefined where there is none of that name. */
  activeState(unit: string): string | undefined {
    return this.#unitText(unit, "Unit", "ActiveState");
  }

  /** The cgroup of a scope, from the root of the tree; empty where it has none, or there is no such unit. */
  controlGroupOf(unit: string): string {
    return this.#unitText(unit, "Scope", "ControlGroup") ?? "";
  }

  #unitText(unit: string, kind: "Scope" | "Unit", name: string): string | undefined {
    try {
      const value = this.#property(this.#unitPath(unit), `${SYSTEMD}.${kind}`, name);
      return value?.type === "s" ? value.value : undefined;
    } catch (error) {
      if (isBusError(error, noSuchUnit, "org.freedesktop.DBus.Error.UnknownObject")) return undefined;
      throw error;
    }
  }

  #unitPath(unit: string): string {
    using answer = this.#call("GetUnit", unit);
    return answer.text("o");
  }

  /**
   * Moves a process into a unit's cgroup. Where the caller may not write to the cgroup that the process comes from, systemd
   * may.
   * @param subgroup path below the unit's cgroup; empty for that itself
   */
  attach(unit: string, subgroup: string, pid: number): void {
    const rest: BusArgument[] = [text(subgroup), { type: "au", value: [pid] }];
    this.#call("AttachProcessesToUnit", unit, rest)[Symbol.dispose]();
  }

  /** Calls a method that answers with a job, and waits for the end of that. */
  #job(member: string, unit: string, rest: readonly BusArgument[]): void {
    this.#subscribe();
    using answer = this.#call(member, unit, rest);
    const job = answer.text("o");
    let result = "";
    try {
      this.#bus.awaitSignal(MANAGER, "JobRemoved", (signal) => {
        signal.number();
        if (signal.text("o") !== job) return false;
        signal.text();
        result = signal.text();
        return true;
      });
    } catch (cause) {
      throw new TsrunError(`${member} ${unit}: waiting for systemd's job`, { cause });
    }
    if (result !== "done") throw new TsrunError(`${member} ${unit}: systemd's job ended as "${result}"`);
  }

  #subscribe(): void {
    if (!this.#isBus || this.#subscribed) return;
    const rule = `type='signal',sender='${SYSTEMD}',path='${ROOT}',interface='${MANAGER}',member='JobRemoved'`;
    const bus = "org.freedesktop.DBus";
    const [destination, path] = [bus, "/org/freedesktop/DBus"];
    const add = {
      destination,
      path,
      interface: bus,
      member: "AddMatch",
      arguments: [text(rule)],
      subject: "",
    };
    this.#bus.call(add)[Symbol.dispose]();
    const call = { destination: SYSTEMD, path: ROOT, interface: MANAGER, member: "Subscribe", subject: "" };
    this.#bus.call(call)[Symbol.dispose]();
    this.#subscribed = true;
  }

  /** The user whose systemd it is; undefined where it is nobody's in particular. */
  owner(): number | undefined {
    return this.#bus.owner();
  }

  [Symbol.dispose](): void {
    this.#bus[Symbol.dispose]();
  }
}

/** A socket whose queue is full refuses at once (EAGAIN, connect(2)): many containers may be made at the same time. */
function openPatiently(address: string, isBus: boolean, limit: number): Bus {
  let bus: Bus | undefined;
  let failure: unknown;
  eventually(limit, () => {
    try {
      bus = Bus.open(address, isBus, limit);
      return true;
    } catch (error) {
      failure = error;
      return failedCall(error)?.code !== "EAGAIN";
    }
  });
  if (bus === undefined) throw failure;
  return bus;
}

function describe(failure: unknown): string {
  const cause = failure instanceof Error ? failure.cause : undefined;
  return `${messageOf(failure)}${cause === undefined ? "" : `: ${messageOf(cause)}`}`;
}
