import { after } from "node:test";
import { EngineMachine } from "../machine/machine.ts";
import type { Suite } from "../machine/tree.ts";
import { Dockerd } from "./dockerd.ts";

/** What a file's Docker has of its own. */
export interface Wanted {
  /** Debian's release. */
  readonly suite?: Suite;
  /** In daemon.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** In the daemon's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Made in the machine before the daemon starts. */
  readonly prepare?: (machine: EngineMachine) => void;
}

/** To be called at the top of a test file: Docker in a machine of its own, which must be left empty when the file ends. */
export function dockerForFile(wanted: Wanted = {}): Dockerd {
  const machine = new EngineMachine(wanted.suite);
  // Hooks run in the order they are registered: what closes the machine has to know whether there is a daemon.
  let dockerd: Dockerd | undefined;
  after(async () => {
    try {
      await dockerd?.close();
    } finally {
      await machine.close();
    }
  });
  wanted.prepare?.(machine);
  dockerd = new Dockerd(machine, wanted.config, wanted.env);
  return dockerd;
}
