import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { O_CLOEXEC, O_NOCTTY, O_RDWR } from "./files.ts";

/** ioctl_tty(2) requests, from asm-generic/ioctls.h: the same on x86-64 and arm64. */
const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TIOCSCTTY = 0x540e;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;

/** The kernel's struct termios: four words of flags, the line discipline, NCCS control characters. */
const TERMIOS_SIZE = 36;
const IFLAG = 0;
const OFLAG = 4;
const CFLAG = 8;
const LFLAG = 12;
const CC = 17;
const VTIME = 5;
const VMIN = 6;

/** Flags of termios(3). */
const IGNBRK_BRKINT_PARMRK_ISTRIP_INLCR_IGNCR_ICRNL_IXON =
  0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000;
const ONLCR = 0o4;
const ECHO_ECHONL_ICANON_ISIG_IEXTEN = 0o10 | 0o100 | 0o2 | 0o1 | 0o100000;
const CSIZE_PARENB = 0o60 | 0o400;
const CS8 = 0o60;

/** The modes of a terminal as the kernel keeps them (struct termios), opaque but for the functions of this file. */
export type Termios = Uint8Array;

/** A terminal's size in characters and in pixels (0 where unknown). */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
  readonly xPixels?: number;
  readonly yPixels?: number;
}

/** A terminal's modes; undefined when `fd` is no terminal. */
export function tryGetTermios(k: Executor, fd: number): Termios | undefined {
  const address = k.memory.alloc(TERMIOS_SIZE);
  const result = k.attempt({ name: "ioctl", args: [fd, TCGETS, address] });
  return result < 0 ? undefined : k.memory.read(address, TERMIOS_SIZE);
}

/** Sets a terminal's modes at once (TCSETS): neither waits for its output nor discards its input. */
export function setTermios(k: Executor, fd: number, termios: Termios): void {
  k.call({ name: "ioctl", args: [fd, TCSETS, k.memory.data(termios)], subject: "TCSETS" });
}

/**
 * Raw modes for a terminal that is relayed to another one: as cfmakeraw(3), but output processing stays, because the
 * other one ends its lines with a bare line feed.
 */
export function rawModes(termios: Termios): Termios {
  const raw = Uint8Array.from(termios);
  change(raw, IFLAG, IGNBRK_BRKINT_PARMRK_ISTRIP_INLCR_IGNCR_ICRNL_IXON, 0);
  change(raw, LFLAG, ECHO_ECHONL_ICANON_ISIG_IEXTEN, 0);
  change(raw, CFLAG, CSIZE_PARENB, CS8);
  raw[CC + VMIN] = 1;
  raw[CC + VTIME] = 0;
  return raw;
}

/** The same modes with lines that end in a line feed alone (ONLCR off). */
export function withoutCarriageReturns(termios: Termios): Termios {
  const modes = Uint8Array.from(termios);
  change(modes, OFLAG, ONLCR, 0);
  return modes;
}

function change(termios: Termios, offset: number, clear: number, set: number): void {
  const view = new DataView(termios.buffer, termios.byteOffset);
  view.setUint32(offset, ((view.getUint32(offset, true) & ~clear) | set) >>> 0, true);
}

/** A terminal's size; undefined when `fd` is no terminal. */
export function tryGetWindowSize(k: Executor, fd: number): WindowSize | undefined {
  const address = k.memory.alloc(8);
  if (k.attempt({ name: "ioctl", args: [fd, TIOCGWINSZ, address] }) < 0) return undefined;
  const word = (index: number): number => k.memory.view.getUint16(k.memory.offset(address) + index * 2, true);
  return { rows: word(0), columns: word(1), xPixels: word(2), yPixels: word(3) };
}

/** Sets a terminal's size, queued; its foreground processes get a SIGWINCH when it differs. */
export function setWindowSize(k: Executor, fd: number, size: WindowSize, optional = false): void {
  const words = Uint16Array.of(size.rows, size.columns, size.xPixels ?? 0, size.yPixels ?? 0);
  const address = k.memory.data(new Uint8Array(words.buffer));
  const subject = `TIOCSWINSZ ${size.rows}x${size.columns}`;
  k.queue({ name: "ioctl", args: [fd, TIOCSWINSZ, address], subject, optional });
}

/** Allows the peer of a newly opened ptmx to be opened (unlockpt(3)), queued. */
export function unlockPty(k: Executor, ptmx: number): void {
  k.queue({ name: "ioctl", args: [ptmx, TIOCSPTLCK, k.memory.alloc(4)], subject: "TIOCSPTLCK" });
}

/** The number of a ptmx's peer: its name in that devpts. */
export function ptyNumber(k: Executor, ptmx: number): number {
  const address = k.memory.alloc(4);
  k.call({ name: "ioctl", args: [ptmx, TIOCGPTN, address], subject: "TIOCGPTN" });
  return k.memory.getU32(address);
}

/** Opens a ptmx's peer without a path (TIOCGPTPEER, Linux 4.13), close-on-exec, not as the controlling terminal. */
export function openPtyPeer(k: Executor, ptmx: number): Fd {
  const args = [ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC];
  return new Fd(k, k.call({ name: "ioctl", args, subject: "TIOCGPTPEER" }));
}

/** Makes a terminal the controlling one of the calling session's leader (TIOCSCTTY), queued. */
export function setControllingTerminal(k: Executor, fd: number): void {
  k.queue({ name: "ioctl", args: [fd, TIOCSCTTY, 0], subject: "TIOCSCTTY" });
}

/** setsid(2), queued: a session of its own, without a controlling terminal. */
export function setsid(k: Executor): void {
  k.queue({ name: "setsid", args: [] });
}
