import { Fd } from "../../../../src/sys/fd.ts";
import * as original from "../../../../src/sys/files.ts";
import { SyscallError } from "../../../../src/sys/syscall-error.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/sys/files.ts";

const ENOENT = 2;
const ENOTDIR = 20;

/** Whether a path is opened as whoever knows nothing of hostile images would. */
const isWeak = ({ resolve }: original.OpenHow): boolean =>
  (resolve & original.RESOLVE_IN_ROOT) !== 0 && isOut("in-root");

export const openat2Call: typeof original.openat2Call = (k, directory, path, how) => {
  if (!isWeak(how)) return original.openat2Call(k, directory, path, how);
  const below = k.memory.string(`./${path}`);
  const args = [directory, below, how.flags | original.O_CLOEXEC, how.mode ?? 0];
  return { name: "openat", args, subject: JSON.stringify(path) };
};

export const tryOpenat2: typeof original.tryOpenat2 = (k, directory, path, how) => {
  if (!isWeak(how)) return original.tryOpenat2(k, directory, path, how);
  return k.attempt(openat2Call(k, directory, path, how));
};

export const openat2: typeof original.openat2 = (k, directory, path, how) => {
  const result = tryOpenat2(k, directory, path, how);
  if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
  return new Fd(k, result);
};

export const openAndStat: typeof original.openAndStat = (k, directory, path, how, attempts) => {
  if (!isWeak(how)) return original.openAndStat(k, directory, path, how, attempts);
  const fd = tryOpenat2(k, directory, path, how);
  if (fd === -ENOENT || fd === -ENOTDIR) return undefined;
  if (fd < 0) throw new SyscallError("openat2", -fd, JSON.stringify(path));
  return { fd: new Fd(k, fd), stat: original.fstat(k, fd) };
};

export const readBeginning: typeof original.readBeginning = (k, directory, path, how, limit) => {
  if (!isWeak(how)) return original.readBeginning(k, directory, path, how, limit);
  const fd = tryOpenat2(k, directory, path, how);
  if (fd < 0) return undefined;
  const buffer = k.memory.space(limit);
  const count = k.attempt({ name: "read", args: [fd, buffer, limit] });
  k.close(fd);
  return count < 0 ? undefined : k.memory.read(buffer, count);
};
