import { setLogSink } from "../../src/base/log.ts";

/** What is warned of while `action` runs. */
export function warningsOf(action: () => void): string[] {
  const warnings: string[] = [];
  const previous = setLogSink((level, message) => {
    if (level === "warning") warnings.push(message);
  });
  try {
    action();
  } finally {
    setLogSink(previous);
  }
  return warnings;
}
