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
}

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

/**
 * Carries a write out in a cgroup's directory. Where there is none, nothing is amiss as long as no limit is asked for.
 * @param whereToLook the hint for a file that is missing
 * @throws TsrunError with controller, file, value, errno and pointer
 */
export function carryOut(
  directory: string | undefined,
  write: CgroupWrite,
  whereToLook = whereControllersAre,
): void {
  const { controller, file, value, pointer, otherwise } = write;
  const text = `cgroup controller ${controller}: writing ${JSON.stringify(value)} to`;
  if (directory === undefined) {
    if (!asksForLimit(write)) return;
    throw new TsrunError(`${text} ${file}: the controller is not available`, { pointer, hint: whereToLook });
  }
  try {
    put(`${directory}/${file}`, value);
  } catch (cause) {
    const isMissing = isErrno(cause, "ENOENT");
    if (isMissing && otherwise !== undefined) carryOut(directory, otherwise, whereToLook);
    else if (!isMissing || write.ifPresent !== true) {
      throw new TsrunError(`${text} ${directory}/${file}`, {
        cause,
        pointer,
        ...(isMissing ? { hint: whereToLook } : {}),
      });
    }
  }
}
