import { TsrunError } from "../base/errors.ts";
import { putText, readText } from "../sys/host-files.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";

/** One value for one file of a cgroup. */
export interface CgroupWrite {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** JSON pointer to the place in config.json that asks for it. */
  readonly pointer: string;
  /** What to write where the kernel lacks `file`: block devices are weighed by whichever scheduler is there. */
  readonly otherwise?: CgroupWrite;
  /** Nothing is amiss where the kernel has no such file. */
  readonly ifPresent?: boolean;
  /**
   * The errno by which the kernel refuses the value while another, which comes after it in the same list, is what it was: it
   * is written again after that one then.
   */
  readonly later?: string;
}

/** Puts a write's value into a file. */
export type Put = (path: string, write: CgroupWrite) => void;

const plainly: Put = (path, { value }) => put(path, value);

/** Writes `value` in one write(2): a cgroup file takes a value whole. The file must be there. */
export function put(path: string, value: string): void {
  putText(path, value);
}

/** A cgroup file's text without its line feed. */
export function get(path: string): string {
  return readText(path).trimEnd();
}

/** Whether `thrown`, or the failure that it names the step of, says that the caller may not. */
export function isRefusal(thrown: unknown): boolean {
  return isErrno(failedCall(thrown), "EACCES", "EPERM", "EROFS");
}

const whereControllersAre =
  "see /proc/cgroups, the cgroup mounts in /proc/self/mountinfo, and cgroup.controllers on cgroup v2";

/** What says in a file of either version that there is no limit. */
const unlimited: ReadonlySet<string> = new Set(["-1", "max"]);

/** Whether a write limits anything. */
export function asksForLimit({ value }: CgroupWrite): boolean {
  return !unlimited.has(value);
}

/** How writes are carried out. */
export interface WriteOptions {
  readonly put?: Put;
  /** The hint for a file that is missing. */
  readonly whereToLook?: string | undefined;
}

/**
 * Carries a write out in a cgroup's directory. Where there is none, nothing is amiss as long as no limit is asked for.
 * @throws TsrunError with controller, file, value, errno and pointer
 */
export function carryOut(
  directory: string | undefined,
  write: CgroupWrite,
  { put = plainly, whereToLook = whereControllersAre }: WriteOptions = {},
): void {
  const { controller, file, value, pointer, otherwise } = write;
  const text = `cgroup controller ${controller}: writing ${JSON.stringify(value)} to`;
  if (directory === undefined) {
    if (!asksForLimit(write)) return;
    throw new TsrunError(`${text} ${file}: the controller is not available`, { pointer, hint: whereToLook });
  }
  try {
    put(`${directory}/${file}`, write);
  } catch (cause) {
    const isMissing = isErrno(cause, "ENOENT");
    if (isMissing && otherwise !== undefined) carryOut(directory, otherwise, { put, whereToLook });
    else if (!isMissing || write.ifPresent !== true) {
      throw new TsrunError(`${text} ${directory}/${file}`, {
        cause,
        pointer,
        ...(isMissing ? { hint: whereToLook } : {}),
      });
    }
  }
}

/** Carries out a controller's writes in their order, but those that can't be yet (`later`) after the others. */
export function carryOutInTurn(writes: readonly CgroupWrite[], carry: (write: CgroupWrite) => void): void {
  const late = writes.filter((write) => !isDone(write, carry));
  for (const write of late) carry(write);
}

function isDone(write: CgroupWrite, carry: (write: CgroupWrite) => void): boolean {
  try {
    carry(write);
    return true;
  } catch (error) {
    if (write.later === undefined || failedCall(error)?.code !== write.later) throw error;
    return false;
  }
}
