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

/** Registers a test. */
export type It<T> = (name: string, body: (given: T) => void | Promise<void>) => void;

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
export function testsOn<T extends ContainerdTest>(
  make: (suite: Suite) => T | Promise<T>,
  on: readonly Suite[] = suites,
): It<T> {
  const machines = on.map(async (suite) => {
    const given = await make(suite);
    return { given, watch: new LeftoverWatch(given.machine, given.containerd.folders) };
  });
  return (name, body) => {
    for (const [index, made] of machines.entries()) {
      test(`${name} (${on[index]})`, { skip: knownGap(name) ?? false }, async () => {
        const { given, watch } = await made;
        await runTest(given, watch, body);
      });
    }
  };
}

async function runTest<T extends ContainerdTest>(
  given: T,
  watch: LeftoverWatch,
  body: (given: T) => void | Promise<void>,
): Promise<void> {
  try {
    await body(given);
  } catch (error) {
    await given.reset();
    throw error;
  }
  watch.check();
}
