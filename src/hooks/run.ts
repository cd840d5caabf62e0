import { log } from "../base/log.ts";
import type { HookKind } from "../oci/hook-kinds.ts";
import type { Hook } from "../oci/types.ts";
import type { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import { pipe, setNonBlocking } from "../sys/pipe.ts";
import { POLLIN, poll } from "../sys/poll.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { waitForEnd } from "../sys/wait.ts";
import { HookError, type HookName, type HookOutcome, succeeded } from "./hook-error.ts";
import { type Join, launchProgram, reportedFailure } from "./launch.ts";
import { Receiver, Sender, type Stream } from "./streams.ts";

/** Where and with what hooks of a kind run. */
export interface HookSetting {
  /**
   * The environment of a hook that has no `env` of its own, as in runc: tsrun's for hooks in the runtime's
   * namespaces, the container process's for startContainer. An empty `env` is an empty environment.
   */
  readonly environment: readonly string[];
  /** Working directory, in the mount namespace of the hook; that of tsrun (or what `join` leaves) where absent. */
  readonly directory?: string | undefined;
  /** Enters the namespaces that the hook is to run in. */
  readonly join?: Join | undefined;
}

/** Our ends of the pipes to a hook. */
interface Conversation {
  readonly state: Sender;
  readonly stdout: Receiver;
  readonly stderr: Receiver;
  readonly report: Receiver;
}

/**
 * Runs the hooks of one kind in their order, one after the other (config.md, "POSIX-platform Hooks").
 *
 * The first that fails ends it with an error: create then fails and undoes its work, start stops the container, and so
 * does a failing poststart (runtime.md, lifecycle, steps 3 to 9). Of poststop all run, and failures are warnings
 * (step 13).
 * @throws HookError
 */
export function runHooks(
  kind: HookKind,
  hooks: readonly Hook[] | undefined,
  state: string,
  setting: HookSetting,
): void {
  for (const [index, hook] of (hooks ?? []).entries()) {
    try {
      runHook(kind, index, hook, state, setting);
    } catch (error) {
      if (kind !== "poststop" || !(error instanceof HookError)) throw error;
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
      log.warn(`${error.message}${cause}`);
    }
  }
}

/**
 * Runs one hook to its end: state on standard input, the ends of what it prints kept for the error, killed when its
 * time is over. Once the hook has ended nothing waits for processes that it left behind with its output open.
 * @param state as from `hookState`
 * @throws HookError when it can't be started, fails or takes too long
 */
export function runHook(
  kind: HookKind,
  index: number,
  hook: Hook,
  state: string,
  setting: HookSetting,
): void {
  const name: HookName = { kind, index, path: hook.path };
  const outcome = carryOut(name, hook, state, setting);
  log.debug(`${kind} hook #${index} (${hook.path}) took ${Math.round(outcome.duration)} ms`);
  if (!succeeded(outcome)) throw new HookError(name, { outcome });
}

function carryOut(name: HookName, hook: Hook, state: string, setting: HookSetting): HookOutcome {
  const started = performance.now();
  using input = pipe(local);
  using stdout = pipe(local);
  using stderr = pipe(local);
  using report = pipe(local);
  const theirs = [input.read, stdout.write, stderr.write, report.write];
  const hand = start(name, hook, setting, theirs);
  for (const fd of theirs) fd[Symbol.dispose]();
  for (const fd of [input.write, stdout.read, stderr.read, report.read]) setNonBlocking(local, fd.number);
  const conversation = {
    state: new Sender(local, input.write, state),
    stdout: new Receiver(local, stdout.read),
    stderr: new Receiver(local, stderr.read),
    report: new Receiver(local, report.read),
  };
  const inTime = orEnd(hand, () => converse(hand, conversation, hook.timeout));
  const end = finish(hand);
  const failure = reportedFailure(conversation.report.bytes, hook.path);
  if (failure !== undefined) throw new HookError(name, { cause: failure });
  return {
    end,
    timedOut: inTime ? undefined : hook.timeout,
    duration: performance.now() - started,
    stdout: textOf(conversation.stdout),
    stderr: textOf(conversation.stderr),
  };
}

function start(name: HookName, hook: Hook, setting: HookSetting, theirs: readonly Fd[]): Hand {
  const [input = -1, stdout = -1, stderr = -1, report = -1] = theirs.map((fd) => fd.number);
  const { args = [], env = setting.environment } = hook;
  try {
    return launchProgram({
      path: hook.path,
      args: args.length === 0 ? [hook.path] : args,
      env,
      directory: setting.directory,
      streams: [input, stdout, stderr],
      report,
      join: setting.join,
    });
  } catch (cause) {
    throw new HookError(name, { cause });
  }
}

/** What fails leaves no hook behind: in the container's pid namespace, its zombie would keep init from ending. */
function orEnd<T>(hand: Hand, action: () => T): T {
  try {
    return action();
  } catch (error) {
    hand.destroy();
    throw error;
  }
}

/** Talks with the hook until it ends; kills it when `timeout` seconds have passed. @returns whether it ended by itself */
function converse(hand: Hand, conversation: Conversation, timeout: number | undefined): boolean {
  const streams: readonly Stream[] = Object.values(conversation);
  let deadline = timeout === undefined ? undefined : performance.now() + timeout * 1000;
  let killed = false;
  for (;;) {
    const active = streams.flatMap((stream) => {
      const { interest } = stream;
      return interest === undefined ? [] : [{ stream, interest }];
    });
    const interests = [...active.map(({ interest }) => interest), { fd: hand.pidfd, events: POLLIN }];
    const left = deadline === undefined ? undefined : Math.max(0, Math.ceil(deadline - performance.now()));
    const events = poll(local, interests, left);
    active.forEach(({ stream }, index) => {
      if (events[index] !== 0) stream.act();
    });
    if (events[active.length] !== 0) break;
    if (deadline === undefined || performance.now() < deadline) continue;
    hand.kill();
    killed = true;
    deadline = undefined;
  }
  for (const receiver of [conversation.stdout, conversation.stderr, conversation.report]) receiver.act();
  return !killed;
}

function finish(hand: Hand): HookOutcome["end"] {
  const end = waitForEnd(local, hand.pidfd);
  local.queue({ name: "close", args: [hand.pidfd], optional: true });
  hand.memory.unmap();
  return end;
}

function textOf(receiver: Receiver): string {
  return new TextDecoder().decode(receiver.bytes);
}
