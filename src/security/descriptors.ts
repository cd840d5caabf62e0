import { closeOnExecFrom, keepOnExec } from "../sys/close-on-exec.ts";
import type { Executor } from "../sys/executor.ts";

const FIRST_AFTER_STANDARD = 3;

/**
 * Lets no descriptor reach the container's program but standard input, output and error and the `preserve` next ones,
 * which the caller of tsrun handed to it (--preserve-fds); queued. Comes twice: once set-up is done, and again as late
 * as possible before execve(2) (CVE-2024-21626).
 *
 * The preserved ones are told to stay: Bun marks what it inherits close-on-exec at its start, from descriptor 4 on.
 */
export function closeOthers(k: Executor, preserve: number): void {
  for (let fd = FIRST_AFTER_STANDARD; fd < FIRST_AFTER_STANDARD + preserve; fd++) {
    k.within(`passing on descriptor ${fd} of --preserve-fds`, undefined, () => keepOnExec(k, fd));
  }
  closeOnExecFrom(k, FIRST_AFTER_STANDARD + preserve);
}
