import { TsrunError } from "../base/errors.ts";
import { pointerToken } from "../oci/fault.ts";
import type { NetDevice } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { openNamespace } from "../sys/host-proc.ts";
import { cloneFlags, setns } from "../sys/namespaces.ts";
import {
  type Address,
  IFA_F_PERMANENT,
  IFA_F_TEMPORARY,
  IFF_UP,
  type Link,
  type Route,
  RouteSocket,
  SCOPE_GLOBAL,
} from "../sys/route.ts";
import { isErrno } from "../sys/syscall-error.ts";

/** Numbers that are tried for a name with `%d`: as many as the kernel has. */
const MOST_NUMBERS = 32_768;
/** Others may take a name between our look and the move. */
const NAME_TRIES = 8;

/** A device of the runtime's network namespace that the container gets. */
export interface NetDevicePlan {
  readonly name: string;
  /** Its name inside, a number's place marked `%d`; undefined where it keeps the one it has. */
  readonly target: string | undefined;
  /** JSON pointer to its entry. */
  readonly pointer: string;
}

/** A device on its way: what it was, and where it is now. */
export interface NetDeviceMove {
  readonly plan: NetDevicePlan;
  readonly link: Link;
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  /** Its name inside; undefined while it is where it was. */
  inside: string | undefined;
}

/** `linux.netDevices` as a list (config-linux.md, "Network Devices"). */
export function planNetDevices(devices: Readonly<Record<string, NetDevice>>): NetDevicePlan[] {
  return Object.entries(devices).map(([name, { name: target = "" }]) => ({
    name,
    target: target === "" ? undefined : target,
    pointer: `/linux/netDevices/${pointerToken(name)}`,
  }));
}

/** The name for a template: the lowest number that is free, as the kernel counts. @throws TsrunError */
export function numberedName(template: string, taken: ReadonlySet<string>): string {
  for (let number = 0; number < MOST_NUMBERS; number++) {
    const name = template.replace("%d", () => String(number));
    if (!taken.has(name)) return name;
  }
  throw new TsrunError(`every name like ${template} is taken`);
}

/** Addresses that go along: permanent and valid everywhere; others mean something in their old place only. */
export function isKept({ flags, scope }: Address): boolean {
  return (flags & IFA_F_PERMANENT) !== 0 && scope === SCOPE_GLOBAL;
}

/** Addresses that somebody gave: temporary ones the kernel makes up itself (RFC 8981). */
function isGiven({ flags }: Address): boolean {
  return (flags & IFA_F_TEMPORARY) === 0 || (flags & IFA_F_PERMANENT) !== 0;
}

/** Does something that may have been done by then. */
function unlessThere(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

/**
 * Moves network devices between the network namespace of the executor's process and another one. The sockets of both
 * sides stay open: while they do, neither namespace ends, and a device can be brought back.
 */
export class NetDeviceMover implements Disposable {
  readonly #k: Executor;
  readonly #namespace: Fd;
  readonly #home: RouteSocket;
  #otherNamespace: Fd | undefined;
  #other: RouteSocket | undefined;

  /** @throws SyscallError */
  constructor(k: Executor) {
    this.#k = k;
    this.#namespace = openNamespace("thread-self", "net");
    this.#home = RouteSocket.open(k);
  }

  /** The device as it is now. @throws TsrunError where there is none of this name */
  find({ name, pointer }: NetDevicePlan): Link {
    const link = this.#home.link(name);
    if (link !== undefined) return link;
    throw new TsrunError(`there is no network device ${JSON.stringify(name)} to move into the container`, {
      pointer,
      hint: "see ip link",
    });
  }

  /**
   * Opens the other side. The calling thread is in that namespace for one call: a socket belongs to the one in which
   * it was made.
   * @param namespace closed with this
   */
  openOther(namespace: Fd): void {
    const k = this.#k;
    this.#otherNamespace = namespace;
    setns(k, namespace.number, cloneFlags.network, "the container's network namespace");
    try {
      this.#other = RouteSocket.open(k);
    } finally {
      setns(k, this.#namespace.number, cloneFlags.network, "the runtime's network namespace");
      k.flush();
    }
  }

  /** Takes note of a device that is to be moved. @throws TsrunError where it is gone */
  begin(plan: NetDevicePlan): NetDeviceMove {
    const link = this.find(plan);
    const addresses = this.#home.addresses(link.index);
    return { plan, link, addresses, routes: this.#home.routes(link.index), inside: undefined };
  }

  /**
   * Moves a device to the other side, with those addresses that go along, and brings it up (config-linux.md).
   * @throws TsrunError; `bringBack` undoes what has been done of it
   */
  moveOver(move: NetDeviceMove): void {
    const { name, pointer } = move.plan;
    try {
      const link = this.#rename(move);
      for (const address of move.addresses.filter(isKept)) this.#otherSide.addAddress(link.index, address);
      this.#otherSide.bringUp(link);
    } catch (cause) {
      const message = `moving network device ${JSON.stringify(name)} into the container`;
      throw new TsrunError(message, { cause, pointer });
    }
  }

  /** Brings a device back: its name, its addresses and routes, up if it was. @throws TsrunError where it cannot be done whole */
  bringBack({ plan, link, addresses, routes, inside }: NetDeviceMove): void {
    if (inside === undefined) return;
    try {
      const there = this.#otherSide.link(inside);
      if (there === undefined) throw new TsrunError(`it is not there as ${inside}`);
      this.#otherSide.move(there.index, link.name, this.#namespace.number);
      const back = this.find({ ...plan, name: link.name });
      for (const address of addresses.filter(isGiven)) {
        unlessThere(() => this.#home.addAddress(back.index, address));
      }
      if ((link.flags & IFF_UP) !== 0) this.#home.bringUp(back);
      for (const route of routes) unlessThere(() => this.#home.addRoute(back.index, route));
    } catch (cause) {
      throw new TsrunError(`bringing network device ${JSON.stringify(link.name)} back`, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#other?.[Symbol.dispose]();
    this.#otherNamespace?.[Symbol.dispose]();
    this.#home[Symbol.dispose]();
    this.#namespace[Symbol.dispose]();
  }

  get #otherSide(): RouteSocket {
    if (this.#other === undefined) throw new TsrunError("the container's network namespace is not open");
    return this.#other;
  }

  /** Moves a device under its name inside. A name from a template that another took meanwhile is chosen anew. */
  #rename(move: NetDeviceMove): Link {
    const { target = move.link.name } = move.plan;
    const isTemplate = target.endsWith("%d");
    for (let round = 1; ; round++) {
      const taken = new Set(this.#otherSide.links().map(({ name }) => name));
      const name = isTemplate ? numberedName(target, taken) : target;
      if (taken.has(name)) throw new TsrunError(`the container has a network device ${JSON.stringify(name)}`);
      try {
        return this.#carry(move, name);
      } catch (error) {
        if (!isTemplate || round === NAME_TRIES || !isErrno(error, "EEXIST")) throw error;
        this.bringBack(move);
        move.inside = undefined;
      }
    }
  }

  #carry(move: NetDeviceMove, name: string): Link {
    const { link } = move;
    try {
      this.#home.move(link.index, name, (this.#otherNamespace ?? this.#namespace).number);
      move.inside = name;
    } catch (error) {
      // The kernel moves first and renames then: refused the new name, the device is inside under its old one.
      if (this.#home.link(link.name)?.index !== link.index) move.inside = link.name;
      throw error;
    }
    const inside = this.#otherSide.link(name);
    if (inside === undefined) throw new TsrunError(`it is not there as ${name}`);
    return inside;
  }
}
