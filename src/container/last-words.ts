import type { Fd } from "../sys/fd.ts";
import {
  AT_FDCWD,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  openat,
  readAll,
  unlinkat,
} from "../sys/files.ts";
import { local } from "../sys/local.ts";
import { flag, record } from "../sys/stub/protocol.ts";
import { isErrno } from "../sys/syscall-error.ts";
import { type LastFailure, lastFailure } from "./gate.ts";

/** More than the records of a batch. */
const LIMIT = 1 << 17;
/** Negated errno values end here. */
const MAX_ERRNO = 4095;

/**
 * Makes the file of a container's directory in which the last batch of its init lies, with what became of each record: init
 * writes that to memory, which no filter can refuse it, before it reports it by write(2), which one can.
 */
export function makeLastFile(directory: string): Fd {
  return openat(local, AT_FDCWD, pathIn(directory), O_RDWR | O_CREAT | O_EXCL, 0o600);
}

/**
 * The record of the last batch that failed, once init has become the program or ended; undefined where none did, or there
 * is no file. The file is removed.
 */
export function takeLastWords(directory: string): LastFailure | undefined {
  const path = pathIn(directory);
  try {
    using file = openat(local, AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
    const records = readAll(local, file.number, LIMIT);
    unlinkat(local, AT_FDCWD, path, true);
    return failureIn(records);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function pathIn(directory: string): string {
  return `${directory}/last`;
}

/** What the first of the records of a last batch says that has failed, if one has. */
export function failureIn(records: Uint8Array): LastFailure | undefined {
  const failed = firstFailed(records);
  return failed === undefined ? undefined : lastFailure(failed);
}

function firstFailed(records: Uint8Array): DataView | undefined {
  for (let at = 0; at + record.size <= records.length; at += record.size) {
    const view = new DataView(records.buffer, records.byteOffset + at, record.size);
    const result = view.getBigInt64(record.result, true);
    const isFailure = result < 0 && result >= -MAX_ERRNO;
    if (isFailure && (view.getUint32(record.flags, true) & flag.allowFailure) === 0) return view;
  }
  return undefined;
}
