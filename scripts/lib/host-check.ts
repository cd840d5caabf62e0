import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

/** What is younger than this has a substitute, but for mapped ids and recursive attributes of mounts (5.12). */
const OLDEST_KERNEL = [5, 10] as const;

function kernelFault(): string | undefined {
  const [major = 0, minor = 0] = release()
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  const [wantedMajor, wantedMinor] = OLDEST_KERNEL;
  const isOld = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  return isOld ? `needs Linux ${OLDEST_KERNEL.join(".")} or later; this is ${release()}` : undefined;
}

function namespaceFaults(): string[] {
  return ["mnt", "pid", "net", "ipc", "uts"]
    .filter((type) => !existsSync(`/proc/self/ns/${type}`))
    .map((type) => `the kernel has no ${type} namespaces`);
}

/** proc_pid_mountinfo(5): the file system's type is the first word after " - ". */
function cgroupFault(): string | undefined {
  const isMounted = / - cgroup2? /.test(readFileSync("/proc/self/mountinfo", "utf8"));
  return isMounted ? undefined : "no cgroup file system is mounted (usually at /sys/fs/cgroup)";
}

/** What this machine lacks to run a container, a line each. */
export function findHostFaults(): string[] {
  return [kernelFault(), ...namespaceFaults(), cgroupFault()].filter((fault) => fault !== undefined);
}
