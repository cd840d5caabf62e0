import { local } from "./local.ts";

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGSET_SIZE = 8;
const ALL = 0xffffffffffffffffn;

/**
 * Blocks every signal in this thread while `action` runs (rt_sigprocmask(2)): a child cloned in it starts with all
 * of them blocked, so none can run this process's handlers in the child.
 */
export function withSignalsBlocked<T>(action: () => T): T {
  const set = local.memory.alloc(2 * SIGSET_SIZE);
  local.memory.setU64(set, ALL);
  local.call({ name: "rt_sigprocmask", args: [SIG_BLOCK, set, set + SIGSET_SIZE, SIGSET_SIZE] });
  const before = local.memory.getU64(set + SIGSET_SIZE);
  try {
    return action();
  } finally {
    const restore = local.memory.alloc(SIGSET_SIZE);
    local.memory.setU64(restore, before);
    local.call({ name: "rt_sigprocmask", args: [SIG_SETMASK, restore, 0, SIGSET_SIZE] });
  }
}
