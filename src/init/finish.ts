import { lazy } from "../base/lazy.ts";
import type { Process } from "../oci/types.ts";
import type { Attributes } from "../security/attributes.ts";
import { applyBoundingSet, applyCapabilities, type CapabilityPlan } from "../security/capabilities.ts";
import { homeOf, processEnvironment } from "../security/environment.ts";
import type { ProcessLabels } from "../security/labels.ts";
import { applyLimits } from "../security/limits.ts";
import { giveStandardStreams, takeUser } from "../security/user.ts";
import type { Executor } from "../sys/executor.ts";
import { readInRoot } from "../sys/in-root.ts";
import { setNoNewPrivileges } from "../sys/prctl.ts";
import { setDumpable } from "../sys/process.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { setsid } from "../sys/tty.ts";
import { becomeController } from "../terminal/open.ts";
import { findProgram } from "./program.ts";
import { enterWorkingDirectory, enterWorkingDirectoryAsUser } from "./working-directory.ts";

const attributes = lazy(
  () => require("../security/attributes.ts") as typeof import("../security/attributes.ts"),
);

/** Bytes of /etc/passwd that are looked at: some thousand users. */
const PASSWD_LIMIT = 1 << 17;

/** What makes a process of ours the container's. */
export interface FinishPlan {
  readonly process: Process;
  readonly capabilities: CapabilityPlan;
  /** Scheduling, I/O priority, memory policy and domain, where any of them is asked for. */
  readonly attributes: Attributes | undefined;
  /** Whether it is in a user namespace beside the host's. */
  readonly inUserNamespace: boolean;
  /** Capabilities that stay permitted, beside the container's own, until execve(2) takes them. */
  readonly untilExec: bigint;
  /** Whether setgroups(2) is allowed (user_namespaces(7)). */
  readonly groups: boolean;
  /** Variables beside those of config.json. */
  readonly environment: readonly string[];
  /** Its AppArmor profile and SELinux label, open to be written, if it gets one. */
  readonly labels: ProcessLabels | undefined;
  /** The peer of its terminal in the hand, if it has one. */
  readonly terminal: number | undefined;
}

/** The program and the environment that it is executed with. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

/**
 * Turns the hand, which is in its namespaces and root, from one of the runtime's processes into one of the
 * container's. In this order:
 *
 * 1. session, terminal, the ownership of its streams (of the terminal, not of the caller's): while it still has the
 *    privileges for them;
 * 2. profile and label for the program: no_new_privs would keep a confined process from asking for another;
 * 3. working directory, then resource limits, under which it might not open a file any more;
 * 4. scheduling (CAP_SYS_NICE; limits may allow it to those without) and its like: after the session, as the I/O
 *    priority is a process group's, and late, as a process of low rank is slow from then on;
 * 5. bounding set (CAP_SETPCAP), groups and user (CAP_SETGID, CAP_SETUID), then the capabilities that stay;
 * 6. no_new_privs, which nothing before may need;
 * 7. no dump and no tracing again: the change of user has reset that (and the parent-death signal, which a hand renews);
 * 8. the program, looked up with the user's own rights.
 */
export function finish(k: Hand, plan: FinishPlan, root: number): Program {
  const { process } = plan;
  const environment = processEnvironment([...(process.env ?? []), ...plan.environment], () =>
    homeInRoot(k, root, process.user?.uid ?? 0),
  );
  if (plan.terminal === undefined) k.within("starting a session", undefined, () => setsid(k));
  else becomeController(k, plan.terminal);
  giveStandardStreams(k, process.user?.uid ?? 0);
  plan.labels?.applyAtExec();
  const entered = enterWorkingDirectory(k, root, process.cwd);
  applyLimits(k, process.rlimits, plan.inUserNamespace ? k.pid : undefined);
  if (plan.attributes !== undefined) attributes().applyAttributes(k, k.pid, plan.attributes);
  becomeUser(k, plan);
  if (!entered) enterWorkingDirectoryAsUser(k, process.cwd);
  k.flush();
  const args = process.args ?? [];
  return { path: findProgram(k, args[0] ?? "", environment), args, environment };
}

function becomeUser(k: Hand, { process, capabilities, groups, untilExec }: FinishPlan): void {
  k.within("applying capabilities", "/process/capabilities", () => {
    applyBoundingSet(k, capabilities);
    takeUser(k, process.user, groups);
    applyCapabilities(k, { ...capabilities, permitted: capabilities.permitted | untilExec });
  });
  k.within("preparing container init", undefined, () => {
    if (process.noNewPrivileges === true) setNoNewPrivileges(k);
    setDumpable(k, false);
  });
}

/** The user's home in the container's own /etc/passwd; "/" where it cannot be read. */
function homeInRoot(k: Executor, root: number, uid: number): string {
  const passwd = readInRoot(k, root, "/etc/passwd", PASSWD_LIMIT);
  return passwd === undefined ? "/" : homeOf(new TextDecoder().decode(passwd), uid);
}
