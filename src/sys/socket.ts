import { TsrunError } from "../base/errors.ts";
import { directoryOf, lastName } from "../base/path.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { AT_FDCWD, O_PATH, openat } from "./files.ts";
import { SyscallError } from "./syscall-error.ts";

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** Bytes of sockaddr_un's sun_path, the final NUL included (unix(7)). */
const PATH_SIZE = 108;
/** struct msghdr, iovec, and a control message of one descriptor (cmsg(3)), on 64-bit machines. */
const MSGHDR_SIZE = 56;
const CMSG_LEN = 20;
const CMSG_SPACE = 24;
const PAYLOAD_SIZE = 4096;
const EAGAIN = 11;

/** Where the parts of one message with one descriptor lie. */
interface Message {
  readonly header: number;
  readonly control: number;
}

/** A connected pair of stream sockets, both close-on-exec. */
export function socketPair(k: Executor): [Fd, Fd] {
  const address = k.memory.alloc(8);
  k.call({ name: "socketpair", args: [AF_UNIX, SOCK_STREAM_CLOEXEC, 0, address] });
  return [new Fd(k, k.memory.getU32(address)), new Fd(k, k.memory.getU32(address + 4))];
}

/**
 * Connects to the stream socket at `path`. Neither this nor a later send waits for its owner for more than `timeout`
 * seconds (SO_SNDTIMEO, then EAGAIN). A path longer than sockaddr_un holds is reached through its descriptor.
 * @throws SyscallError
 */
export function connectUnix(k: Executor, path: string, timeout: number, type = SOCK_STREAM_CLOEXEC): Fd {
  const socket = new Fd(k, k.call({ name: "socket", args: [AF_UNIX, type, 0] }));
  try {
    setSendTimeout(k, socket.number, timeout);
    if (Buffer.byteLength(path) < PATH_SIZE) {
      connect(k, socket.number, path, path);
    } else {
      using target = openat(k, AT_FDCWD, path, O_PATH);
      connect(k, socket.number, `/proc/self/fd/${target.number}`, path);
    }
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/** The same for datagrams. @throws SyscallError */
export function connectDatagrams(k: Executor, path: string, timeout: number): Fd {
  return connectUnix(k, path, timeout, SOCK_DGRAM_CLOEXEC);
}

/** A socket at `path`, made anew, that datagrams are sent to; reads do not wait. @throws SyscallError */
export function bindDatagrams(k: Executor, path: string): Fd {
  const socket = new Fd(
    k,
    k.call({ name: "socket", args: [AF_UNIX, SOCK_DGRAM_CLOEXEC | SOCK_NONBLOCK, 0] }),
  );
  try {
    if (Buffer.byteLength(path) < PATH_SIZE) {
      bind(k, socket.number, path, path);
    } else {
      using directory = openat(k, AT_FDCWD, directoryOf(path), O_PATH);
      bind(k, socket.number, `/proc/self/fd/${directory.number}/${lastName(path)}`, path);
    }
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

function bind(k: Executor, socket: number, path: string, shown: string): void {
  const [address, length] = unixAddress(k, path);
  k.call({ name: "bind", args: [socket, address, length], subject: JSON.stringify(shown) });
}

/** Sends a text in a datagram; it waits as long as `connectDatagrams` was told. @throws SyscallError */
export function sendDatagram(k: Executor, socket: number, text: string): void {
  const data = new TextEncoder().encode(text);
  const args = [socket, k.memory.data(data), data.length, MSG_NOSIGNAL, 0, 0];
  k.call({ name: "sendto", args, subject: JSON.stringify(text) });
}

/** The text of the next datagram, of 4096 bytes at most; undefined where there is none. @throws SyscallError */
export function receiveDatagram(k: Executor, socket: number): string | undefined {
  const buffer = k.memory.alloc(PAYLOAD_SIZE);
  const count = k.attempt({ name: "read", args: [socket, buffer, PAYLOAD_SIZE] });
  if (count === -EAGAIN) return undefined;
  if (count < 0) throw new SyscallError("read", -count, "the next datagram");
  return k.memory.text(buffer, count);
}

function setSendTimeout(k: Executor, socket: number, seconds: number): void {
  const timeval = k.memory.alloc(16);
  k.memory.setAddress(timeval, seconds);
  k.call({
    name: "setsockopt",
    args: [socket, SOL_SOCKET, SO_SNDTIMEO, timeval, 16],
    subject: "SO_SNDTIMEO",
  });
}

function connect(k: Executor, socket: number, path: string, shown: string): void {
  const [address, length] = unixAddress(k, path);
  k.call({ name: "connect", args: [socket, address, length], subject: JSON.stringify(shown) });
}

/**
 * A sockaddr_un in scratch space: its address and its length. A name after "@" is one of the abstract namespace, as
 * elsewhere (Go, systemd).
 */
export function unixAddress(k: Executor, path: string): [address: number, length: number] {
  const abstract = path.startsWith("@");
  const name = new TextEncoder().encode(abstract ? `\0${path.slice(1)}` : `${path}\0`);
  const data = new Uint8Array(2 + name.length);
  data[0] = AF_UNIX;
  data.set(name, 2);
  return [k.memory.data(data), data.length];
}

/**
 * Sends a descriptor of the executor's process with a text beside it (SCM_RIGHTS, unix(7)). The receiver must be
 * there: a broken connection is EPIPE, not a signal.
 * @throws SyscallError
 */
export function sendDescriptor(k: Executor, socket: number, descriptor: number, payload: string): void {
  const data = new TextEncoder().encode(payload);
  const { header, control } = message(k, k.memory.data(data), data.length);
  k.memory.setAddress(control, CMSG_LEN);
  k.memory.setU32(control + 8, SOL_SOCKET);
  k.memory.setU32(control + 12, SCM_RIGHTS);
  k.memory.setU32(control + 16, descriptor);
  k.call({
    name: "sendmsg",
    args: [socket, header, MSG_NOSIGNAL],
    subject: `SCM_RIGHTS ${JSON.stringify(payload)}`,
  });
}

/**
 * Takes a descriptor that has been sent, close-on-exec, and the text that came with it. Does not wait.
 * @throws SyscallError EAGAIN when no message is there; TsrunError when it brings no descriptor
 */
export function receiveDescriptor(k: Executor, socket: number): { descriptor: Fd; payload: string } {
  const buffer = k.memory.alloc(PAYLOAD_SIZE);
  const { header, control } = message(k, buffer, PAYLOAD_SIZE);
  const count = k.call({ name: "recvmsg", args: [socket, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC] });
  if (k.memory.getU32(header + 40) < CMSG_LEN || k.memory.getU32(control + 12) !== SCM_RIGHTS) {
    throw new TsrunError("a message without a descriptor was received");
  }
  return { descriptor: new Fd(k, k.memory.getU32(control + 16)), payload: k.memory.text(buffer, count) };
}

function message(k: Executor, data: number, length: number): Message {
  const vector = k.memory.alloc(16);
  k.memory.setAddress(vector, data);
  k.memory.setAddress(vector + 8, length);
  const control = k.memory.alloc(CMSG_SPACE);
  const header = k.memory.alloc(MSGHDR_SIZE);
  k.memory.setAddress(header + 16, vector);
  k.memory.setAddress(header + 24, 1);
  k.memory.setAddress(header + 32, control);
  k.memory.setAddress(header + 40, CMSG_SPACE);
  return { header, control };
}
