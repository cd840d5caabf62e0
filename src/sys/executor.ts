import { TsrunError } from "../base/errors.ts";
import type { Memory } from "./memory.ts";
import type { SyscallName } from "./numbers.ts";
import { SyscallError } from "./syscall-error.ts";

/** One system call as data: what the kernel gets, and what a reader of an error needs. */
export interface Call {
  readonly name: SyscallName;
  readonly args: readonly number[];
  /** The arguments by their meaning, for messages: `"/dev/pts"`. */
  readonly subject?: string;
  /** A queued call whose failure is of no consequence. */
  readonly optional?: boolean;
  /** The slot (`newSlot`) that takes the result of a call of `attemptAll`. */
  readonly store?: number;
}

/** What a failing call is part of: the text opens the error, the pointer names the place in config.json. */
export interface Step {
  readonly text: string;
  readonly pointer?: string | undefined;
}

/**
 * Carries out system calls: in this process (`local`), or in a container's init (`stub/hand.ts`).
 * The typed calls of this folder (`mount`, `openat2`, …) take one as their first argument.
 */
export abstract class Executor {
  /** Where strings and structures of its calls live; scratch space is void after the next call that waits. */
  abstract readonly memory: Memory;
  /** What the calls being made belong to. */
  step: Step | undefined;

  /**
   * Runs a call whose result nobody needs. It may be carried out later; then its failure is thrown by whatever waits
   * next, as the error of the step it was queued in.
   */
  abstract queue(call: Call): void;

  /** Runs a call now and returns its result, or the negated errno. Throws only for queued calls that failed before. */
  abstract attempt(call: Call): number;

  /**
   * Runs calls whatever becomes of each; the results, or negated errnos, in their order. A call may use what one
   * before it stored in a slot: nothing (-1) if that failed.
   */
  attemptAll(calls: readonly Call[]): number[] {
    return calls.map((call) => this.attempt(call));
  }

  /** A slot for a result that later calls of the same `attemptAll` take as one of their first three arguments. */
  abstract newSlot(): number;

  /** Gives a slot back. */
  abstract freeSlot(slot: number): void;

  /**
   * Runs a call that opens a descriptor. It may be carried out later: what is returned stands for the descriptor in
   * the first three arguments of this executor's calls, and is its number only after `numberOf`.
   */
  open(call: Call): number {
    return this.call(call);
  }

  /** The number of a descriptor that `open` returned. */
  numberOf(descriptor: number): number {
    return descriptor;
  }

  /** Closes a descriptor that `open` or a call returned. */
  close(descriptor: number): void {
    this.queue({ name: "close", args: [descriptor], optional: true });
  }

  /** Runs what is queued. */
  abstract flush(): void;

  /** Runs a call now and returns its result. @throws SyscallError */
  call(call: Call): number {
    const result = this.attempt(call);
    if (result < 0) throw new SyscallError(call.name, -result, call.subject ?? "");
    return result;
  }

  /**
   * Names what the calls made by `action` belong to: a SyscallError that leaves it is wrapped in `text`, and so is the
   * later failure of a call queued in it.
   */
  within<T>(text: string, pointer: string | undefined, action: () => T): T {
    const outer = this.step;
    this.step = { text, pointer };
    try {
      return action();
    } catch (error) {
      throw error instanceof SyscallError ? stepError(this.step, error) : error;
    } finally {
      this.step = outer;
    }
  }
}

/** A failed call as the error of its step. */
export function stepError(step: Step | undefined, cause: SyscallError): TsrunError {
  if (step === undefined) return cause;
  return new TsrunError(step.text, {
    cause,
    ...(step.pointer === undefined ? {} : { pointer: step.pointer }),
  });
}
