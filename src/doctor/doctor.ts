import { messageOf } from "../base/errors.ts";
import { loadNative } from "../sys/koffi.ts";
import { type Finding, needed, ok } from "./finding.ts";
import { judgeCgroups } from "./judge/cgroups.ts";
import { judgeRights, judgeRoot, judgeTools } from "./judge/host.ts";
import { judgeCalls, judgeKernel } from "./judge/kernel.ts";
import { judgeLimits } from "./judge/limits.ts";
import { judgeModules } from "./judge/modules.ts";
import { judgeMapHelpers, judgeNamespaces, judgeProc } from "./judge/namespaces.ts";
import { judgeSystemd } from "./judge/systemd.ts";
import { readCalls } from "./read/calls.ts";
import { readCgroups } from "./read/cgroups.ts";
import { readKernel } from "./read/kernel.ts";
import { readLimits } from "./read/limits.ts";
import { readModules } from "./read/modules.ts";
import { readProcMounts } from "./read/proc.ts";
import { readRights } from "./read/rights.ts";
import { nearestDirectory, readRoot } from "./read/root.ts";
import { readScratch } from "./read/scratch.ts";
import { readSystemd } from "./read/systemd.ts";
import { readTools } from "./read/tools.ts";
import { readUsers } from "./read/users.ts";

/** What was found in one area. */
export interface Section {
  readonly area: string;
  readonly findings: readonly Finding[];
}

/** What a host can do for containers of this user. */
export interface Diagnosis {
  readonly sections: readonly Section[];
  readonly summary: Readonly<Record<Finding["state"], number>>;
  /** Whether nothing is missing that every container needs. */
  readonly canRun: boolean;
}

/** Where engines keep the file systems of containers, whose mounts are the ones with mapped ids. */
const STORAGE = "/var/lib";

/**
 * Looks at all of this host that tsrun uses, or that limits it. What can be tried is tried, in processes and namespaces
 * of its own; nothing of the host changes.
 * @param root directory of the containers' state
 */
export function diagnose(root: string): Diagnosis {
  const native = judgeNative();
  return summarize(
    native.necessary ? [{ area: "executable", findings: [native] }] : sectionsOf(root, native),
  );
}

/** Without koffi nothing else can be looked at. */
function judgeNative(): Finding {
  try {
    loadNative();
    return ok("system calls (koffi)", "can be made");
  } catch (error) {
    return needed("system calls (koffi)", messageOf(error), {
      consequence: "tsrun can do nothing but print its help",
      remedy: "install libstdc++6 and libgcc-s1, which the addon is linked to",
    });
  }
}

function sectionsOf(root: string, native: Finding): Section[] {
  const rights = readRights();
  const isRoot = rights.uid === 0 && !rights.inUserNamespace;
  const caller = { isRoot, noNewPrivileges: rights.noNewPrivileges };
  const users = readUsers();
  const scratch = readScratch(nearestDirectory(STORAGE));
  const proc = readProcMounts();
  return [
    { area: "executable", findings: [native, ...judgeRights(rights)] },
    { area: "kernel", findings: [...judgeKernel(readKernel()), ...judgeCalls(readCalls())] },
    {
      area: "namespaces",
      findings: [...judgeNamespaces(scratch, users, caller), ...judgeMapHelpers(users, caller)],
    },
    { area: "proc", findings: judgeProc(proc, scratch) },
    { area: "cgroups", findings: judgeCgroups(readCgroups(), isRoot) },
    { area: "systemd", findings: judgeSystemd(readSystemd(), isRoot) },
    { area: "security modules", findings: judgeModules(readModules()) },
    { area: "limits", findings: judgeLimits(readLimits()) },
    { area: "state", findings: judgeRoot(readRoot(root)) },
    { area: "programs", findings: judgeTools(readTools()) },
  ];
}

/** Counts what was found. */
export function summarize(sections: readonly Section[]): Diagnosis {
  const all = sections.flatMap(({ findings }) => findings);
  const count = (state: Finding["state"]): number => all.filter((each) => each.state === state).length;
  return {
    sections,
    summary: { ok: count("ok"), limited: count("limited"), missing: count("missing") },
    canRun: !all.some(({ necessary }) => necessary),
  };
}
