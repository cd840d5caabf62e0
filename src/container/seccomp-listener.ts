import { TsrunError } from "../base/errors.ts";
import type { State, Status } from "../oci/types.ts";
import { ociVersion } from "../oci/version.ts";
import type { Listener } from "../seccomp/filter.ts";
import { DescriptorChannel } from "../sys/descriptor-channel.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, fstat, O_PATH, openat, S_IFMT, S_IFSOCK } from "../sys/files.ts";
import { local } from "../sys/local.ts";
import { DescriptorSocket } from "../terminal/descriptor-socket.ts";
import type { ContainerRecord } from "./record.ts";

const POINTER = "/linux/seccomp/listenerPath";
const HINT = "the seccomp agent must listen there before the container is created";

/** A process whose filter has a listener. */
export interface ListenerSource {
  /** The process, under its filter. */
  readonly hand: { readonly pid: number };
  /** That of the container at this moment. */
  readonly status: Status;
  sendListener(): void;
}

/**
 * Brings the listener of a container's filter to its agent (runtime-spec, config-linux.md, "The Container Process State").
 * That the agent's socket is there is seen before anything is made. It is connected only when there is something to send:
 * agents take one connection after the other, and one that waited for a hook's end would keep others waiting.
 */
export class SeccompListener extends DescriptorChannel {
  readonly #listener: Listener;

  /** @throws TsrunError naming the path where there is no socket */
  constructor(listener: Listener) {
    checkSocket(listener.path);
    super();
    this.#listener = listener;
  }

  /** Takes the listener of a process that has been released and sends it on. @throws TsrunError naming the path */
  sendToAgent(source: ListenerSource, record: ContainerRecord): void {
    source.sendListener();
    using descriptor = this.#receive();
    const { path, metadata } = this.#listener;
    try {
      using socket = new DescriptorSocket("seccomp agent", path);
      socket.send(descriptor.number, processState(source, record, metadata));
    } catch (cause) {
      throw new TsrunError("handing over the seccomp listener", { cause, pointer: POINTER, hint: HINT });
    }
  }

  #receive(): Fd {
    try {
      return this.take().descriptor;
    } catch (cause) {
      throw new TsrunError("receiving the seccomp listener", { cause });
    }
  }
}

function checkSocket(path: string): void {
  const what = `seccomp agent ${JSON.stringify(path)}`;
  if (typeOf(path, what) === S_IFSOCK) return;
  throw new TsrunError(`${what} is not a socket`, { pointer: POINTER, hint: HINT });
}

/** The type of file that a path leads to, as in st_mode. */
function typeOf(path: string, what: string): number {
  try {
    using file = openat(local, AT_FDCWD, path, O_PATH);
    return fstat(local, file.number).mode & S_IFMT;
  } catch (cause) {
    throw new TsrunError(what, { cause, pointer: POINTER, hint: HINT });
  }
}

/** The container is `creating` until `create` is through (runtime.md "State"); runc says so, too. */
function processState(
  { status, hand }: ListenerSource,
  record: ContainerRecord,
  metadata: string | undefined,
): string {
  const { id, pid, bundle, annotations } = record;
  const state: State = {
    ociVersion: record.ociVersion,
    id,
    status,
    pid,
    bundle,
    ...(annotations === undefined ? {} : { annotations }),
  };
  return JSON.stringify({ ociVersion, fds: ["seccompFd"], pid: hand.pid, metadata, state });
}
