import { TsrunError } from "../base/errors.ts";
import { descriptorTarget, isProcHandle } from "../sys/host-proc.ts";

const FIRST_AFTER_STANDARD = 3;

/** Descriptors from 3 on that the caller hands to the container. */
export interface PassedDescriptors {
  readonly count: number;
  /** What tells the container's program of them. */
  readonly environment: readonly string[];
}

/**
 * The sockets of socket activation (sd_listen_fds(3): LISTEN_FDS, meant for this process if LISTEN_PID is its pid),
 * then those of --preserve-fds. The program gets LISTEN_PID=1, as runc sets it: it is the container's first process.
 */
export function passedDescriptors(preserve: number): PassedDescriptors {
  const { LISTEN_FDS: text, LISTEN_PID: receiver, LISTEN_FDNAMES: names } = process.env;
  const count = receiver === String(process.pid) && /^[0-9]+$/.test(text ?? "") ? Number(text) : 0;
  if (count === 0) return { count: preserve, environment: [] };
  const environment = [`LISTEN_FDS=${count}`, "LISTEN_PID=1"];
  if (names !== undefined) environment.push(`LISTEN_FDNAMES=${names}`);
  return { count: count + preserve, environment };
}

/**
 * Refuses to pass on what the caller has not opened: descriptors of our own have taken those places, the JavaScript
 * engine's event queue first of all, or the host's /proc. @throws TsrunError
 */
export function checkPassed(count: number): void {
  for (let fd = FIRST_AFTER_STANDARD; fd < FIRST_AFTER_STANDARD + count; fd++) {
    const target = targetOf(fd);
    if (target !== undefined && target !== "anon_inode:[eventpoll]" && !isProcHandle(fd)) continue;
    throw new TsrunError(`descriptor ${fd} is to be passed on to the container and is not open`, {
      hint: "--preserve-fds and LISTEN_FDS count descriptors from 3 on",
    });
  }
}

function targetOf(fd: number): string | undefined {
  try {
    return descriptorTarget(fd);
  } catch {
    return undefined;
  }
}
