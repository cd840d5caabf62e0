import { TsrunError } from "../base/errors.ts";

/**
 * Netlink's bytes (netlink(7)): a message is struct nlmsghdr, the family's own header, and attributes, each of them
 * aligned to four bytes. Pure; `route.ts` sends and receives.
 *
 *   nlmsghdr   length u32 · type u16 · flags u16 · sequence u32 · port u32
 *   attribute  length u16 · type u16 · value
 */

const HEADER_SIZE = 16;
const ATTRIBUTE_HEADER_SIZE = 4;
/** The two highest bits of an attribute's type say how it is coded: nested, in network byte order. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** The acknowledgement leaves out the request (NETLINK_CAP_ACK), and attributes follow (NETLINK_EXT_ACK). */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** One attribute: its type and its value's bytes. */
export type Attribute = readonly [type: number, value: Uint8Array];

/** What is asked of the kernel. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The family's header: struct ifinfomsg, struct ifaddrmsg, …. */
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** One message of an answer. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** The end of an answer: errno is 0 where all went well. */
export interface Acknowledgement {
  readonly errno: number;
  /** What the kernel says beside the number (NETLINK_EXT_ACK, Linux 4.12); empty where it says nothing. */
  readonly text: string;
}

const align = (length: number): number => (length + 3) & ~3;
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A number as an attribute's value, in the machine's byte order (little on all that tsrun runs on). */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

/** A NUL-terminated text as an attribute's value. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** A value's number; 0 where it has fewer than four bytes. */
export function readU32(value: Uint8Array | undefined): number {
  return value === undefined || value.length < 4 ? 0 : viewOf(value).getUint32(0, true);
}

/** A value's text, up to its NUL. */
export function readText(value: Uint8Array | undefined): string {
  return new TextDecoder().decode(value ?? new Uint8Array()).replace(/\0.*$/s, "");
}

/** The bytes of a request. */
export function encodeRequest({ type, flags, sequence, header, attributes }: Request): Uint8Array {
  const size = attributes.reduce(
    (total, [, value]) => total + align(ATTRIBUTE_HEADER_SIZE + value.length),
    HEADER_SIZE + align(header.length),
  );
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  view.setUint32(0, size, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(header, HEADER_SIZE);
  let offset = HEADER_SIZE + align(header.length);
  for (const [kind, value] of attributes) {
    view.setUint16(offset, ATTRIBUTE_HEADER_SIZE + value.length, true);
    view.setUint16(offset + 2, kind, true);
    bytes.set(value, offset + ATTRIBUTE_HEADER_SIZE);
    offset += align(ATTRIBUTE_HEADER_SIZE + value.length);
  }
  return bytes;
}

/** The messages that one datagram holds. @throws TsrunError where it is cut off */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  const view = viewOf(bytes);
  for (let offset = 0; offset + HEADER_SIZE <= bytes.length; ) {
    const length = view.getUint32(offset, true);
    if (length < HEADER_SIZE || offset + length > bytes.length) {
      throw new TsrunError(`a netlink message of ${length} bytes does not fit its datagram`);
    }
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      body: bytes.subarray(offset + HEADER_SIZE, offset + length),
    });
    offset += align(length);
  }
  return messages;
}

/** The attributes that follow a family's header of `headerSize` bytes; the last of a type counts. */
export function decodeAttributes(body: Uint8Array, headerSize: number): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(body);
  for (let offset = align(headerSize); offset + ATTRIBUTE_HEADER_SIZE <= body.length; ) {
    const length = view.getUint16(offset, true);
    if (length < ATTRIBUTE_HEADER_SIZE || offset + length > body.length) {
      throw new TsrunError(`a netlink attribute of ${length} bytes does not fit its message`);
    }
    const type = view.getUint16(offset + 2, true) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, body.subarray(offset + ATTRIBUTE_HEADER_SIZE, offset + length));
    offset += align(length);
  }
  return attributes;
}

/** What a message says of the request's end; undefined for one that brings data. */
export function acknowledgement({ type, flags, body }: Message): Acknowledgement | undefined {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return undefined;
  const errno = body.length < 4 ? 0 : Math.abs(viewOf(body).getInt32(0, true));
  if (type === NLMSG_DONE || (flags & NLM_F_ACK_TLVS) === 0) return { errno, text: "" };
  // struct nlmsgerr: the number, then the request's header and, unless capped, the rest of the request.
  const request = (flags & NLM_F_CAPPED) === 0 ? readU32(body.subarray(4)) : HEADER_SIZE;
  return { errno, text: readText(decodeAttributes(body, 4 + request).get(NLMSGERR_ATTR_MSG)) };
}
