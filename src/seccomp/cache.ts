import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { geteuid } from "node:process";
import { messageOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { stringifyExactly } from "../oci/exact-integers.ts";
import type { Seccomp } from "../oci/types.ts";
import { S_IFDIR, S_IFMT, S_IFREG } from "../sys/files.ts";
import { local } from "../sys/local.ts";
import { sha256 } from "../sys/sha256.ts";
import { kernelRelease } from "../sys/uname.ts";
import type { Machine } from "./architectures.ts";
import type { CompiledFilter } from "./filter.ts";

/** Set by the build (scripts/lib/bundle.ts) to what stands for the compiler's sources. */
declare const TSRUN_SECCOMP: string | undefined;
const compiler = typeof TSRUN_SECCOMP === "string" ? TSRUN_SECCOMP : "unknown";

/** Filters that are kept; the containers of a host seldom have more than a handful of profiles. */
const MAX_FILTERS = 64;
/** A program is 32 KB at most (BPF_MAXINSNS), names come on top. */
const MAX_SIZE = 1 << 16;
/** The digest, then flags and the length of the unknown names as 32 bits each. */
const [DIGEST_SIZE, NUMBERS_SIZE] = [64, 8];
const PERMISSIONS = 0o7777;

/** What stands for all that a filter is compiled from. */
export function filterName(profile: Seccomp, machine: Machine): string {
  const { defaultAction, defaultErrnoRet, architectures, flags, syscalls } = profile;
  const where = [compiler, machine, kernelRelease(local)];
  const what = [defaultAction, defaultErrnoRet, architectures, flags, syscalls];
  return sha256(stringifyExactly([...where, ...what]));
}

/**
 * Compiled filters in files of a directory. What it gives back is what it was given: a file must be ours and nobody
 * else's to read or write, links are not followed, and it begins with a digest of its name and of what is in it. Nothing of
 * this ever fails: a filter that is not to be had is compiled, and one that cannot be kept is compiled again.
 *
 * It takes node:fs, which the engine has at hand, as typed calls over koffi take thrice as long for the first time.
 */
export class FilterCache {
  readonly #directory: string;

  /** @param directory ours alone; made when there is a filter to keep, where its parent exists */
  constructor(directory: string) {
    this.#directory = directory;
  }

  load(name: string): CompiledFilter | undefined {
    const file = readOwn(`${this.#directory}/${name}`);
    return file === undefined ? undefined : parse(name, file);
  }

  store(name: string, filter: CompiledFilter): void {
    try {
      this.#makeDirectory();
      this.#write(name, compose(name, filter));
      this.#trim();
    } catch (error) {
      log.debug(`the seccomp filter is not kept: ${messageOf(error)}`);
    }
  }

  #makeDirectory(): void {
    if (lstatSync(this.#directory, { throwIfNoEntry: false }) === undefined) {
      mkdirSync(this.#directory, { mode: 0o700 });
    }
    if (!isOwn(lstatSync(this.#directory), S_IFDIR | 0o700)) {
      throw new TsrunError(`${this.#directory} is not ours alone`);
    }
  }

  /** Beside its place, then renamed: nobody reads half a file. */
  #write(name: string, file: Uint8Array): void {
    const path = `${this.#directory}/${name}`;
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, file, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  }

  /** Removes the oldest, drafts of writers that were killed among them. */
  #trim(): void {
    const names = readdirSync(this.#directory);
    if (names.length <= MAX_FILTERS) return;
    const files = names.map((name) => {
      const path = `${this.#directory}/${name}`;
      return { path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
    });
    files.sort((a, b) => a.time - b.time);
    for (const { path } of files.slice(0, -MAX_FILTERS)) rmSync(path, { force: true, recursive: true });
  }
}

/** Whether it has this type and these permissions, and our owner. */
function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }, wanted: number): boolean {
  return uid === geteuid?.() && (mode & (S_IFMT | PERMISSIONS)) === wanted;
}

/** The bytes of a file that only we can have written; undefined for any other. */
function readOwn(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(fd);
    if (!isOwn(stat, S_IFREG | 0o600) || stat.size > MAX_SIZE) return undefined;
    const file = Buffer.allocUnsafe(stat.size);
    return file.subarray(0, readSync(fd, file, 0, file.length, 0));
  } finally {
    closeSync(fd);
  }
}

function compose(name: string, { program, flags, unknown }: CompiledFilter): Uint8Array {
  const names = Buffer.from(JSON.stringify(unknown));
  const numbers = Buffer.alloc(NUMBERS_SIZE);
  numbers.writeUInt32LE(flags, 0);
  numbers.writeUInt32LE(names.length, 4);
  const body = Buffer.concat([numbers, names, program]);
  return Buffer.concat([Buffer.from(digestOf(name, body)), body]);
}

/** What `compose` made of this name; undefined for anything else. */
function parse(name: string, file: Buffer): CompiledFilter | undefined {
  const body = file.subarray(DIGEST_SIZE);
  if (file.toString("latin1", 0, DIGEST_SIZE) !== digestOf(name, body)) return undefined;
  const end = NUMBERS_SIZE + body.readUInt32LE(4);
  const unknown = JSON.parse(body.toString("utf8", NUMBERS_SIZE, end)) as string[];
  return { program: body.subarray(end), flags: body.readUInt32LE(0), unknown };
}

function digestOf(name: string, body: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(name), body]));
}
