import { closeOnExecFrom, marksEach } from "../sys/close-on-exec.ts";
import type { Executor } from "../sys/executor.ts";
import { chdir, dupOnto } from "../sys/files.ts";
import { stringsSize } from "../sys/memory.ts";
import { numberOf } from "../sys/numbers.ts";
import { disarmParentDeath, resetSignals } from "../sys/process.ts";
import { Hand } from "../sys/stub/hand.ts";
import { HandMemory } from "../sys/stub/hand-memory.ts";
import { record } from "../sys/stub/protocol.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const FIRST_AFTER_STANDARD = 3;
const SCRATCH = 128 * 1024;

/**
 * Enters namespaces. The hand is its own from then on: it returns it or a fork of it, which must be this process's
 * child (CLONE_PARENT: only children are in a pid namespace), and destroys what it does not return. Of descriptors it
 * leaves the standard streams and those that are kept.
 */
export type Join = (hand: Hand, kept: readonly number[]) => Hand;

/** A program with all that it is started with. */
export interface Program {
  readonly path: string;
  /** The whole argv, its name included. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Working directory; where absent, that of the runtime or what `join` left. */
  readonly directory?: string | undefined;
  /** What becomes standard input, output and error. */
  readonly streams: readonly [number, number, number];
  /** Close-on-exec pipe end: end of file once the program runs, the failed record before. */
  readonly report: number;
  readonly join?: Join | undefined;
}

/**
 * Starts a program out of a fresh hand: no code of the engine runs in the child. It gets default signal dispositions,
 * an empty mask and no descriptor but the three streams.
 *
 * The streams take their places before namespaces are joined, while their numbers are surely the parent's. It
 * hears of the runtime's death until the very end: one that is killed leaves no half-made child.
 * @throws SyscallError, TsrunError of a step before execve
 */
export function launchProgram(program: Program): Hand {
  const memory = new HandMemory(SCRATCH + stringsSize(program.args) + stringsSize(program.env));
  const first = Hand.clone(memory, { namespaces: 0 });
  let hand: Hand | undefined = first;
  try {
    for (const [place, fd] of program.streams.entries()) dupOnto(first, fd, place);
    first.flush();
    if (program.join !== undefined) {
      hand = undefined;
      hand = program.join(first, [program.report]);
    }
    if (program.directory !== undefined) chdir(hand, program.directory);
    const early = marksEach();
    if (early) closeOnExecFrom(hand, FIRST_AFTER_STANDARD);
    hand.beginLast(program.report);
    if (!early) closeOnExecFrom(hand, FIRST_AFTER_STANDARD);
    execute(hand, program);
    hand.release();
    return hand;
  } catch (error) {
    hand?.destroy();
    throw error;
  }
}

function execute(hand: Hand, { path, args, env }: Program): void {
  resetSignals(hand, hand.handlersCleared);
  hand.queue(disarmParentDeath);
  execve(hand, path, args, env);
}

function execve(k: Executor, path: string, args: readonly string[], env: readonly string[]): void {
  const { memory } = k;
  const address = memory.string(path);
  const argv = memory.strings(args);
  k.queue({ name: "execve", args: [address, argv, memory.strings(env)], subject: JSON.stringify(path) });
}

/** What a report says: the call that failed in the last batch, or undefined when the program was executed. */
export function reportedFailure(report: Uint8Array, path: string): SyscallError | undefined {
  if (report.length < record.size) return undefined;
  const view = new DataView(report.buffer, report.byteOffset, report.length);
  const errno = -view.getInt32(record.result, true);
  if (view.getUint32(record.nr, true) === numberOf("execve")) {
    return new SyscallError("execve", errno, JSON.stringify(path));
  }
  return new SyscallError("system call", errno, String(view.getUint32(record.nr, true)));
}
