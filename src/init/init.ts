import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { allowsGroups } from "../namespaces/user-namespace.ts";
import { joinKeyring } from "../security/keyring.ts";
import type { ProcessLabels } from "../security/labels.ts";
import type { Fd } from "../sys/fd.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { mountConsole, openTerminal, sendTerminal } from "../terminal/open.ts";
import { finish, type Program } from "./finish.ts";
import type { OpenNamespace } from "./join.ts";
import { filterCapabilities, type LastFilter, releaseLast } from "./last-batch.ts";
import { type Launched, launch } from "./launch.ts";
import type { InitPlan } from "./plan.ts";
import { enterRoot, type PreparedRoot, prepareRoot } from "./root.ts";

const labels = lazy(() => require("../security/labels.ts") as typeof import("../security/labels.ts"));

const listener = lazy(() => require("./listener.ts") as typeof import("./listener.ts"));

/**
 * The life of a container's init from the clone to the gate. The caller runs hooks between the steps:
 *
 *   launch          cloned, sealed, in its namespaces, with its id maps and cgroup
 *   prepareRoot     mounts, devices, terminal; the host's tree is still around    ──▶ prestart, createRuntime,
 *                                                                                     createContainer hooks
 *   enterRoot       pivot_root; read-only paths, masks, names, kernel parameters
 *   finish          limits, user, capabilities: all of the container's process but the program
 *   release         waits at the gate, becomes the program                        ──▶ startContainer hooks before it
 *   sendListener    only where its filter has one
 */
export class ContainerInit {
  readonly #plan: InitPlan;
  readonly hand: Hand;
  /** Of the container, until it is left to itself. */
  readonly status = "creating";
  #root: PreparedRoot | undefined;
  #terminal: Fd | undefined;
  #labels: ProcessLabels | undefined;
  #program: Program | undefined;
  /** Its namespaces, for hooks that have no other way into them; until the root is entered. */
  readonly doors: readonly OpenNamespace[] | undefined;
  readonly #companion: Hand | undefined;
  /** What stands for the descriptor of the filter's listener. */
  #listener: number | undefined;

  private constructor(plan: InitPlan, { hand, companion, doors }: Launched) {
    this.#plan = plan;
    this.hand = hand;
    this.#companion = companion;
    this.doors = doors;
  }

  /** Clones init. @throws TsrunError; then no process is left */
  static launch(plan: InitPlan): ContainerInit {
    return new ContainerInit(plan, launch(plan));
  }

  /** Makes everything below the container's root. */
  prepareRoot(): void {
    const { hand: k } = this;
    this.#root = prepareRoot(this.#plan, k);
    this.#makeTerminal(this.#root.fd);
    k.flush();
  }

  /** Enters the container's root for good. */
  enterRoot(): void {
    for (const { fd } of this.doors ?? []) fd[Symbol.dispose]();
    // Here, as the host's /proc may be needed for it.
    this.#labels = this.#openLabels();
    enterRoot(this.#plan, this.hand, this.#openRoot);
  }

  /** Becomes the container's process in everything but the program. */
  finish(): void {
    const { hand: k } = this;
    const { id, process, noNewKeyring, namespaces, groups, passed, capabilities, attributes } = this.#plan;
    using labels = this.#labels;
    if (!noNewKeyring) {
      labels?.labelKeys();
      joinKeyring(k, id, namespaces.types.has("user"));
    }
    const terminal = this.#terminal?.number;
    const filter = this.#filter;
    const untilExec = filter === undefined ? 0n : filterCapabilities(filter);
    const plan = {
      process,
      capabilities,
      attributes,
      inUserNamespace: namespaces.types.has("user"),
      untilExec,
      groups: groups ?? allowsGroups(k.pid),
      labels,
      terminal,
      environment: passed.environment,
    };
    this.#program = finish(k, plan, this.#openRoot.fd.number);
  }

  /** Leaves init to itself, behind the gate. */
  release(): void {
    if (this.#program === undefined) throw new TsrunError("init was released before it was finished");
    const { go, result } = this.#plan.gate;
    const descriptors = { go, result, preserve: this.#plan.passed.count };
    this.#listener = releaseLast(this.hand, this.#program, descriptors, this.#filter);
  }

  /** Sends the listener of the filter, once released, through `InitPlan.listener`. @throws TsrunError: no filter is in force */
  sendListener(): void {
    const { hand: init } = this;
    const [companion, result, channel] = [this.#companion, this.#listener, this.#plan.listener];
    if (companion === undefined || result === undefined || channel === undefined)
      throw new TsrunError("there is no seccomp listener to send");
    listener().sendListener({ init, companion, result, channel });
  }

  /** Ends what has been cloned. */
  destroy(): void {
    this.hand.destroy();
    this.#companion?.destroy();
  }

  get #filter(): LastFilter | undefined {
    const { filter, capabilities, process } = this.#plan;
    if (filter === undefined) return undefined;
    return { filter, capabilities, noNewPrivileges: process.noNewPrivileges === true };
  }

  get #openRoot(): PreparedRoot {
    if (this.#root === undefined) throw new TsrunError("the root was entered before it was prepared");
    return this.#root;
  }

  /** What most containers have none of costs them nothing. */
  #openLabels(): ProcessLabels | undefined {
    const { process } = this.#plan;
    if ((process.apparmorProfile ?? "") === "" && (process.selinuxLabel ?? "") === "") return undefined;
    return labels().ProcessLabels.open(this.hand, process);
  }

  #makeTerminal(root: Fd): void {
    const { process, terminal: channel } = this.#plan;
    if (channel === undefined) return;
    const { hand: k } = this;
    const terminal = openTerminal(k, {
      root: root.number,
      uid: process.user?.uid ?? 0,
      size: process.consoleSize,
    });
    mountConsole(k, root.number, terminal.peer.number);
    this.#terminal = terminal.peer;
    sendTerminal(k, terminal, channel);
  }
}
