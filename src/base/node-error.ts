/** Where libuv's words differ from libc's: engines match the latter ("is a directory" makes Docker exit with 126). */
const libcTexts: Readonly<Record<string, string>> = {
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad file descriptor",
  EBUSY: "device or resource busy",
  EEXIST: "file exists",
  EFAULT: "bad address",
  EIO: "input/output error",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "file name too long",
  ENFILE: "too many open files in system",
  ENOMEM: "cannot allocate memory",
  ENOTSUP: "operation not supported",
  EPIPE: "broken pipe",
  ERANGE: "numerical result out of range",
  ETXTBSY: "text file busy",
  EXDEV: "invalid cross-device link",
};

/** Node's own sentence: `ENOENT: no such file or directory, open '/x'`, with ` -> '/y'` after a rename or link. */
const nodeSentence = /^(E[A-Z0-9]+): (.+?), ([a-z_]+)(?: '(.*?)')?(?: -> '(.*)')?$/s;

/**
 * A failed `node:fs` call in the form of runc's errors, `open /x: no such file or directory`; undefined for any other
 * error.
 */
export function nodeErrorText(error: Error): string | undefined {
  const match = nodeSentence.exec(error.message);
  if (match === null) {
    return undefined;
  }
  const [, code = "", text = "", call = "", ...paths] = match;
  const subject = [call, ...paths.filter((path) => path !== undefined)].join(" ");
  return `${subject}: ${libcTexts[code] ?? text}`;
}

/** Whether node:fs failed with this errno name. */
export function isNodeErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
