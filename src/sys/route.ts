import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  type Attribute,
  acknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeRequest,
  type Message,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  readText,
  readU32,
  text,
  u32,
} from "./netlink.ts";
import { isErrno, SyscallError } from "./syscall-error.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0o2000003;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
/** The kernel sizes the datagrams of a dump by the reader's buffer, up to 32 KiB. */
const BUFFER_SIZE = 32768;
/** A dump that a change went through says so, and is taken again; one that never comes to rest is taken as it is. */
const DUMP_TRIES = 8;

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

/** struct ifinfomsg: family u8, type u16 at 2, index i32 at 4, flags u32 at 8, change u32 at 12. */
const IFINFOMSG_SIZE = 16;
const IFLA_IFNAME = 3;
const IFLA_NET_NS_FD = 28;
/** struct ifaddrmsg: family, prefix length, flags, scope (u8 each), index u32. */
const IFADDRMSG_SIZE = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_FLAGS = 8;

/** struct rtmsg: family, lengths of target and source, tos, table, protocol, scope, type (u8 each), flags u32. */
const RTMSG_SIZE = 12;
const RTA_OIF = 4;
/** What the kernel says of a route beside what it was told: its age and use, and its end. */
const RTA_SAID: ReadonlySet<number> = new Set([RTA_OIF, 12, 23]);
const RTN_UNICAST = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const RTNH_F_ONLINK = 4;
/** Routes that the kernel makes up itself, of addresses and of what routers announce. */
const RTPROT_KERNEL = 2;
const RTPROT_RA = 9;

export const IFF_UP = 1;
export const IFA_F_TEMPORARY = 0x01;
export const IFA_F_PERMANENT = 0x80;
/** What a caller may ask of a new address: no duplicate detection, home address, temporary ones, no route, group. */
const SETTABLE_FLAGS = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;
/** The scope of addresses that are valid everywhere (RT_SCOPE_UNIVERSE). */
export const SCOPE_GLOBAL = 0;

/** A network device as rtnetlink(7) shows it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** IFF_*, netdevice(7). */
  readonly flags: number;
}

/** An address of a network device; `attributes` are the kernel's own, so that it can be given to another device whole. */
export interface Address {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly prefixLength: number;
  readonly scope: number;
  readonly index: number;
  /** IFA_F_*. */
  readonly flags: number;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** A route through one device: the kernel's own header and attributes, so that it can be given back whole. */
export interface Route {
  /** Where it is valid: those of the link (253) come before those through a gateway on it (0). */
  readonly scope: number;
  readonly header: Uint8Array;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** A route that somebody made; undefined for one of the kernel's own. */
function routeOf(body: Uint8Array): Route | undefined {
  const [family = 0, , , , , protocol = 0, , type = 0] = body;
  const isMade = protocol !== RTPROT_KERNEL && protocol !== RTPROT_RA;
  if ((family !== AF_INET && family !== AF_INET6) || !isMade || type !== RTN_UNICAST) return undefined;
  const header = body.slice(0, RTMSG_SIZE);
  header.set(u32(readU32(body.subarray(8)) & RTNH_F_ONLINK), 8);
  return { scope: body[6] ?? 0, header, attributes: decodeAttributes(body, RTMSG_SIZE) };
}

function linkOf(body: Uint8Array): Link {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = decodeAttributes(body, IFINFOMSG_SIZE);
  return {
    index: view.getInt32(4, true),
    name: readText(attributes.get(IFLA_IFNAME)),
    flags: view.getUint32(8, true),
  };
}

function addressOf(body: Uint8Array): Address {
  const [family = 0, prefixLength = 0, flags = 0, scope = 0] = body;
  const attributes = decodeAttributes(body, IFADDRMSG_SIZE);
  const wide = attributes.get(IFA_FLAGS);
  return {
    family,
    prefixLength,
    scope,
    index: readU32(body.subarray(4)),
    flags: wide === undefined ? flags : readU32(wide),
    attributes,
  };
}

function linkHeader(index: number, flags = 0, change = 0): Uint8Array {
  const header = new Uint8Array(IFINFOMSG_SIZE);
  header.set(u32(index), 4);
  header.set(u32(flags), 8);
  header.set(u32(change), 12);
  return header;
}

/**
 * A socket of rtnetlink(7) over an executor. It stays in the network namespace in which it was made, wherever its
 * process goes. Every request waits for its answer; failures are SyscallErrors that name the request and say what the
 * kernel says beside the number.
 */
export class RouteSocket implements Disposable {
  readonly #k: Executor;
  readonly #fd: Fd;
  #sequence = 0;

  private constructor(k: Executor, fd: Fd) {
    this.#k = k;
    this.#fd = fd;
  }

  /** Opens a socket in the executor's network namespace. @throws SyscallError */
  static open(k: Executor): RouteSocket {
    const fd = new Fd(k, k.call({ name: "socket", args: [AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE] }));
    // Both only make failures more telling; a kernel without them (before 4.12) does without.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
      const value = k.memory.data(u32(1));
      k.queue({ name: "setsockopt", args: [fd.number, SOL_NETLINK, option, value, 4], optional: true });
    }
    return new RouteSocket(k, fd);
  }

