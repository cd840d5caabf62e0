import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/**
 * SCMP_ACT_NOTIFY needs somebody to ask; listenerPath without it counts for nothing, listenerMetadata without that must
 * not be there (runtime-spec, config-linux.md, seccomp). runc refuses the action as the default and for write(2), because
 * its init has to write to it afterwards; ours writes nothing.
 */
export function checkSeccomp({ linux }: Config, report: Report): void {
  if (linux?.seccomp === undefined) return;
  const { defaultAction, syscalls = [], listenerPath = "", listenerMetadata = "" } = linux.seccomp;
  const pointers = syscalls.flatMap(({ action }, index) =>
    action === "SCMP_ACT_NOTIFY" ? [`/linux/seccomp/syscalls/${index}/action`] : [],
  );
  if (defaultAction === "SCMP_ACT_NOTIFY") pointers.unshift("/linux/seccomp/defaultAction");
  const [first] = pointers;
  if (listenerPath === "" && first !== undefined) {
    report.fault(first, "SCMP_ACT_NOTIFY needs listenerPath, the socket of the agent that answers");
  }
  if (listenerPath === "" && listenerMetadata !== "") {
    report.warn("/linux/seccomp/listenerMetadata", "is told to nobody: there is no listenerPath");
  }
}
