import { TsrunError } from "../base/errors.ts";
import type { HookKind } from "../oci/hook-kinds.ts";
import { signalName } from "../sys/signals.ts";
import type { End } from "../sys/wait.ts";

/** Which hook. */
export interface HookName {
  readonly kind: HookKind;
  /** Its place in the list of its kind, from 0. */
  readonly index: number;
  readonly path: string;
}

/** What became of a hook that was started. */
export interface HookOutcome {
  readonly end: End;
  /** Seconds of the time limit that ran out, if it did. */
  readonly timedOut?: number | undefined;
  /** Milliseconds from its start to its end. */
  readonly duration: number;
  /** Ends of what it printed. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A hook that could not be started, or failed. */
export class HookError extends TsrunError {
  readonly hook: HookName;
  /** Undefined when it could not be started. */
  readonly outcome: HookOutcome | undefined;

  constructor(hook: HookName, failure: { readonly outcome: HookOutcome } | { readonly cause: unknown }) {
    const outcome = "outcome" in failure ? failure.outcome : undefined;
    super(
      `error running ${hook.kind} hook #${hook.index}${outcome === undefined ? "" : describe(hook, outcome)}`,
      {
        pointer: `/hooks/${hook.kind}/${hook.index}`,
        ...("cause" in failure ? { cause: failure.cause } : {}),
      },
    );
    this.hook = hook;
    this.outcome = outcome;
  }
}

/** Whether the hook did its job. */
export function succeeded({ end, timedOut }: HookOutcome): boolean {
  return timedOut === undefined && "status" in end && end.status === 0;
}

function describe({ path }: HookName, outcome: HookOutcome): string {
  const parts = [`${howItEnded(outcome)} after ${Math.round(outcome.duration)} ms`];
  if (outcome.stdout !== "") parts.push(`stdout: ${oneLine(outcome.stdout)}`);
  if (outcome.stderr !== "") parts.push(`stderr: ${oneLine(outcome.stderr)}`);
  return `: ${path}: ${parts.join(", ")}`;
}

function howItEnded({ end, timedOut }: HookOutcome): string {
  if (timedOut !== undefined)
    return `hook ran past specified timeout of ${timedOut.toFixed(1)}s and was killed`;
  return "status" in end ? `exit status ${end.status}` : `killed by ${signalName(end.signal)}`;
}

/** Engines show the last line of an error only. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "; ");
}
