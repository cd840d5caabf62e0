import type { Call, Executor } from "./executor.ts";
import {
  AT_EMPTY_PATH,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  type OpenHow,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
} from "./files.ts";

const ENOENT = 2;
const EAGAIN = 11;
const EEXIST = 17;
const EXDEV = 18;
const ENOTDIR = 20;
const EISDIR = 21;
const ENAMETOOLONG = 36;
const ELOOP = 40;

const PATH_MAX = 4096;
/** As many symbolic links as the kernel follows on one path (path_resolution(7)). */
const MAX_LINKS = 40;
const STATX_SIZE = 256;
/** Type and inode, and since Linux 5.8 the mount. */
const STATX_WANTED = 0x1 | 0x100 | 0x1000;
const STATFS_SIZE = 120;
/** File systems with links that lead where no path does (proc_pid_root(5), securityfs's AppArmor). */
const PROC_SUPER_MAGIC = 0x9fa0;
const SECURITYFS_MAGIC = 0x73636673;
const AAFS_MAGIC = 0x5a3c69f0;
const PROC_ROOT_INODE = 1n;
/** statfs(2) f_flags: links on this mount are not followed. */
const ST_NOSYMFOLLOW = 0x2000;

/** Which file something is. */
interface Place {
  readonly inode: bigint;
  /** Device and mount, for comparison. */
  readonly place: string;
}

/** What is at a name: open (O_PATH), not followed. */
interface Seen extends Place {
  readonly fd: number;
  readonly type: number;
  /** What a symbolic link holds. */
  readonly target: string;
}

/** Names still to go; "." is among them where it is the last. */
interface Way {
  readonly names: readonly string[];
  /** Whether a slash follows the last of them: it must be a directory. */
  readonly directory: boolean;
}

/**
 * openat2(2) for kernels without it (before Linux 5.6), name by name; without RESOLVE_IN_ROOT as RESOLVE_BENEATH. The
 * directories passed stay open, and ".." goes back to the one before: no name is opened but one that lies in a
 * directory so reached. So neither a link nor a rename leads out of the root, whoever makes it and whenever. Links are
 * read, and their names walked likewise; those of procfs and AppArmor that lead elsewhere than they say are refused.
 *
 * Unlike the kernel it does not trigger automounts, and with RESOLVE_NO_XDEV it notices a bind mount of the same file
 * system since Linux 5.8 only (statx(2), STATX_MNT_ID).
 * @returns the descriptor, or the negated errno; -EAGAIN where somebody exchanged the last name meanwhile
 */
export function walk(k: Executor, directory: number, path: string, how: OpenHow): number {
  if (how.resolve === 0) return openPlainly(k, directory, path, how);
  const walker = new Walker(k, directory, how);
  try {
    return walker.open(path);
  } finally {
    walker.close();
  }
}

function openPlainly(k: Executor, directory: number, path: string, { flags, mode = 0 }: OpenHow): number {
  const args = [directory, k.memory.string(path), flags | O_CLOEXEC, mode];
  return k.attempt({ name: "openat", args, subject: JSON.stringify(path) });
}

class Walker {
  readonly #k: Executor;
  readonly #how: OpenHow;
  readonly #root: number;
  /** The directories below the root that the way leads through. */
  #passed: Seen[] = [];
  #links = 0;
  /** What the root is, once it matters. */
  #rootSeen: Place | undefined;

  constructor(k: Executor, root: number, how: OpenHow) {
    this.#k = k;
    this.#root = root;
    this.#how = how;
  }

