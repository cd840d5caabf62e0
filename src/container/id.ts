import { TsrunError } from "../base/errors.ts";

const MAX_LENGTH = 1024;

/**
 * Refuses what is not a container id: it becomes a directory's name, so it must be neither a path nor "." or "..".
 * Letters, digits, `_`, `+`, `-` and `.`, the first not `.` (runc's set; crun's rule for the first character).
 * @throws TsrunError
 */
export function checkId(id: string): void {
  if (id === "") throw new TsrunError("container id cannot be empty");
  if (isId(id)) return;
  throw new TsrunError(`invalid container ID format: ${JSON.stringify(id)}`, {
    hint: `at most ${MAX_LENGTH} letters, digits, and _ + - . are allowed, the first not a dot`,
  });
}

/** Whether a name can be a container's. */
export function isId(name: string): boolean {
  return /^[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/.test(name) && name.length <= MAX_LENGTH;
}
