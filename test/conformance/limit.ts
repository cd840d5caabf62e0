/** Returns a function that starts jobs in order and keeps at most `count` of them running. */
export function limitTo(count: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (running === count) {
      await new Promise<void>((resume) => waiting.push(resume));
    }
    running++;
    try {
      return await job();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
