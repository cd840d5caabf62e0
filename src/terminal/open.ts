import { TsrunError } from "../base/errors.ts";
import { cloneTree, moveMount } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  dupOnto,
  fileSystemType,
  fstat,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  S_IFCHR,
  S_IFMT,
  type Stat,
} from "../sys/files.ts";
import { openInRoot, openPlain } from "../sys/in-root.ts";
import { makeDirectoryInRoot } from "../sys/make-in-root.ts";
import { openIn } from "../sys/names.ts";
import { sendDescriptor } from "../sys/socket.ts";
import {
  openPtyPeer,
  ptyNumber,
  setControllingTerminal,
  setsid,
  setWindowSize,
  unlockPty,
} from "../sys/tty.ts";

const DEVPTS_SUPER_MAGIC = 0x1cd1;
/** Device number of every ptmx (Documentation/admin-guide/devices.txt). */
const PTMX = { major: 5, minor: 2 } as const;
/** ws_row and ws_col are 16 bits wide. */
const MAX_SIZE = 65535;
const KEEP_GROUP = -1;
const POINTER = "/process/terminal";

/** A new terminal of a container: both ends are open in the executor's process, close-on-exec. */
export interface Terminal {
  /** The end that is relayed by the runtime or the engine. */
  readonly ptmx: Fd;
  /** The end that the container's process has as its stdio. */
  readonly peer: Fd;
  /** The peer's path inside the container. */
  readonly name: string;
}

/** process.consoleSize of config.json. */
export interface ConsoleSize {
  readonly height: number | bigint;
  readonly width: number | bigint;
}

/** How a terminal is made. */
export interface TerminalOptions {
  /** Descriptor of the container's root in the executor's process. */
  readonly root: number;
  /** Owner of the terminal, as seen in the container: process.user.uid. */
  readonly uid: number;
  readonly size?: ConsoleSize | undefined;
}

/**
 * Makes a terminal in the container's own devpts. Nothing is opened by a name that the container could have put in
 * the way: ptmx comes from a verified devpts, its peer from the kernel (CVE-2025-52565).
 * @param k executor of a process in the container's mount namespace, /dev/pts mounted
 * @throws TsrunError when /dev/pts is no devpts
 */
export function openTerminal(k: Executor, options: TerminalOptions): Terminal {
  return k.within("setting up the terminal", POINTER, () => {
    const ptmx = openPtmx(k, options.root);
    unlockPty(k, ptmx.number);
    const number = ptyNumber(k, ptmx.number);
    const peer = openPtyPeer(k, ptmx.number);
    // devpts gives the peer its group and mode by its own mount options (gid=5,mode=620): only the owner is missing.
    // A user without a mapping keeps a terminal of root's, as runc does it.
    k.queue({ name: "fchown", args: [peer.number, options.uid, KEEP_GROUP], optional: true });
    if (options.size !== undefined) applySize(k, ptmx.number, options.size);
    return { ptmx, peer, name: `/dev/pts/${number}` };
  });
}

function openPtmx(k: Executor, root: number): Fd {
  using devpts = openInRoot(k, root, "dev/pts", O_PATH | O_DIRECTORY);
  if (devpts === undefined || fileSystemType(k, devpts.number) !== DEVPTS_SUPER_MAGIC) {
    throw new TsrunError("/dev/pts is not a devpts file system", {
      pointer: POINTER,
      hint: "mount devpts at /dev/pts with the options newinstance,ptmxmode=0666",
    });
  }
  const ptmx = openPlain(k, devpts.number, "ptmx", O_RDWR | O_NOCTTY, true);
  if (ptmx !== undefined && isPtmx(fstat(k, ptmx.number))) return ptmx;
  ptmx?.[Symbol.dispose]();
  throw new TsrunError("/dev/pts/ptmx is not a terminal multiplexer", { pointer: POINTER });
}

function isPtmx({ mode, rdevMajor, rdevMinor }: Stat): boolean {
  return (mode & S_IFMT) === S_IFCHR && rdevMajor === PTMX.major && rdevMinor === PTMX.minor;
}

/** As runc does, a size with a zero in it is no size. */
function applySize(k: Executor, ptmx: number, { height, width }: ConsoleSize): void {
  if (height === 0 || width === 0) return;
  if (height > MAX_SIZE || width > MAX_SIZE) {
    throw new TsrunError(`a console of ${height} lines of ${width} characters is larger than ${MAX_SIZE}`, {
      pointer: "/process/consoleSize",
    });
  }
  setWindowSize(k, ptmx, { rows: Number(height), columns: Number(width) });
}

/**
 * Bind-mounts the terminal on /dev/console, both ends by descriptor: a symbolic link there, put by the image or raced
 * in, is an error and is never followed (CVE-2025-52565, CVE-2026-88264). The file is made where it is missing.
 */
export function mountConsole(k: Executor, root: number, peer: number): void {
  k.within("mounting the terminal on /dev/console", POINTER, () => {
    using dev = makeDirectoryInRoot(k, root, "/dev");
    using target = openConsole(k, dev.number);
    using source = cloneTree(k, peer, false);
    moveMount(k, source.number, target.number);
  });
}

function openConsole(k: Executor, dev: number): Fd {
  const existing = openPlain(k, dev, "console", O_PATH);
  return existing ?? openIn(k, dev, "console", O_RDONLY | O_CREAT | O_EXCL);
}

/** Sends the ptmx to the runtime (`TerminalChannel.child`) and closes it here. */
export function sendTerminal(k: Executor, terminal: Terminal, channel: number): void {
  k.within("handing over the terminal", POINTER, () => {
    using ptmx = terminal.ptmx;
    sendDescriptor(k, channel, ptmx.number, terminal.name);
  });
}

/**
 * Gives the process the terminal: a session of its own (setsid(2) must not have been called yet), controlled by the
 * terminal, which becomes its stdio. Queued.
 */
export function becomeController(k: Executor, peer: number): void {
  k.within("taking over the terminal", POINTER, () => {
    setsid(k);
    setControllingTerminal(k, peer);
    for (const stdio of [0, 1, 2]) dupOnto(k, peer, stdio);
  });
}
