import type { Executor } from "./executor.ts";

const ENOSYS = 38;

/** Whether the kernel is built for memory nodes at all (CONFIG_NUMA). */
export function knowsMemoryNodes(k: Executor): boolean {
  return k.attempt({ name: "get_mempolicy", args: [0, 0, 0, 0, 0] }) !== -ENOSYS;
}

/**
 * set_mempolicy(2) of the executor's process.
 * @param mode the mode with its flags
 * @param nodes a bit mask of the nodes, empty for none
 * @throws SyscallError
 */
export function setMemoryPolicy(k: Executor, mode: number, nodes: Uint8Array, subject: string): void {
  // The kernel takes one off the number of bits before it reads them (get_nodes, mm/mempolicy.c).
  const args = nodes.length === 0 ? [mode, 0, 0] : [mode, k.memory.data(nodes), nodes.length * 8 + 1];
  k.call({ name: "set_mempolicy", args, subject });
}
