/** What an error can carry beside its text. */
export interface ErrorDetails {
  /** What went wrong below; its text is appended after ": ". */
  readonly cause?: unknown;
  /** JSON pointer to the place in config.json that asked for the failed action. */
  readonly pointer?: string;
  /** What the pointer leads into, where that is something else. */
  readonly document?: string;
  /** What the reader can do about it. */
  readonly hint?: string;
}

/**
 * Every error that tsrun raises on purpose. Each layer wraps the one below with the action that failed;
 * `cli/report-error.ts` joins the chain and prints it once.
 */
export class TsrunError extends Error {
  readonly pointer: string | undefined;
  readonly document: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.pointer = details.pointer;
    this.document = details.document;
    this.hint = details.hint;
  }
}

/** A process of ours was killed before it had done its part. */
export class KilledError extends TsrunError {}

/**
 * Texts that engines match (containerd's shim: "does not exist", "container not running"; Podman and Docker likewise).
 * Pinned by test/unit/base/errors.test.ts.
 */
export const containerTexts = {
  notExist: "container does not exist",
  exists: "container with given ID already exists",
  notRunning: "container not running",
  paused: "container paused",
  notPaused: "container not paused",
  creating: "cannot start a container that is still being created",
  stopped: "cannot start a container that has stopped",
  running: "cannot start an already running container",
} as const;

/** The text of a caught value, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The longest chain that is followed: a cause that leads back to itself must end somewhere. */
const deepest = 32;

/** A caught value and what caused it, from the outermost on. */
export function chainOf(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  let link = thrown;
  while (link !== undefined && chain.length < deepest) {
    chain.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return chain;
}

/** The texts of a caught value and of what caused it, for a warning. */
export function reasonOf(thrown: unknown): string {
  return chainOf(thrown).map(messageOf).join(": ");
}