  /** The device of this name; undefined where there is none. */
  link(name: string): Link | undefined {
    try {
      const [found] = this.#ask(RTM_GETLINK, 0, linkHeader(0), [[IFLA_IFNAME, text(name)]], name);
      return found === undefined ? undefined : linkOf(found.body);
    } catch (error) {
      if (isErrno(error, "ENODEV")) return undefined;
      throw error;
    }
  }

  /** All devices of the namespace. */
  links(): Link[] {
    return this.#dump(RTM_GETLINK, linkHeader(0), "links").map(({ body }) => linkOf(body));
  }

  /** The addresses of a device, of all families. */
  addresses(index: number): Address[] {
    const all = this.#dump(RTM_GETADDR, new Uint8Array(IFADDRMSG_SIZE), "addresses");
    return all.map(({ body }) => addressOf(body)).filter((address) => address.index === index);
  }

  /**
   * Moves a device into another network namespace and gives it a name there; it is down afterwards and has lost its
   * addresses and routes. Not one step: the kernel may have moved it when it refuses the name.
   * @param namespace a descriptor of a namespace file
   */
  move(index: number, name: string, namespace: number): void {
    const attributes: Attribute[] = [
      [IFLA_IFNAME, text(name)],
      [IFLA_NET_NS_FD, u32(namespace)],
    ];
    this.#ask(RTM_NEWLINK, NLM_F_ACK, linkHeader(index), attributes, `move to ${name}`);
  }

  /** Brings a device up. */
  bringUp({ index, name }: Link): void {
    this.#ask(RTM_NEWLINK, NLM_F_ACK, linkHeader(index, IFF_UP, IFF_UP), [], `${name} up`);
  }

  /** Gives a device an address like `address`. Its label goes: it begins with the device's former name. */
  addAddress(index: number, address: Address): void {
    const header = new Uint8Array(IFADDRMSG_SIZE);
    header.set([address.family, address.prefixLength, 0, address.scope]);
    header.set(u32(index), 4);
    const kept = [...address.attributes].filter(([type]) => type !== IFA_LABEL && type !== IFA_FLAGS);
    const attributes: Attribute[] = [...kept, [IFA_FLAGS, u32(address.flags & SETTABLE_FLAGS)]];
    const flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    this.#ask(RTM_NEWADDR, flags, header, attributes, addressText(address));
  }

  /** The routes through a device that it has been given, in the order in which they can be made. */
  routes(index: number): Route[] {
    const all = this.#dump(RTM_GETROUTE, new Uint8Array(RTMSG_SIZE), "routes").map(({ body }) =>
      routeOf(body),
    );
    const through = all.filter((route) => readU32(route?.attributes.get(RTA_OIF)) === index);
    return through.filter((route) => route !== undefined).sort((a, b) => b.scope - a.scope);
  }

  /** Makes a route like `route` through a device, which is up. */
  addRoute(index: number, { header, attributes }: Route): void {
    const told = [...attributes].filter(([type]) => !RTA_SAID.has(type));
    const flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    this.#ask(RTM_NEWROUTE, flags, header, [...told, [RTA_OIF, u32(index)]], "route");
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }

  #dump(type: number, header: Uint8Array, subject: string): readonly Message[] {
    for (let round = 1; ; round++) {
      const messages = this.#ask(type, NLM_F_DUMP, header, [], subject);
      const interrupted = messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      if (!interrupted || round === DUMP_TRIES) return messages;
    }
  }

  /** Sends a request and returns the data of its answer. @throws SyscallError with the kernel's errno and words */
  #ask(
    type: number,
    flags: number,
    header: Uint8Array,
    attributes: readonly Attribute[],
    subject: string,
  ): readonly Message[] {
    const sequence = ++this.#sequence;
    const bytes = encodeRequest({ type, flags: flags | NLM_F_REQUEST, sequence, header, attributes });
    const args = [this.#fd.number, this.#k.memory.data(bytes), bytes.length, 0, 0, 0];
    this.#k.call({ name: "sendto", args, subject: `rtnetlink ${subject}` });
    const data: Message[] = [];
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sequence) continue;
        const end = acknowledgement(message);
        if (end === undefined) data.push(message);
        else if (end.errno === 0) return data;
        else throw new SyscallError("rtnetlink", end.errno, [subject, end.text].filter(Boolean).join(": "));
      }
      // One object is answered by one message and nothing else, unless an acknowledgement was asked for.
      if (data.length > 0 && (flags & (NLM_F_ACK | NLM_F_DUMP)) === 0) return data;
    }
  }

  #receive(): Message[] {
    const buffer = this.#k.memory.space(BUFFER_SIZE);
    const args = [this.#fd.number, buffer, BUFFER_SIZE];
    const length = this.#k.call({ name: "read", args, subject: "rtnetlink answer" });
    return decodeMessages(this.#k.memory.read(buffer, length));
  }
}

/** An address for messages. */
function addressText({ attributes, prefixLength }: Address): string {
  const bytes = [...(attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? [])];
  if (bytes.length === 4) return `${bytes.join(".")}/${prefixLength}`;
  const groups = Array.from({ length: bytes.length / 2 }, (_, place) =>
    (((bytes[place * 2] ?? 0) << 8) | (bytes[place * 2 + 1] ?? 0)).toString(16),
  );
  return `${groups.join(":")}/${prefixLength}`;
}
