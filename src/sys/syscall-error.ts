import { TsrunError } from "../base/errors.ts";
import { errnoName, errnoText } from "./errno.ts";

/** A system call that failed: which, on what, and the kernel's answer. */
export class SyscallError extends TsrunError {
  readonly syscall: string;
  /** Positive errno value. */
  readonly errno: number;
  /** The errno's name, e.g. `ENOENT`. */
  readonly code: string;

  /** @param subject the arguments that a reader needs, e.g. `"/dev/pts"`; may be empty */
  constructor(syscall: string, errno: number, subject: string) {
    super(`${syscall}${subject === "" ? "" : ` ${subject}`}: ${errnoText(errno)}`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = errnoName(errno);
  }
}

/** Whether `thrown` is a system call's failure with one of these errno names. */
export function isErrno(thrown: unknown, ...codes: readonly string[]): thrown is SyscallError {
  return thrown instanceof SyscallError && codes.includes(thrown.code);
}

/** The system call's failure that `thrown` is, or wraps as the error of its step. */
export function failedCall(thrown: unknown): SyscallError | undefined {
  if (thrown instanceof SyscallError) return thrown;
  return thrown instanceof TsrunError && thrown.cause instanceof SyscallError ? thrown.cause : undefined;
}
