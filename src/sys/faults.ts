import { readFileSync, writeFileSync } from "node:fs";
import { syscall6 } from "./koffi.ts";
import type { Memory } from "./memory.ts";
import { numberOf } from "./numbers.ts";

/** Set by the build: true in the executable that the tests use to inject faults, false in the one that is shipped. */
declare const TSRUN_FAULTS: boolean;

/** Leaves the file that tells the test that there was such a record or call, and which: without it, the count is at its end. */
function strike(what: string): true {
  writeFileSync(process.env["TSRUN_FAULT_MARK"] ?? "/dev/null", what);
  return true;
}

/** A number that no system call has: a record with it fails with ENOSYS. */
export const NO_CALL = 0xffff;

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_RET_ALLOW = 0x7fff0000;
/** Classic BPF (linux/bpf_common.h): load a word, jump if it is the constant, return; the last takes what is left. */
const [LOAD, JUMP_EQUAL, RETURN] = [0x20, 0x15, 0x06];

/** Has that number answered with an errno in this thread and all that it clones from now on (seccomp(2)). */
function answerWith(memory: Memory, errno: number): void {
  const program = [
    [LOAD, 0, 0, 0],
    [JUMP_EQUAL, 0, 1, NO_CALL],
    [RETURN, 0, 0, SECCOMP_RET_ERRNO | errno],
    [RETURN, 0, 0, SECCOMP_RET_ALLOW],
  ] as const;
  const instructions = memory.alloc(program.length * 8);
  for (const [index, [code, yes, no, constant]] of program.entries()) {
    memory.setU32(instructions + index * 8, code | (yes << 16) | (no << 24));
    memory.setU32(instructions + index * 8 + 4, constant);
  }
  const descriptor = memory.alloc(16);
  memory.setU32(descriptor, program.length);
  memory.setAddress(descriptor + 8, instructions);
  const result = syscall6(numberOf("seccomp"), [SECCOMP_SET_MODE_FILTER, 0, descriptor]);
  if (result < 0) throw new Error(`no filter for an injected errno: ${result}`);
}

/** Faults that the tests ask for by environment, counted over the life of the process. */
class Faults {
  #records = 0;
  /** The call of the record before, if that may fail. */
  #optional: string | undefined;
  #calls = 0;
  readonly #failRecord = Number(process.env["TSRUN_FAIL_RECORD"] ?? 0);
  /** What that record fails with; ENOSYS without it. */
  #errno = Number(process.env["TSRUN_FAIL_ERRNO"] ?? 0);
  readonly #dieAt = Number(process.env["TSRUN_DIE_AT"] ?? 0);
  /** Who is killed in this process's place. */
  readonly #victim = Number(process.env["TSRUN_DIE_PID"] ?? 0);

  /**
   * Whether the record that is being written is the one to fail (counted from 1). Of calls in a row that may fail the first
   * stands for all: without close_range(2) there are hundreds.
   */
  failsRecord(memory: Memory, name: string, optional: boolean): boolean {
    // The first record of all is written before the first clone.
    if (this.#errno !== 0) answerWith(memory, this.#errno);
    this.#errno = 0;
    const before = this.#optional;
    this.#optional = optional ? name : undefined;
    if (optional && name === before) return false;
    this.#records++;
    return this.#records === this.#failRecord && strike(name);
  }

  /** Kills this process, or the one that is named, with SIGKILL at the call to die at (counted from 1). */
  mayDie(name: string): void {
    this.#calls++;
    if (this.#calls !== this.#dieAt || !strike(name)) return;
    process.kill(this.#victim || process.pid, "SIGKILL");
    if (this.#victim !== 0) untilEnding(this.#victim);
  }
}

/** Waits until a process that was killed has begun to end. With a pid namespace of its own it may wait for our children, then. */
function untilEnding(pid: number): void {
  const PF_EXITING = 0x4;
  for (;;) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) /s, "").split(" ");
      if (fields[0] === "Z" || (Number(fields[6]) & PF_EXITING) !== 0) return;
    } catch {
      return;
    }
  }
}

/** The injected faults; undefined in the executable that is shipped. */
export const faults: Faults | undefined =
  typeof TSRUN_FAULTS !== "undefined" && TSRUN_FAULTS ? new Faults() : undefined;
