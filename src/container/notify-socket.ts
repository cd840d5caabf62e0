import { messageOf, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import { makeDirectory } from "../sys/host-directories.ts";
import type { NotifyProxy } from "./notify-proxy.ts";
import type { Prepared } from "./prepare-config.ts";

/** Few containers are a unit's that waits for them. */
const proxy = lazy(() => require("./notify-proxy.ts") as typeof import("./notify-proxy.ts"));

/** The directory in the container's, and where it is found inside: runc's places. */
const OUTSIDE = "notify";
const INSIDE = "/run/notify";
const SOCKET = "notify.sock";

/** Where systemd waits for this process to be ready (sd_notify(3)), or undefined where nobody does. */
function hostSocket(): string | undefined {
  const { NOTIFY_SOCKET: path = "" } = process.env;
  return path === "" ? undefined : path;
}

/**
 * Gives the container's program a socket to say on that it is ready, where somebody waits for that: $NOTIFY_SOCKET, in a
 * directory of its own that is bound into the container, so that `start` can make the socket when it is there to listen.
 * @param directory the container's below --root
 * @returns what init is to make, `prepared` itself where nobody waits
 */
export function withNotifySocket(prepared: Prepared, directory: string): Prepared {
  if (hostSocket() === undefined) return prepared;
  const source = `${directory}/${OUTSIDE}`;
  makeDirectory(source, 0o755);
  const { config, process } = prepared;
  const mount = {
    destination: INSIDE,
    type: "bind",
    source,
    options: ["bind", "nosuid", "noexec", "nodev", "ro"],
  };
  const variable = `NOTIFY_SOCKET=${INSIDE}/${SOCKET}`;
  return {
    ...prepared,
    config: { ...config, mounts: [...(config.mounts ?? []), mount] },
    process: { ...process, env: [...(process.env ?? []), variable] },
  };
}

/**
 * Listens for the container's program, where somebody waits for it to be ready; before it starts.
 * @param directory the container's below --root
 * @param mainProcess whose end is the unit's
 * @throws TsrunError when the container was created where nobody waited, or nobody listens to us
 */
export function listenForReady(directory: string, mainProcess: number): NotifyProxy | undefined {
  const host = hostSocket();
  if (host === undefined) return undefined;
  try {
    return new (proxy().NotifyProxy)(host, `${directory}/${OUTSIDE}/${SOCKET}`, mainProcess);
  } catch (cause) {
    throw new TsrunError("listening for the container to be ready", {
      cause,
      hint: "NOTIFY_SOCKET must be set when the container is created, too, and lead to a socket; or unset it",
    });
  }
}

/** The same for `run`, which goes on where that fails, as runc's does: a shell may have got the variable from a unit. */
export function tryListenForReady(directory: string, mainProcess: number): NotifyProxy | undefined {
  try {
    return listenForReady(directory, mainProcess);
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    log.warn(`${messageOf(error)}: ${messageOf(error.cause)}`);
    return undefined;
  }
}
