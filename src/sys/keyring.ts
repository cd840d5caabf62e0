import type { Executor } from "./executor.ts";

const KEYCTL_JOIN_SESSION_KEYRING = 1;
const KEYCTL_SETPERM = 5;
const KEYCTL_DESCRIBE = 6;
const DESCRIPTION_SIZE = 1024;

/** keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: joins the session keyring `name`, made if missing. @returns its serial, or the negated errno */
export function tryJoinSessionKeyring(k: Executor, name: string): number {
  return k.attempt({ name: "keyctl", args: [KEYCTL_JOIN_SESSION_KEYRING, k.memory.string(name)] });
}

/** The permission bits of a key (KEYCTL_DESCRIBE: `type;uid;gid;perm;description`, perm in hexadecimal). @throws SyscallError */
export function keyPermissions(k: Executor, serial: number): number {
  const { memory } = k;
  const buffer = memory.alloc(DESCRIPTION_SIZE);
  const subject = `KEYCTL_DESCRIBE ${serial}`;
  const size = k.call({ name: "keyctl", args: [KEYCTL_DESCRIBE, serial, buffer, DESCRIPTION_SIZE], subject });
  const [, , , permissions = ""] = memory.text(buffer, Math.min(size, DESCRIPTION_SIZE)).split(";");
  return Number.parseInt(permissions, 16);
}

/** keyctl(2) KEYCTL_SETPERM, queued. */
export function setKeyPermissions(k: Executor, serial: number, permissions: number): void {
  const subject = `KEYCTL_SETPERM ${serial} 0x${permissions.toString(16)}`;
  k.queue({ name: "keyctl", args: [KEYCTL_SETPERM, serial, permissions], subject });
}
