import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  fchown,
  fstat,
  makeDevice,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Stat,
} from "../sys/files.ts";
import { chownIn, linkIn, mknodsIn, openAgain, openIn, symlinkIn, tryMkdirIn } from "../sys/names.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const DT_NAME_OFFSET = 19;
const BUFFER = 32768;
/** Directories nested deeper than this are refused: a descriptor is held for each level. */
const MAX_DEPTH = 64;
/** sendfile(2) copies at most this many bytes a call. */
const COPY_CHUNK = 0x7ffff000;

/**
 * Copies what the directory `from` holds into the directory `to` (mount option `tmpcopyup`): names, modes, owners,
 * symbolic links, devices. Runs in the container's mount namespace, by descriptors only.
 */
export function copyUp(k: Executor, from: number, to: number, depth = 0): void {
  if (depth > MAX_DEPTH) throw new TsrunError(`tmpcopyup: directories are nested deeper than ${MAX_DEPTH}`);
  using source = openAgain(k, from, O_DIRECTORY);
  for (const name of listDirectory(k, source.number)) {
    using entry = openIn(k, source.number, name, O_PATH);
    copyEntry(k, { source: source.number, name, to, depth }, fstat(k, entry.number));
  }
}

interface Place {
  readonly source: number;
  readonly name: string;
  readonly to: number;
  readonly depth: number;
}

function copyEntry(k: Executor, place: Place, stat: Stat): void {
  const { source, name, to } = place;
  const type = stat.mode & S_IFMT;
  if (type === S_IFREG) copyFile(k, place, stat);
  else if (type === S_IFDIR) copyDirectory(k, place, stat);
  else {
    if (type === S_IFLNK) symlinkIn(k, to, name, linkIn(k, source, name) ?? "");
    else makeNode(k, to, name, stat);
    chownIn(k, to, name, stat.uid, stat.gid);
  }
}

function copyDirectory(k: Executor, { source, name, to, depth }: Place, stat: Stat): void {
  tryMkdirIn(k, to, name, stat.mode & 0o7777);
  using from = openIn(k, source, name, O_DIRECTORY);
  using into = openIn(k, to, name, O_DIRECTORY);
  copyUp(k, from.number, into.number, depth + 1);
  settle(k, into, stat);
}

function makeNode(k: Executor, to: number, name: string, { mode, rdevMajor, rdevMinor }: Stat): void {
  const [result = 0] = mknodsIn(k, to, [{ name, mode, device: makeDevice(rdevMajor, rdevMinor) }]);
  if (result < 0) throw new SyscallError("mknodat", -result, JSON.stringify(name));
}

function copyFile(k: Executor, { source, name, to }: Place, stat: Stat): void {
  using from = openOrdinary(k, source, name);
  using into = openIn(k, to, name, O_WRONLY | O_CREAT | O_EXCL, stat.mode & 0o7777);
  while (k.call({ name: "sendfile", args: [into.number, from.number, 0, COPY_CHUNK], subject: name }) > 0);
  settle(k, into, stat);
}

/** Making cuts the mode by the umask, a new owner takes its setuid bits. */
function settle(k: Executor, made: Fd, { mode, uid, gid }: Stat): void {
  fchown(k, made.number, uid, gid);
  k.queue({ name: "fchmod", args: [made.number, mode & 0o7777] });
}

/** The name may be another file's by now: opening a FIFO would wait, and a device has what is the host's. */
function openOrdinary(k: Executor, directory: number, name: string): Fd {
  const file = openIn(k, directory, name, O_NONBLOCK | O_NOCTTY);
  if ((fstat(k, file.number).mode & S_IFMT) === S_IFREG) return file;
  file[Symbol.dispose]();
  throw new TsrunError(`tmpcopyup: ${JSON.stringify(name)} was exchanged while it was copied`);
}

/** The names in a directory but "." and ".." (getdents64(2)). */
function listDirectory(k: Executor, fd: number): string[] {
  const names: string[] = [];
  for (;;) {
    const buffer = k.memory.alloc(BUFFER);
    const length = k.call({ name: "getdents64", args: [fd, buffer, BUFFER] });
    if (length === 0) return names.filter((name) => name !== "." && name !== "..");
    const bytes = Buffer.from(k.memory.read(buffer, length));
    for (let at = 0; at < length; at += bytes.readUInt16LE(at + 16)) {
      const start = at + DT_NAME_OFFSET;
      names.push(bytes.toString("utf8", start, bytes.indexOf(0, start)));
    }
  }
}
