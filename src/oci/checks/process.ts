import { didYouMean } from "../suggest.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** The limits of getrlimit(2); a limit's place in the list is its number in the kernel (asm-generic/resource.h). */
export const rlimitTypes = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
  "RLIMIT_NOFILE",
  "RLIMIT_MEMLOCK",
  "RLIMIT_AS",
  "RLIMIT_LOCKS",
  "RLIMIT_SIGPENDING",
  "RLIMIT_MSGQUEUE",
  "RLIMIT_NICE",
  "RLIMIT_RTPRIO",
  "RLIMIT_RTTIME",
] as const;

/** The specification asks for `process` at start only; like runc, we want it when the container is created. */
export function checkCommand({ process }: Config, report: Report): void {
  if (process === undefined) {
    report.fault("/process", "required, but missing");
    return;
  }
  if (process.args === undefined || process.args.length === 0) {
    report.fault("/process/args", "must name the program to run");
  }
  if (!process.cwd.startsWith("/")) {
    report.fault("/process/cwd", `must be an absolute path, found ${JSON.stringify(process.cwd)}`);
  }
}

/** NAME=VALUE with a name, as runc demands of the process (hooks get theirs unread, there as here). */
export function checkEnvironment({ process }: Config, report: Report): void {
  for (const [index, entry] of (process?.env ?? []).entries()) {
    if (entry.indexOf("=") < 1) {
      report.fault(`/process/env/${index}`, `must be NAME=VALUE, found ${JSON.stringify(entry)}`);
    }
  }
}

/** Each limit once (config.md, "POSIX process"), of a known type, soft not above hard (setrlimit(2) EINVAL). */
export function checkLimits({ process }: Config, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { type, soft, hard }] of (process?.rlimits ?? []).entries()) {
    const pointer = `/process/rlimits/${index}`;
    if (!(rlimitTypes as readonly string[]).includes(type)) {
      report.fault(
        `${pointer}/type`,
        `no such limit: ${JSON.stringify(type)}${didYouMean(type, rlimitTypes)}`,
      );
    } else if (seen.has(type)) {
      report.fault(`${pointer}/type`, `${type} occurs twice`);
    }
    seen.add(type);
    if (soft > hard) {
      report.fault(`${pointer}/soft`, `must not be above hard (${hard}), found ${soft}`);
    }
  }
}

/** Lines and columns of a terminal are numbers of 16 bits (struct winsize, ioctl_tty(2)). */
const LARGEST_SIZE = 0xffff;

/** Values that the kernel would refuse only after the container was made: proc_pid_oom_score_adj(5). */
export function checkProcessValues({ process }: Config, report: Report): void {
  const adjustment = process?.oomScoreAdj ?? 0;
  if (adjustment < -1000 || adjustment > 1000) {
    report.fault("/process/oomScoreAdj", `must be from -1000 to 1000, found ${adjustment}`);
  }
  // Without a terminal it is ignored (config.md, "Process").
  if (process?.terminal !== true) return;
  for (const name of ["height", "width"] as const) {
    const size = process.consoleSize?.[name] ?? 0;
    if (size > LARGEST_SIZE) {
      report.fault(`/process/consoleSize/${name}`, `must not be above ${LARGEST_SIZE}, found ${size}`);
    }
  }
}

/** By which the kernel means no id, or no change of it (setresuid(2), chown(2)). */
const NO_ID = 0xffffffff;
/** As many groups as a process may have (setgroups(2), NGROUPS_MAX). */
const MOST_GROUPS = 65_536;

/** Ids that no user and no group has, which the kernel would take for something else. */
export function checkUser({ process }: Config, report: Report): void {
  const { uid, gid, additionalGids = [] } = process?.user ?? {};
  const refuse = (id: number | undefined, place: string): void => {
    if (id === NO_ID) report.fault(`/process/user/${place}`, `${NO_ID} is no id`);
  };
  refuse(uid, "uid");
  refuse(gid, "gid");
  for (const [index, id] of additionalGids.entries()) refuse(id, `additionalGids/${index}`);
  if (additionalGids.length > MOST_GROUPS) {
    report.fault(
      "/process/user/additionalGids",
      `must not be more than ${MOST_GROUPS} groups, found ${additionalGids.length}`,
    );
  }
}
