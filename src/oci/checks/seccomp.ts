import { possibleActions } from "../seccomp-actions.ts";
import type { Config, Seccomp, SeccompAction } from "../types.ts";
import type { Report } from "./report.ts";

const NOTIFY = "SCMP_ACT_NOTIFY";
/** What a process comes through with; an agent may let it. */
const passing: ReadonlySet<SeccompAction> = new Set(["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", NOTIFY]);
/** What init does under a filter with a listener, which is there before `start` (init/last-batch.ts). */
const needed = ["read", "execve"] as const;

/** Actions that carry a number, and the greatest errno that the kernel returns (linux/err.h, MAX_ERRNO). */
const numbered: ReadonlySet<SeccompAction> = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);
const MAX_ERRNO = 4095;

/** The first place that has calls answered by an agent. */
function firstNotify({ defaultAction, syscalls = [] }: Seccomp): string | undefined {
  if (defaultAction === NOTIFY) return "/linux/seccomp/defaultAction";
  const index = syscalls.findIndex(({ action }) => action === NOTIFY);
  return index < 0 ? undefined : `/linux/seccomp/syscalls/${index}/action`;
}

/**
 * SCMP_ACT_NOTIFY needs somebody to ask; listenerPath without it counts for nothing, listenerMetadata without that must
 * not be there (runtime-spec, config-linux.md, seccomp). runc refuses the action as the default and for write(2), because
 * its init has to write afterwards; ours writes nothing, and needs less of a profile.
 */
export function checkSeccomp({ linux }: Config, report: Report): void {
  if (linux?.seccomp === undefined) return;
  checkNumbers(linux.seccomp, report);
  const { listenerPath = "", listenerMetadata = "" } = linux.seccomp;
  const notify = firstNotify(linux.seccomp);
  if (notify !== undefined) checkNotify(linux.seccomp, notify, report);
  if (listenerPath === "" && listenerMetadata !== "") {
    report.warn("/linux/seccomp/listenerMetadata", "is told to nobody: there is no listenerPath");
  }
}

function checkNotify(profile: Seccomp, pointer: string, report: Report): void {
  if ((profile.listenerPath ?? "") === "") {
    report.fault(pointer, `${NOTIFY} needs listenerPath, the socket of the agent that answers`);
  }
  for (const name of needed) {
    if (possibleActions(profile, name).some((action) => passing.has(action))) continue;
    report.fault(
      pointer,
      `with ${NOTIFY} a profile must allow ${name}: the container waits to be started under it`,
    );
  }
}

/** As with runc, a number that an action has no use for is no fault; nor is an errno that the kernel cuts to the greatest. */
function checkNumbers({ defaultAction, defaultErrnoRet, syscalls = [] }: Seccomp, report: Report): void {
  const check = (action: SeccompAction, number: number | undefined, pointer: string): void => {
    if (number === undefined) return;
    if (!numbered.has(action)) report.warn(pointer, `counts for nothing: ${action} returns no errno`);
    else if (action === "SCMP_ACT_ERRNO" && number > MAX_ERRNO) {
      report.warn(pointer, `is ${MAX_ERRNO} to the kernel, the greatest errno`);
    }
  };
  check(defaultAction, defaultErrnoRet, "/linux/seccomp/defaultErrnoRet");
  for (const [index, { action, errnoRet }] of syscalls.entries()) {
    check(action, errnoRet, `/linux/seccomp/syscalls/${index}/errnoRet`);
  }
}
