import { effectiveUid } from "../../base/own-process.ts";
import { exists } from "../../sys/host-files.ts";

/** A place where a systemd can be called. */
export interface SystemdSocket {
  /** As the D-Bus specification writes it, "Server Addresses". */
  readonly address: string;
  /** Whether a message bus is between, or systemd itself there. */
  readonly isBus: boolean;
}

/** What of the caller's environment decides. */
export type Environment = Readonly<Record<string, string | undefined>>;

const own = "/run/systemd/private";
const systemBus = "/run/dbus/system_bus_socket";

/**
 * Where the system's systemd, or the user's own, may be called, the best first: its private socket, which spares two
 * processes' turns for each message and works without a bus (systemctl prefers it, too), then the bus.
 * @param user whether the user's own systemd is meant
 */
export function socketsOf(user: boolean, environment: Environment = process.env): SystemdSocket[] {
  if (!user) {
    const bus = environment["DBUS_SYSTEM_BUS_ADDRESS"] || pathAddress(systemBus);
    return [peer(own), { address: bus, isBus: true }];
  }
  const directory = runtimeDirectory(environment);
  const session = environment["DBUS_SESSION_BUS_ADDRESS"];
  return [
    ...(directory === undefined ? [] : [peer(`${directory}/systemd/private`)]),
    ...(session ? [{ address: session, isBus: true }] : []),
    ...(directory === undefined ? [] : [{ address: pathAddress(`${directory}/bus`), isBus: true }]),
  ];
}

/** pam_systemd(8) sets XDG_RUNTIME_DIR at login; who came by su or sudo has the directory all the same. */
function runtimeDirectory({ XDG_RUNTIME_DIR: told }: Environment): string | undefined {
  if (told) return told;
  const usual = `/run/user/${effectiveUid()}`;
  return exists(usual) ? usual : undefined;
}

function peer(path: string): SystemdSocket {
  return { address: pathAddress(path), isBus: false };
}

/** Other bytes than these are written as %xx (D-Bus specification, "Server Addresses"). */
function pathAddress(path: string): string {
  const plain = /^[-0-9A-Za-z_/.*]$/;
  const bytes = [...new TextEncoder().encode(path)];
  const escaped = bytes.map((byte) => {
    const letter = String.fromCharCode(byte);
    return plain.test(letter) ? letter : `%${byte.toString(16).padStart(2, "0")}`;
  });
  return `unix:path=${escaped.join("")}`;
}
