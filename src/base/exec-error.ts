import { TsrunError } from "./errors.ts";

/** Tells where the value at a JSON pointer into config.json really comes from; undefined: from the command line. */
export type PlaceOf = (pointer: string) => string | undefined;

/** A program that could not be executed in a container; runc's words and, by the command line, its own exit status. */
export class ExecError extends TsrunError {
  readonly placeOf: PlaceOf;

  constructor(cause: unknown, placeOf: PlaceOf) {
    super("exec failed", { cause });
    this.placeOf = placeOf;
  }
}

/** The failure of an `exec`; one that has been told of already stays as it is. */
export function asExecError(
  cause: unknown,
  placeOf: PlaceOf = (pointer) => `config.json: ${pointer}`,
): ExecError {
  return cause instanceof ExecError ? cause : new ExecError(cause, placeOf);
}
