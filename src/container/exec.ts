import { KilledError, TsrunError } from "../base/errors.ts";
import { asExecError } from "../base/exec-error.ts";
import { lazy } from "../base/lazy.ts";
import { isRoot } from "../base/own-process.ts";
import { managerFrom } from "../cgroups/select.ts";
import { ExecutedProcess } from "../init/exec.ts";
import type { ExecPlan } from "../init/exec-plan.ts";
import type { JoinTarget } from "../init/join-container.ts";
import { allowsGroups } from "../namespaces/user-namespace.ts";
import type { Config, Process, Status } from "../oci/types.ts";
import type { FilterPlan } from "../seccomp/filter.ts";
import type { Fd } from "../sys/fd.ts";
import { openRootOf } from "../sys/host-proc.ts";
import { loadNative } from "../sys/koffi.ts";
import { local } from "../sys/local.ts";
import { pipe } from "../sys/pipe.ts";
import { TerminalChannel } from "../terminal/channel.ts";
import { checkTerminal } from "../terminal/check.ts";
import { connectSocket, pidfdNames } from "../terminal/descriptor-socket.ts";
import { Foreground, type ForegroundProcess } from "../terminal/foreground.ts";
import { ContainerDirectory } from "./directory.ts";
import { ExecCgroup } from "./exec-cgroup.ts";
import {
  changedProcess,
  type ProcessChanges,
  processFromFile,
  type ResolvedProcess,
} from "./exec-process.ts";
import { readFailure } from "./gate.ts";
import { rootOf } from "./init-root.ts";
import type { RuntimeOptions } from "./options.ts";
import { passTerminal } from "./pass-terminal.ts";
import { checkPassed } from "./passed-descriptors.ts";
import { writePidFile } from "./pid-file.ts";
import { pidfdOf } from "./pidfd.ts";
import { processInfo } from "./process-info.ts";
import { attributesOf, capabilitiesOf, checkLabels, filterOf } from "./process-plans.ts";
import type { ContainerRecord } from "./record.ts";
import { savedConfig } from "./saved-config.ts";
import type { SeccompListener } from "./seccomp-listener.ts";
import { shield } from "./shield.ts";
import { explainFailure } from "./start-failure.ts";
import { isAlive, statusOf } from "./status.ts";
import { Undo } from "./undo.ts";
import { EXEC_STOPPED, unlessStopped } from "./unless-stopped.ts";

/** Few filters ask an agent. */
const seccompListener = lazy(
  () => require("./seccomp-listener.ts") as typeof import("./seccomp-listener.ts"),
);

/** Few filters keep a process from saying what has failed. */
const lastWords = lazy(() => require("./last-words.ts") as typeof import("./last-words.ts"));

/** Few machines have resctrl. */
const resctrl = lazy(() => require("./resctrl.ts") as typeof import("./resctrl.ts"));

/** What `exec` is asked for. */
export interface ExecRequest {
  readonly id: string;
  /** File with the process, as in config.json; then `changes` count for nothing. */
  readonly processFile?: string;
  readonly changes: ProcessChanges;
  /** Return once the program runs. */
  readonly detach: boolean;
  readonly pidFile?: string;
  readonly consoleSocket?: string;
  readonly pidfdSocket?: string;
  /** Descriptors after stdio that the process keeps. */
  readonly preserveFds: number;
  /** Paths below the container's cgroup by controller; one for all of them under the empty name. */
  readonly subCgroups: ReadonlyMap<string, string>;
  /** Execute in a paused container, too; the process runs once that is resumed. */
  readonly ignorePaused: boolean;
}

/** The container and what is to be executed in it. */
interface Subject {
  readonly record: ContainerRecord;
  readonly config: Config;
  readonly process: Process;
  readonly init: Fd;
}

/**
 * Executes a program in a running container. Nothing of the container's record is written, nothing is mounted, and any
 * number of these may go on at once.
 * @returns the program's exit status (128 + signal when killed); 0 when detached, once it runs
 * @throws ExecError
 */
export function exec(options: RuntimeOptions, request: ExecRequest): number {
  loadNative();
  shield(request.preserveFds);
  let resolved: ResolvedProcess | undefined;
  try {
    const directory = ContainerDirectory.of(options, request.id);
    const record = directory.read();
    using init = unlessStopped(record, () => running(directory, record, request.ignorePaused));
    const config = unlessStopped(record, () => savedConfig(directory));
    resolved = resolve(config, request);
    const { process } = resolved;
    checkRequest(request, process);
    const subject = { record, config, process, init };
    // Not before: a process file that nobody writes to (a FIFO) must not keep who waits for it from SIGTERM.
    using foreground = request.detach ? undefined : new Foreground(false);
    const started = unlessStopped(record, () => execute(options, request, subject, foreground));
    return foreground === undefined ? 0 : foreground.relay(started);
  } catch (error) {
    throw asExecError(error, resolved?.placeOf);
  }
}

/** The container's init by descriptor: no other process that gets its number later is joined. @throws TsrunError in runc's words */
function running(directory: ContainerDirectory, record: ContainerRecord, ignorePaused: boolean): Fd {
  const status = statusOf(directory, record);
  const refusal = refusals[status];
  if (refusal !== undefined && !(status === "paused" && ignorePaused)) throw new TsrunError(refusal);
  // Until it has become its program, init is nobody's to look at but the host's root's.
  if (status === "created" && !isRoot()) {
    throw new TsrunError("cannot exec in a container that has not been started", {
      hint: "an ordinary user can enter a container once its program runs",
    });
  }
  const init = pidfdOf(record);
  if (init === undefined) throw new TsrunError(refusals.stopped);
  return init;
}

