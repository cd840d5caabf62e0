import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { joinKeyring } from "../security/keyring.ts";
import type { ProcessLabels } from "../security/labels.ts";
import type { Fd } from "../sys/fd.ts";
import { openRoot } from "../sys/root.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { openTerminal, sendTerminal } from "../terminal/open.ts";
import { type LaunchedInside, launchInside } from "./exec-launch.ts";
import type { ExecPlan } from "./exec-plan.ts";
import { finish, type Program } from "./finish.ts";
import { filterCapabilities, type LastFilter, releaseLast } from "./last-batch.ts";

const labels = lazy(() => require("../security/labels.ts") as typeof import("../security/labels.ts"));

const listener = lazy(() => require("./listener.ts") as typeof import("./listener.ts"));

/**
 * The life of a process that `exec` starts in a running container, from the clone to `execve`:
 *
 *   launch          cloned, in the container's cgroup, sealed, in its namespaces (exec-launch.ts)
 *   finish          terminal, keyring; limits, user, capabilities: all of the process but the program
 *   release         becomes the program; the end of the plan's pipe says so
 *   sendListener    only where its filter has one
 */
export class ExecutedProcess {
  readonly #plan: ExecPlan;
  readonly hand: Hand;
  /** Of the container meanwhile. */
  readonly status = "running";
  readonly #first: Hand;
  #program: Program | undefined;
  /** What stands for the descriptor of the filter's listener. */
  #listener: number | undefined;

  private constructor(plan: ExecPlan, { hand, first }: LaunchedInside) {
    this.#plan = plan;
    this.hand = hand;
    this.#first = first;
  }

  /** @throws TsrunError; then no process is left */
  static launch(plan: ExecPlan): ExecutedProcess {
    return new ExecutedProcess(plan, launchInside(plan));
  }

  /** Becomes the container's process in everything but the program. */
  finish(): void {
    const { hand: k } = this;
    const { id, process, capabilities, attributes, groups, keyring, target } = this.#plan;
    const inUserNamespace = target.types.has("user");
    using root = openRoot(k);
    const terminal = this.#makeTerminal(root);
    using written = this.#openLabels();
    if (keyring) {
      written?.labelKeys();
      joinKeyring(k, id, inUserNamespace);
    }
    const filter = this.#filter;
    const plan = {
      process,
      capabilities,
      attributes,
      inUserNamespace,
      untilExec: filter === undefined ? 0n : filterCapabilities(filter),
      groups,
      labels: written,
      terminal: terminal?.number,
      environment: [],
    };
    this.#program = finish(k, plan, root.number);
  }

  /** Leaves the process to itself: it executes its program, with a listener once it is let go. */
  release(): void {
    if (this.#program === undefined) throw new TsrunError("a process was released before it was finished");
    const { go, result, preserve } = this.#plan;
    this.#listener = releaseLast(this.hand, this.#program, { go, result, preserve }, this.#filter);
  }

  /** Sends the listener of the filter, once released, through `ExecPlan.listener`. @throws TsrunError: no filter is in force */
  sendListener(): void {
    const [result, channel] = [this.#listener, this.#plan.listener];
    if (result === undefined || channel === undefined)
      throw new TsrunError("there is no seccomp listener to send");
    listener().sendListener({ init: this.hand, companion: this.#first, result, channel });
  }

  /** Reaps what the process was cloned by, once it runs its program. */
  settle(): void {
    this.#first.destroy();
  }

  /** Ends what has been cloned. */
  destroy(): void {
    this.hand.destroy();
    this.#first.destroy();
  }

  get #filter(): LastFilter | undefined {
    const { filter, capabilities, process } = this.#plan;
    if (filter === undefined) return undefined;
    return { filter, capabilities, noNewPrivileges: process.noNewPrivileges === true };
  }

  /** What most processes have none of costs them nothing. */
  #openLabels(): ProcessLabels | undefined {
    const { process } = this.#plan;
    if ((process.apparmorProfile ?? "") === "" && (process.selinuxLabel ?? "") === "") return undefined;
    return labels().ProcessLabels.open(this.hand, process);
  }

  /** In the container's own devpts; /dev/console stays that of its first process. @returns the peer */
  #makeTerminal(root: Fd): Fd | undefined {
    const { process, terminal: channel } = this.#plan;
    if (channel === undefined) return undefined;
    const { hand: k } = this;
    const uid = process.user?.uid ?? 0;
    const terminal = openTerminal(k, { root: root.number, uid, size: process.consoleSize });
    sendTerminal(k, terminal, channel);
    return terminal.peer;
  }
}
