// Whose a process is, where tests run at the same time.
import { readdirSync, readFileSync } from "node:fs";

/** How the names of a test process's sandboxes, and so of its containers, begin; its number follows. */
const anyPrefix = "tsrun-test-";

/** The same of this process's. */
export const sandboxPrefix = `${anyPrefix}${process.pid}`;

/** The numbers of all processes. */
export function allProcesses(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

/** Leaves out the processes of other tests: those that another test process has started, and what is in their containers. */
export function withoutOtherTests(pids: readonly string[]): string[] {
  const ancestors = [...chain(String(process.pid))];
  const own = new Set(ancestors.map(({ pid }) => pid));
  const [self] = ancestors;
  return pids.filter((pid) => !isMarkedByOthers(pid) && !descendsFromOthers(pid, own, self?.start ?? 0));
}

interface Link {
  readonly pid: string;
  /** Clock ticks since boot (proc_pid_stat(5), starttime). */
  readonly start: number;
}

/** A process and its ancestors. */
function* chain(pid: string): Generator<Link> {
  for (let at = pid; at !== "0"; ) {
    const text = read(`/proc/${at}/stat`);
    if (text === "") return;
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    yield { pid: at, start: Number(fields[19]) };
    at = fields[1] ?? "0";
  }
}

/** A container's cgroup and a runtime's environment name the sandbox. */
function isMarkedByOthers(pid: string): boolean {
  const marks = `${read(`/proc/${pid}/cgroup`)}${read(`/proc/${pid}/environ`)}`;
  return marks.includes(anyPrefix) && !marks.includes(`${sandboxPrefix}-`);
}

/**
 * Whether a process comes from one that was there before this test, or is another test. Orphans of this test's belong to one
 * of its own ancestors.
 */
function descendsFromOthers(pid: string, own: ReadonlySet<string>, since: number): boolean {
  for (const link of chain(pid)) {
    if (own.has(link.pid)) return false;
    if (link.start < since || /\.test\.mjs\0/.test(read(`/proc/${link.pid}/cmdline`))) return true;
  }
  return false;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
