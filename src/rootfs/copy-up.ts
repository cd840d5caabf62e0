import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  fchmodat,
  fstat,
  lchownat,
  makeDevice,
  mknodCall,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_WRONLY,
  openat,
  readLink,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Stat,
  symlinkat,
  tryMkdirat,
} from "../sys/files.ts";

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
  using source = openat(k, from, ".", O_DIRECTORY);
  for (const name of listDirectory(k, source.number)) {
    using entry = openat(k, source.number, name, O_PATH | O_NOFOLLOW);
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
  const { source, name, to, depth } = place;
  const type = stat.mode & S_IFMT;
  if (type === S_IFLNK) symlinkat(k, readLink(k, source, name), to, name);
  else if (type === S_IFDIR) {
    tryMkdirat(k, to, name, stat.mode & 0o7777);
    using from = openat(k, source, name, O_DIRECTORY | O_NOFOLLOW);
    using into = openat(k, to, name, O_DIRECTORY | O_NOFOLLOW);
    copyUp(k, from.number, into.number, depth + 1);
  } else if (type === S_IFREG) copyFile(k, place, stat);
  else k.call(mknodCall(k, to, name, stat.mode, makeDevice(stat.rdevMajor, stat.rdevMinor)));
  lchownat(k, to, name, stat.uid, stat.gid);
  // Making cuts the mode by the umask, a new owner takes its setuid bits.
  if (type !== S_IFLNK) fchmodat(k, to, name, stat.mode & 0o7777);
}

function copyFile(k: Executor, { source, name, to }: Place, stat: Stat): void {
  using from = openOrdinary(k, source, name);
  using into = openat(k, to, name, O_WRONLY | O_CREAT | O_EXCL, stat.mode & 0o7777);
  while (k.call({ name: "sendfile", args: [into.number, from.number, 0, COPY_CHUNK], subject: name }) > 0);
}

/** The name may be another file's by now: opening a FIFO would wait, and a device has what is the host's. */
function openOrdinary(k: Executor, directory: number, name: string): Fd {
  const file = openat(k, directory, name, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
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
