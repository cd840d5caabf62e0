import { TsrunError } from "../../base/errors.ts";

/** The error that a method of a bus peer has answered with. */
export class BusError extends TsrunError {
  /** The error's name on the bus, such as `org.freedesktop.systemd1.UnitExists`. */
  readonly busName: string;

  /** @param call the method and what it was called with, as a reader needs it */
  constructor(call: string, busName: string, message: string) {
    super(`${call}: ${message || "failed"} (${busName})`);
    this.busName = busName;
  }
}

/** Whether `thrown` is the answer of a bus peer with one of these names. */
export function isBusError(thrown: unknown, ...names: readonly string[]): thrown is BusError {
  return thrown instanceof BusError && names.includes(thrown.busName);
}