  open(path: string): number {
    if (path === "") return -ENOENT;
    if (Buffer.byteLength(path) >= PATH_MAX) return -ENAMETOOLONG;
    if (path.startsWith("/") && !this.#wants(RESOLVE_IN_ROOT)) return -EXDEV;
    let way = wayOf(path);
    for (;;) {
      const [name, ...names] = way.names;
      if (name === undefined || name === ".") return this.#openNamed(".");
      const step = name === ".." ? this.#up() : this.#down(name, names.length === 0, way.directory);
      if (typeof step === "number") return step;
      way = step === undefined ? { ...way, names } : joinWays(step, { ...way, names });
    }
  }

  close(): void {
    for (const { fd } of this.#passed) this.#k.close(fd);
    this.#passed = [];
  }

  /** @returns undefined to go on, or the negated errno */
  #up(): number | undefined {
    const left = this.#passed.pop();
    if (left === undefined) return this.#wants(RESOLVE_IN_ROOT) ? undefined : -EXDEV;
    this.#k.close(left.fd);
    return undefined;
  }

  /** @returns undefined to go on, a link's names to go instead, or the result of the whole */
  #down(name: string, last: boolean, directory: boolean): Way | number | undefined {
    const seen = this.#look(name);
    if (last && directory && this.#opens(O_CREAT))
      return typeof seen === "number" ? -EISDIR : this.#refuse(seen, EISDIR);
    if (typeof seen === "number") {
      return seen === -ENOENT && last && this.#opens(O_CREAT) ? this.#openNamed(name) : seen;
    }
    const stops = last && !directory && (this.#opens(O_NOFOLLOW) || this.#opens(O_CREAT | O_EXCL));
    if (seen.type === S_IFLNK && !stops) return this.#follow(seen);
    if (this.#leaves(seen.place)) return this.#refuse(seen, EXDEV);
    if (last) return this.#openLast(seen, name, directory);
    if (seen.type !== S_IFDIR) return this.#refuse(seen, ENOTDIR);
    this.#passed.push(seen);
    return undefined;
  }

  #follow(link: Seen): Way | number {
    if (this.#wants(RESOLVE_NO_SYMLINKS) || this.#links === MAX_LINKS) return this.#refuse(link, ELOOP);
    if (this.#isMagic(link)) return this.#refuse(link, ELOOP);
    this.#links++;
    this.#k.close(link.fd);
    if (link.target.startsWith("/")) {
      if (!this.#wants(RESOLVE_IN_ROOT)) return -EXDEV;
      this.close();
    }
    return wayOf(link.target);
  }

  /** Whether what the link says is not where it leads, or its mount forbids to follow it. */
  #isMagic({ fd, place }: Seen): boolean {
    const buffer = this.#k.memory.alloc(STATFS_SIZE);
    if (this.#k.attempt({ name: "fstatfs", args: [fd, buffer] }) < 0) return true;
    const { memory } = this.#k;
    const type = memory.getU32(buffer);
    if ((memory.getU32(buffer + 80) & ST_NOSYMFOLLOW) !== 0) return true;
    // At the top of procfs are plain ones: self, thread-self, mounts, net.
    if (type === PROC_SUPER_MAGIC) {
      const parent = this.#passed.at(-1) ?? this.#statRoot();
      return parent.place !== place || parent.inode !== PROC_ROOT_INODE;
    }
    return type === SECURITYFS_MAGIC || type === AAFS_MAGIC;
  }

  #openLast(seen: Seen, name: string, directory: boolean): number {
    if (this.#opens(O_CREAT | O_EXCL)) return this.#refuse(seen, EEXIST);
    if (seen.type !== S_IFDIR && (directory || this.#opens(O_DIRECTORY))) return this.#refuse(seen, ENOTDIR);
    if (this.#opens(O_PATH)) return seen.fd;
    this.#k.close(seen.fd);
    return seen.type === S_IFLNK ? -ELOOP : this.#openNamed(name);
  }

  /** Opens a name for what the caller wants to do with it; a link has taken its place only just now. */
  #openNamed(name: string): number {
    const how = { ...this.#how, flags: this.#how.flags | O_NOFOLLOW };
    const fd = openPlainly(this.#k, this.#top, name, how);
    if (fd < 0) return fd === -ELOOP ? -EAGAIN : fd;
    if (!this.#wants(RESOLVE_NO_XDEV)) return fd;
    const buffer = this.#k.memory.alloc(STATX_SIZE);
    this.#k.attempt(this.#statx(fd, buffer));
    if (!this.#leaves(this.#placeAt(buffer))) return fd;
    this.#k.close(fd);
    return -EXDEV;
  }

  #look(name: string): Seen | number {
    const k = this.#k;
    const slot = k.newSlot();
    const buffer = k.memory.alloc(STATX_SIZE);
    const target = k.memory.space(PATH_MAX);
    const open = [this.#top, k.memory.string(name), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0];
    const [fd = -1, status = -1, length = -1] = k.attemptAll([
      { name: "openat", args: open, subject: JSON.stringify(name), store: slot },
      this.#statx(slot, buffer),
      { name: "readlinkat", args: [slot, k.memory.string(""), target, PATH_MAX] },
    ]);
    k.freeSlot(slot);
    if (fd < 0) return fd;
    const { memory } = k;
    const seen = {
      fd,
      type: memory.getU32(buffer + 28) & S_IFMT,
      inode: memory.getU64(buffer + 32),
      place: this.#placeAt(buffer),
      target: length > 0 ? memory.text(target, length) : "",
    };
    if (status < 0) return this.#refuse(seen, -status);
    return seen.type === S_IFLNK && length < 0 ? this.#refuse(seen, -length) : seen;
  }

  #statx(fd: number, buffer: number): Call {
    return { name: "statx", args: [fd, this.#k.memory.string(""), AT_EMPTY_PATH, STATX_WANTED, buffer] };
  }

  /** stx_dev_major, stx_dev_minor, stx_mnt_id. */
  #placeAt(buffer: number): string {
    const { memory } = this.#k;
    return `${memory.getU32(buffer + 136)}:${memory.getU32(buffer + 140)}:${memory.getU64(buffer + 144)}`;
  }

  /** Whether something is on another mount than the root, where that is not wanted. */
  #leaves(place: string): boolean {
    if (!this.#wants(RESOLVE_NO_XDEV)) return false;
    return place !== this.#statRoot().place;
  }

  #statRoot(): Place {
    if (this.#rootSeen !== undefined) return this.#rootSeen;
    const buffer = this.#k.memory.alloc(STATX_SIZE);
    this.#k.call(this.#statx(this.#root, buffer));
    const inode = this.#k.memory.getU64(buffer + 32);
    this.#rootSeen = { inode, place: this.#placeAt(buffer) };
    return this.#rootSeen;
  }

  #refuse({ fd }: Seen, errno: number): number {
    this.#k.close(fd);
    return -errno;
  }

  #wants(resolve: number): boolean {
    return (this.#how.resolve & resolve) !== 0;
  }

  #opens(flags: number): boolean {
    return (this.#how.flags & flags) === flags;
  }

  get #top(): number {
    return this.#passed.at(-1)?.fd ?? this.#root;
  }
}

function wayOf(path: string): Way {
  const names = path.split("/").filter((name) => name !== "");
  const plain = names.filter((name, index) => name !== "." || index === names.length - 1);
  return { names: plain, directory: path.endsWith("/") };
}

/** A link's names before those that were to follow it. */
function joinWays(link: Way, rest: Way): Way {
  if (rest.names.length > 0)
    return {
      names: [...link.names.filter((name) => name !== "."), ...rest.names],
      directory: rest.directory,
    };
  return { names: link.names, directory: link.directory || rest.directory };
}
