const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread: everything that is tested runs in other processes. */
export function pause(milliseconds: number): void {
  Atomics.wait(sleeper, 0, 0, milliseconds);
}

/** Long enough that only a hang reaches it, on a machine however slow. */
export const patience = 30_000;

/** Waits until `condition` gives a value that is not false or undefined, and returns it. */
export function until<T>(what: string, condition: () => T | false | undefined, limit = patience): T {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = condition();
    if (value !== false && value !== undefined) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${limit / 1000} s in vain: ${what}`);
    }
    pause(5);
  }
}