/** Why a program cannot be executed in a container of some status. */
const refusals = {
  creating: "cannot exec in a container that is still being created",
  created: undefined,
  running: undefined,
  paused: "cannot exec in a paused container (use --ignore-paused to override)",
  stopped: EXEC_STOPPED,
} as const satisfies Record<Status, string | undefined>;

function resolve(config: Config, { processFile, changes }: ExecRequest): ResolvedProcess {
  return processFile === undefined ? changedProcess(config, changes) : processFromFile(config, processFile);
}

/** What the command line must not ask of this process. */
function checkRequest({ detach, consoleSocket, preserveFds }: ExecRequest, process: Process): void {
  checkTerminal({ terminal: process.terminal === true, detach, consoleSocket });
  checkPassed(preserveFds);
}

/** Starts the program and returns once it runs. Whatever fails, no process is left. */
function execute(
  options: RuntimeOptions,
  request: ExecRequest,
  subject: Subject,
  foreground: Foreground | undefined,
): ForegroundProcess {
  const { record, config, process } = subject;
  using consoleSocket = connectSocket("console socket", request.consoleSocket);
  using pidfdSocket = connectSocket("pidfd socket", request.pidfdSocket);
  const filter = filterOf(config, options.root);
  using listener = listenerFor(filter);
  using cgroup = new ExecCgroup(options, record, request.subCgroups);
  using channel = process.terminal === true ? new TerminalChannel() : undefined;
  using root =
    config.linux?.namespaces?.some(({ type }) => type === "mount") === true ? undefined : ownRoot(record);
  using result = pipe(local);
  using go = listener === undefined ? undefined : pipe(local);
  using undo = new Undo();
  const executed = ExecutedProcess.launch({
    ...plan(request, subject, root),
    filter,
    cgroup,
    result: result.write.number,
    go: go?.read.number,
    terminal: channel?.child,
    listener: listener?.child,
  });
  undo.push(() => executed.destroy());
  const { hand } = executed;
  if (config.linux?.intelRdt !== undefined) {
    resctrl().ResctrlGroups.enterExisting(record.id, config, hand.pid);
  }
  executed.finish();
  const ptmx = passTerminal(channel, consoleSocket);
  if (ptmx !== undefined) foreground?.attach(ptmx);
  pidfdSocket?.send(hand.pidfd, pidfdNames.exec);
  executed.release();
  result.write[Symbol.dispose]();
  listener?.sendToAgent(executed, record);
  if (go !== undefined) letGo(go.write);
  awaitProgram(executed, result.read, subject, filter);
  executed.settle();
  if (request.pidFile !== undefined) writePidFile(request.pidFile, hand.pid);
  undo.keep();
  return { pid: hand.pid, pidfd: hand.pidfd };
}

function plan(
  { preserveFds }: ExecRequest,
  { record, config, process, init }: Subject,
  root: Fd | undefined,
): Omit<ExecPlan, "filter" | "cgroup" | "result" | "go" | "terminal" | "listener"> {
  const subject = { ...config, process };
  checkLabels(subject);
  const types = new Set((config.linux?.namespaces ?? []).map(({ type }) => type));
  const target: JoinTarget = { init: init.number, types, root: root?.number };
  return {
    id: record.id,
    target,
    process,
    capabilities: capabilitiesOf(config, process),
    attributes: attributesOf(config, process),
    groups: allowsGroups(record.pid),
    keyring: record.noNewKeyring !== true,
    preserve: preserveFds,
  };
}

function listenerFor(filter: FilterPlan | undefined): SeccompListener | undefined {
  if (filter?.listener === undefined) return undefined;
  return new (seccompListener().SeccompListener)(filter.listener);
}

/** The agent has the listener: whatever the process calls from now on is answered. */
function letGo({ number }: Fd): void {
  local.call({ name: "write", args: [number, local.memory.string("g"), 1], subject: "the process's start" });
}

/** Without a mount namespace of its own nothing but its root keeps a container from the host's files. */
function ownRoot(record: ContainerRecord): Fd {
  const root = local.within("opening the container's root", undefined, () => openRootOf(record.pid));
  // Looked at after it was opened: by then its number may be another process's, whose root is the host's.
  if (isAlive(record)) return root;
  root[Symbol.dispose]();
  throw new TsrunError(refusals.stopped);
}

/** Waits until the process has become the program. @throws TsrunError that says why it has not */
function awaitProgram(
  { hand }: ExecutedProcess,
  ended: Fd,
  { record, process, config }: Subject,
  filter: FilterPlan | undefined,
): void {
  let failure = readFailure(ended);
  if (failure === undefined && filter?.isMute === true) {
    failure = lastWords().failureIn(hand.lastRecords());
  }
  if (failure === undefined) {
    // Whoever is killed closes the pipe, too; a zombie still says what it was.
    if (processInfo(hand.pid)?.hasExecuted === false) throw killed(record);
    return;
  }
  using root = rootOf(record.pid);
  throw explainFailure({ ...config, process }, failure, root);
}

function killed({ cgroup }: ContainerRecord): KilledError {
  const hint = "possibly OOM-killed: the container has reached its memory limit before";
  return new KilledError("the process was killed before it executed its program", {
    ...(managerFrom(cgroup).oomKilled() ? { hint } : {}),
  });
}
