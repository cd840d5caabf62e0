import { after, test } from "node:test";
import { knownGap } from "../../helpers/gaps.ts";
import { EngineMachine } from "../machine/machine.ts";
import { type Suite, suites } from "../machine/tree.ts";
import { Containerd, type ContainerdOptions } from "./containerd.ts";
import { LeftoverWatch } from "./leftovers.ts";

/** What a test of containerd is given. */
export interface ContainerdTest {
  readonly machine: EngineMachine;
  readonly containerd: Containerd;
  /** Removes whatever a test that failed has left. */
  reset(): void | Promise<void>;
}

type Body<T> = (given: T) => void | Promise<void>;
type Register<T> = (name: string, body: Body<T>) => void;

/** Registers a test on all releases, or on one. */
export type It<T> = Register<T> & { on(suite: Suite): Register<T> };

/** containerd in a machine that ends with the tests. */
export function startContainerd(suite: Suite, options: ContainerdOptions = {}): ContainerdTest {
  const machine = new EngineMachine(suite);
  after(() => machine.close());
  const containerd = new Containerd(machine, options);
  // The cgroup above all containers of a namespace of containerd's stays, whichever the runtime.
  containerd.once([], "true");
  return { machine, containerd, reset: () => containerd.removeAll() };
}

/**
 * Makes what a file's tests need on each of Debian's releases. Each test runs on all, unless the runtime under test is
 * known to differ, and must leave the machine as `make` has.
 */
export function testsOn<T extends ContainerdTest>(make: (suite: Suite) => T | Promise<T>): It<T> {
  const machines = new Map(suites.map((suite) => [suite, prepare(make, suite)]));
  const register = (suite: Suite, name: string, body: Body<T>): void => {
    test(`${name} (${suite})`, { skip: knownGap(name) ?? false }, async () => {
      const made = await machines.get(suite);
      if (made !== undefined) await runTest(made.given, made.watch, body);
    });
  };
  const it = (name: string, body: Body<T>) => {
    for (const suite of suites) register(suite, name, body);
  };
  return Object.assign(it, {
    on: (suite: Suite) => (name: string, body: Body<T>) => register(suite, name, body),
  });
}

async function prepare<T extends ContainerdTest>(make: (suite: Suite) => T | Promise<T>, suite: Suite) {
  const given = await make(suite);
  return { given, watch: new LeftoverWatch(given.machine, given.containerd.folders) };
}

async function runTest<T extends ContainerdTest>(
  given: T,
  watch: LeftoverWatch,
  body: Body<T>,
): Promise<void> {
  try {
    await body(given);
  } catch (error) {
    await given.reset();
    throw error;
  }
  watch.check();
}
