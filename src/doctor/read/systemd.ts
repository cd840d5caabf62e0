import { existsSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { socketsOf } from "../../cgroups/systemd/sockets.ts";
import { Systemd } from "../../cgroups/systemd/systemd.ts";
import { sdBus } from "../../sys/sd-bus/library.ts";

/** A systemd that hangs must not hang the doctor. */
const LIMIT_MS = 5000;

/** One systemd: the machine's, or the user's own. */
export interface SystemdAnswer {
  /** 0 where it cannot be reached, -1 where it does not say. */
  readonly version: number;
  /** Why it cannot be reached. */
  readonly refusal?: string;
}

export interface SystemdFacts {
  /** Whether systemd is this machine's first process (sd_booted(3)). */
  readonly booted: boolean;
  /** Whether libsystemd can be loaded. */
  readonly library: boolean;
  /** Undefined where there is none to ask. */
  readonly system: SystemdAnswer | undefined;
  readonly user: SystemdAnswer | undefined;
}

export function readSystemd(): SystemdFacts {
  const booted = existsSync("/run/systemd/system");
  const library = isThere(sdBus);
  const ask = booted && library;
  return {
    booted,
    library,
    system: ask ? answerOf(false) : undefined,
    user: ask && socketsOf(true).length > 0 ? answerOf(true) : undefined,
  };
}

function isThere(load: () => unknown): boolean {
  try {
    load();
    return true;
  } catch {
    return false;
  }
}

function answerOf(user: boolean): SystemdAnswer {
  try {
    using systemd = Systemd.connect(user, socketsOf(user), LIMIT_MS);
    return { version: systemd.version() };
  } catch (error) {
    return { version: 0, refusal: messageOf(error) };
  }
}
