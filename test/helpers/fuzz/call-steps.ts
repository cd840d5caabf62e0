// Sequences of system calls that stay in one directory, for any executor.
import fc from "fast-check";
import type { Call, Executor } from "../../../src/sys/executor.ts";
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR } from "../../../src/sys/files.ts";

/** How a call is made: see Executor. */
export type Way = "queue" | "optional" | "attempt" | "call";

/** One step; where it needs a descriptor, `file` chooses among those that are open. */
export interface Step {
  readonly kind:
    | "mkdir"
    | "symlink"
    | "remove"
    | "rename"
    | "write"
    | "seek"
    | "truncate"
    | "read"
    | "open"
    | "close"
    | "chain";
  readonly way: Way;
  /** How often. */
  readonly times: number;
  readonly name: string;
  readonly text: string;
  readonly file: number;
  readonly size: number;
  readonly offset: number;
}

const AT_REMOVEDIR = 0x200;
const names = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("a", "b", "c", "a/b", "d é", "€", "missing/x") },
  { weight: 3, arbitrary: fc.integer({ min: 250, max: 258 }).map((length) => "n".repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom("", ".", "a\0b", "x/".repeat(3000), "\ud800", "😀".repeat(63)) },
);
const texts = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "text", "", "b/../c", "é".repeat(9)) },
  { weight: 1, arbitrary: fc.integer({ min: 4088, max: 4100 }).map((length) => "t".repeat(length)) },
);
const sizes = fc.oneof(
  { weight: 5, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.constantFrom(4095, 4096, 4097, 65_536, 100_000) },
);
/** None that an address could not be: what is above stands for descriptors (slots.ts). */
const offsets = fc.constantFrom(
  ...[0, 1, 7, 4096, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 47],
  ...[-1, -8, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 32), -(2 ** 32) - 7, -(2 ** 40)],
);
/** As many as fill a hand's early and its whole batches, and one more or less. */
const manyTimes = fc.constantFrom(2, 11, 12, 13, 24, 510, 511, 512, 513, 1023, 1024);

export const callSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Step["kind"]>(
      ...(["mkdir", "symlink", "remove", "rename", "open", "open", "open", "write", "write"] as const),
      ...(["seek", "truncate", "read", "close", "chain"] as const),
    ),
    way: fc.constantFrom<Way>("queue", "queue", "queue", "optional", "optional", "attempt", "call"),
    times: fc.oneof({ weight: 40, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: manyTimes }),
    name: names,
    text: texts,
    file: fc.nat(7),
    size: sizes,
    offset: offsets,
  }),
  { minLength: 1, maxLength: 25 },
);

/** What a step's call is; its arguments are in the executor's memory. @param fd what `file` means */
function callOf(k: Executor, directory: number, fd: number, step: Step): Call {
  const { kind, name, text, size, offset } = step;
  const subject = `${kind} ${name.slice(0, 9)}`;
  const { memory } = k;
  switch (kind) {
    case "mkdir":
      return { name: "mkdirat", args: [directory, memory.string(name), 0o755], subject };
    case "symlink":
      return { name: "symlinkat", args: [memory.string(text), directory, memory.string(name)], subject };
    case "remove":
      return {
        name: "unlinkat",
        args: [directory, memory.string(name), offset < 0 ? AT_REMOVEDIR : 0],
        subject,
      };
    case "rename":
      return {
        name: "renameat2",
        args: [directory, memory.string(name), directory, memory.string("renamed"), 0],
        subject,
      };
    case "seek":
      return { name: "lseek", args: [fd, offset, Math.abs(offset) % 3], subject };
    case "truncate":
      return { name: "ftruncate", args: [fd, Math.min(offset, 2 ** 40)], subject };
    default:
      return {
        name: "write",
        args: [fd, memory.data(new Uint8Array(size).fill(65 + (size % 26))), size],
        subject,
      };
  }
}

/** A chain of calls, the first of which opens what the others use. */
function chain(k: Executor, directory: number, { name, size }: Step): number[] {
  const slot = k.newSlot();
  try {
    const path = k.memory.string(name);
    const data = k.memory.data(new Uint8Array(size).fill(66));
    const [opened = 0, ...others] = k.attemptAll([
      { name: "openat", args: [directory, path, O_CREAT | O_RDWR, 0o600], store: slot },
      { name: "write", args: [slot, data, size] },
      { name: "close", args: [slot] },
    ]);
    return [Math.min(opened, 0), ...others];
  } finally {
    k.freeSlot(slot);
  }
}

/** Carries out steps in a directory, as far as they go. */
export class StepRunner {
  /** Results of what waits for them. */
  readonly results: (number | string)[] = [];
  readonly #k: Executor;
  readonly #directory: number;
  #files: number[] = [];

  constructor(k: Executor, path: string) {
    this.#k = k;
    const args = [AT_FDCWD, k.memory.string(path), O_RDONLY | O_DIRECTORY];
    this.#directory = k.call({ name: "openat", args, subject: "the directory" });
  }

  /** @throws what the executor does */
  run(step: Step, index: number): void {
    this.#k.within(`step ${index}`, `/steps/${index}`, () => {
      for (let count = 0; count < step.times; count++) this.#once(step);
    });
  }

  #once(step: Step): void {
    const k = this.#k;
    const fd = this.#files[step.file % this.#files.length];
    if (step.kind === "open") {
      const args = [this.#directory, k.memory.string(step.name), O_CREAT | O_RDWR, 0o644];
      this.#files.push(k.open({ name: "openat", args, subject: step.name.slice(0, 9) }));
    } else if (step.kind === "chain") this.results.push(...chain(k, this.#directory, step));
    else if (step.kind === "close") this.#close(fd);
    else if (step.kind === "read") this.#read(fd, step);
    else this.#make(callOf(k, this.#directory, fd ?? -1, step), step.way);
  }

  #close(fd: number | undefined): void {
    if (fd === undefined) return;
    this.#files = this.#files.filter((each) => each !== fd);
    this.#k.close(fd);
  }

  #read(fd: number | undefined, { size, file }: Step): void {
    if (fd === undefined) return;
    const { memory } = this.#k;
    const buffer = memory.alloc(size);
    const count = this.#k.attempt({ name: "pread64", args: [fd, buffer, size, file] });
    this.results.push(count, memory.text(buffer, Math.max(0, count)));
  }

  #make(call: Call, way: Way): void {
    if (way === "queue") this.#k.queue(call);
    else if (way === "optional") this.#k.queue({ ...call, optional: true });
    else this.results.push(way === "call" ? this.#k.call(call) : this.#k.attempt(call));
  }

  /** Closes what is open, whatever failed before. */
  end(): void {
    for (const fd of [...this.#files, this.#directory]) this.#k.close(fd);
    this.#k.flush();
  }
}
