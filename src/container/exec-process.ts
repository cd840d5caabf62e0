import { TsrunError } from "../base/errors.ts";
import type { PlaceOf } from "../base/exec-error.ts";
import { checkProcess, parseProcess } from "../oci/process.ts";
import type { Capabilities, Config, Process, User } from "../oci/types.ts";
import { readText } from "../sys/host-files.ts";

/** What the command line says of the process, beside what the container's own is like. */
export interface ProcessChanges {
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** Added to the environment. */
  readonly env: readonly string[];
  readonly terminal: boolean;
  readonly user: { readonly uid: number; readonly gid?: number } | undefined;
  /** Added to the groups. */
  readonly additionalGids: readonly number[];
  readonly selinuxLabel: string | undefined;
  readonly apparmorProfile: string | undefined;
  readonly noNewPrivileges: boolean | undefined;
  /** Added to the capabilities. */
  readonly capabilities: readonly string[];
}

/** A process that is to be executed. */
export interface ResolvedProcess {
  readonly process: Process;
  readonly placeOf: PlaceOf;
}

/** Without a file of its own the process is the container's with changes. @throws TsrunError, DocumentError */
export function changedProcess(config: Config, changes: ProcessChanges): ResolvedProcess {
  const { process: base } = config;
  if (base === undefined) throw new TsrunError("the container's config.json has no process");
  if (changes.args.length === 0) throw new TsrunError("exec args cannot be empty");
  const { cwd, terminal, apparmorProfile, selinuxLabel, noNewPrivileges } = changes;
  const user = changedUser(base.user ?? {}, changes);
  const changed = {
    args: changes.args,
    env: [...(base.env ?? []), ...changes.env],
    terminal,
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
    ...(changes.capabilities.length > 0 ? { capabilities: withMore(base.capabilities ?? {}, changes) } : {}),
  };
  const process: Process = { ...base, ...changed };
  checkProcess(process, config, "process");
  return { process, placeOf: (pointer) => (isOf(pointer, changed) ? undefined : `config.json: ${pointer}`) };
}

/**
 * A process out of a file (`--process`). What it does not say of rights and scheduling is as for the container's own, as
 * with runc; limits are not. @throws TsrunError, DocumentError
 */
export function processFromFile(config: Config, path: string): ResolvedProcess {
  const own = parseProcess(textOf(path), path);
  const said = withoutEmpty(own);
  const umask = config.process?.user?.umask;
  const process: Process = {
    ...inherited(config.process),
    ...said,
    noNewPrivileges: own.noNewPrivileges === true,
    user: { ...(umask === undefined ? {} : { umask }), ...own.user },
  };
  checkProcess(process, config, path);
  const given = { ...said, args: [], user: {} };
  const placeOf: PlaceOf = (pointer) =>
    isOf(pointer, given) ? `${path}: ${pointer.slice("/process".length)}` : `config.json: ${pointer}`;
  return { process, placeOf };
}

function textOf(path: string): string {
  try {
    return readText(path);
  } catch (cause) {
    throw new TsrunError("reading the process", { cause });
  }
}

/** Properties that a process shares with the container's own unless it has its own. */
const shared = [
  "capabilities",
  "apparmorProfile",
  "selinuxLabel",
  "oomScoreAdj",
  "scheduler",
  "ioPriority",
  "execCPUAffinity",
] as const satisfies readonly (keyof Process)[];

function inherited(process: Process | undefined): Partial<Process> {
  const own: Partial<Process> = {};
  for (const name of shared) if (process?.[name] !== undefined) Object.assign(own, { [name]: process[name] });
  return own;
}

/** Go writes what is not set as an empty string. */
function withoutEmpty({ apparmorProfile, selinuxLabel, ...rest }: Process): Process {
  return {
    ...rest,
    ...(apparmorProfile ? { apparmorProfile } : {}),
    ...(selinuxLabel ? { selinuxLabel } : {}),
  };
}

function changedUser(base: User, { user, additionalGids }: ProcessChanges): User | undefined {
  if (user === undefined && additionalGids.length === 0) return undefined;
  return { ...base, ...user, additionalGids: [...(base.additionalGids ?? []), ...additionalGids] };
}

/** Never inheritable (CVE-2022-29162); ambient only where the container has inheritable ones, as they must be those, too. */
function withMore(base: Capabilities, { capabilities: added }: ProcessChanges): Capabilities {
  const { bounding = [], effective = [], permitted = [], ambient = [], inheritable } = base;
  return {
    ...base,
    bounding: [...bounding, ...added],
    effective: [...effective, ...added],
    permitted: [...permitted, ...added],
    ...(inheritable === undefined ? {} : { ambient: [...ambient, ...added] }),
  };
}

/** Whether a pointer into config.json leads to one of these properties of its process. */
function isOf(pointer: string, properties: object): boolean {
  const [, section, name = ""] = pointer.split("/");
  return section === "process" && Object.hasOwn(properties, name);
}
