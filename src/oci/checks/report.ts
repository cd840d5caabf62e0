import type { Fault } from "../fault.ts";
import type { Config } from "../types.ts";

/** What a check knows beside the document. */
export interface CheckContext {
  /** Whether the runtime's effective user is not root: only what a user namespace grants will work. */
  readonly rootless: boolean;
}

/** Collects what the checks find. */
export class Report {
  readonly faults: Fault[] = [];
  /** Worth a line in the log, no reason to refuse. */
  readonly warnings: Fault[] = [];

  fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }

  warn(pointer: string, message: string): void {
    this.warnings.push({ pointer, message });
  }
}

/** A rule about a document that has the shape its schema demands. Pure: it looks at nothing but its arguments. */
export type Check = (config: Config, report: Report, context: CheckContext) => void;
