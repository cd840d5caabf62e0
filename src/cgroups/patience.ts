const FIRST_PAUSE_MS = 0.25;
const LONGEST_PAUSE_MS = 20;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Asks until the answer is yes or `limit` milliseconds have passed, with growing pauses: v1 has no event to wait for.
 * @returns the last answer
 */
export function eventually(limit: number, isDone: () => boolean): boolean {
  const deadline = performance.now() + limit;
  for (let pause = FIRST_PAUSE_MS; !isDone(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (performance.now() >= deadline) return false;
    Atomics.wait(sleeper, 0, 0, pause);
  }
  return true;
}
