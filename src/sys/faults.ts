import { readFileSync, writeFileSync } from "node:fs";

/** Set by the build: true in the executable that the tests use to inject faults, false in the one that is shipped. */
declare const TSRUN_FAULTS: boolean;

/** Leaves the file that tells the test that there was such a record or call: without it, the count is at its end. */
function strike(): true {
  writeFileSync(process.env["TSRUN_FAULT_MARK"] ?? "/dev/null", "");
  return true;
}

/** Faults that the tests ask for by environment, counted over the life of the process. */
class Faults {
  #records = 0;
  /** The call of the record before, if that may fail. */
  #optional: string | undefined;
  #calls = 0;
  readonly #failRecord = Number(process.env["TSRUN_FAIL_RECORD"] ?? 0);
  readonly #dieAt = Number(process.env["TSRUN_DIE_AT"] ?? 0);
  /** Who is killed in this process's place. */
  readonly #victim = Number(process.env["TSRUN_DIE_PID"] ?? 0);

  /**
   * Whether the record that is being written is the one to fail (counted from 1). Of calls in a row that may fail the first
   * stands for all: without close_range(2) there are hundreds.
   */
  failsRecord(name: string, optional: boolean): boolean {
    const before = this.#optional;
    this.#optional = optional ? name : undefined;
    if (optional && name === before) return false;
    this.#records++;
    return this.#records === this.#failRecord && strike();
  }

  /** Kills this process, or the one that is named, with SIGKILL at the call to die at (counted from 1). */
  mayDie(): void {
    this.#calls++;
    if (this.#calls !== this.#dieAt || !strike()) return;
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
