import { effectiveUid } from "../base/own-process.ts";
import { stringifyExactly } from "../oci/exact-integers.ts";
import type { Seccomp } from "../oci/types.ts";
import { Fd } from "../sys/fd.ts";
import { fstat, O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, readAt, S_IFMT, S_IFREG } from "../sys/files.ts";
import { attemptOn } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { sha256 } from "../sys/sha256.ts";
import { kernelRelease } from "../sys/uname.ts";
import type { Machine } from "./architectures.ts";
import type { CompiledFilter } from "./filter.ts";

// Compiled filters in files of a directory: each is named by what it was compiled from, and has
//   a digest of what follows             64 hexadecimal digits
//   its name                             64 hexadecimal digits
//   flags, length of the unknown names   32 bits each, little-endian
//   the unknown names                    JSON, nothing where there are none
//   the program                          struct sock_filter[]

/** Set by the build (scripts/lib/bundle.ts) to what stands for the compiler's sources. */
declare const TSRUN_SECCOMP: string | undefined;
const compiler = typeof TSRUN_SECCOMP === "string" ? TSRUN_SECCOMP : "unknown";

/** A program is 32 KB at most (BPF_MAXINSNS), names come on top. */
const MAX_SIZE = 1 << 16;
const DIGEST_SIZE = 64;
const [FLAGS, NAMES_LENGTH, NAMES] = [2 * DIGEST_SIZE, 2 * DIGEST_SIZE + 4, 2 * DIGEST_SIZE + 8];
const PERMISSIONS = 0o7777;

/** What stands for all that a filter is compiled from. */
export function filterName(profile: Seccomp, machine: Machine): string {
  const { defaultAction, defaultErrnoRet, architectures, flags, syscalls } = profile;
  const where = [compiler, machine, kernelRelease(local)];
  const what = [defaultAction, defaultErrnoRet, architectures, flags, syscalls];
  return sha256(stringifyExactly([...where, ...what]));
}

/**
 * A filter that was kept (cache-writer.ts), if it is to be had. It is what was written: the file must be ours and nobody
 * else's to read or write, links are not followed, and the digest must be right.
 */
export function loadFilter(directory: string, name: string): CompiledFilter | undefined {
  const file = readOwn(`${directory}/${name}`);
  return file === undefined ? undefined : parse(name, file);
}

/** Whether it has this type and these permissions, and our owner. */
export function isOwn(
  { uid, mode }: { readonly uid: number; readonly mode: number },
  wanted: number,
): boolean {
  return uid === effectiveUid() && (mode & (S_IFMT | PERMISSIONS)) === wanted;
}

/** The bytes of a file that only we can have written; undefined for any other. */
function readOwn(path: string): Uint8Array | undefined {
  const result = attemptOn(path, "openat", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  if (result < 0) return undefined;
  using file = new Fd(local, result);
  const stat = fstat(local, file.number);
  if (!isOwn(stat, S_IFREG | 0o600) || stat.size > MAX_SIZE) return undefined;
  return readAt(local, file.number, 0, stat.size);
}

function parse(name: string, file: Uint8Array): CompiledFilter | undefined {
  if (file.length < NAMES || !beginsWith(file, sha256(file.subarray(DIGEST_SIZE)) + name)) return undefined;
  const numbers = new DataView(file.buffer, file.byteOffset);
  const end = NAMES + numbers.getUint32(NAMES_LENGTH, true);
  const unknown = end === NAMES ? [] : namesIn(file.subarray(NAMES, end));
  return { program: file.subarray(end), flags: numbers.getUint32(FLAGS, true), unknown };
}

function beginsWith(file: Uint8Array, digits: string): boolean {
  for (let at = 0; at < digits.length; at++) {
    if (file[at] !== digits.charCodeAt(at)) return false;
  }
  return true;
}

function namesIn(json: Uint8Array): string[] {
  return JSON.parse(new TextDecoder().decode(json)) as string[];
}

/** The file of a filter with this name. */
export function compose(name: string, { program, flags, unknown }: CompiledFilter): Uint8Array {
  const names = Buffer.from(unknown.length === 0 ? "" : JSON.stringify(unknown));
  const numbers = Buffer.alloc(NAMES - FLAGS);
  numbers.writeUInt32LE(flags, 0);
  numbers.writeUInt32LE(names.length, NAMES_LENGTH - FLAGS);
  const body = Buffer.concat([Buffer.from(name), numbers, names, program]);
  return Buffer.concat([Buffer.from(sha256(body)), body]);
}
