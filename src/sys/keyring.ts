import type { Executor } from "./executor.ts";
import { SyscallError } from "./syscall-error.ts";

const KEYCTL_JOIN_SESSION_KEYRING = 1;
const KEYCTL_SETPERM = 5;
const KEYCTL_DESCRIBE = 6;
const DESCRIPTION_SIZE = 1024;

/** A keyring that was joined. */
export interface JoinedKeyring {
  readonly serial: number;
  /** Its permission bits. */
  readonly permissions: number;
}

/**
 * Joins the session keyring `name`, made if missing, and reads its permissions (keyctl(2): KEYCTL_JOIN_SESSION_KEYRING;
 * KEYCTL_DESCRIBE answers `type;uid;gid;perm;description`, perm in hexadecimal).
 * @returns the negated errno where joining fails. @throws SyscallError where describing does
 */
export function tryJoinSessionKeyring(k: Executor, name: string): JoinedKeyring | number {
  const slot = k.newSlot();
  const buffer = k.memory.alloc(DESCRIPTION_SIZE);
  const [serial = -1, size = -1] = k.attemptAll([
    { name: "keyctl", args: [KEYCTL_JOIN_SESSION_KEYRING, k.memory.string(name)], store: slot },
    { name: "keyctl", args: [KEYCTL_DESCRIBE, slot, buffer, DESCRIPTION_SIZE] },
  ]);
  k.freeSlot(slot);
  if (serial < 0) return serial;
  if (size < 0) throw new SyscallError("keyctl", -size, `KEYCTL_DESCRIBE ${serial}`);
  const description = k.memory.text(buffer, Math.min(size, DESCRIPTION_SIZE));
  return { serial, permissions: Number.parseInt(description.split(";")[3] ?? "", 16) };
}

/** keyctl(2) KEYCTL_SETPERM, queued. */
export function setKeyPermissions(k: Executor, serial: number, permissions: number): void {
  const subject = `KEYCTL_SETPERM ${serial} 0x${permissions.toString(16)}`;
  k.queue({ name: "keyctl", args: [KEYCTL_SETPERM, serial, permissions], subject });
}
