import type { Call, Executor } from "./executor.ts";

/** No limit at all. */
export const RLIM_INFINITY = 0xffffffffffffffffn;

/** What is limited: RLIMIT_* of asm-generic/resource.h, the same on x86-64 and arm64. */
export interface Resource {
  readonly name: string;
  readonly number: number;
}

/** A soft and a hard limit, in the kind's own unit. */
export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** prlimit64(2) that sets a limit of a process, 0 for the executor's own. */
export function limitCall(k: Executor, pid: number, resource: Resource, limit: Limit): Call {
  const { memory } = k;
  const address = memory.alloc(16);
  memory.setU64(address, limit.soft);
  memory.setU64(address + 8, limit.hard);
  const subject = `${resource.name} soft ${limitText(limit.soft)} hard ${limitText(limit.hard)}`;
  return { name: "prlimit64", args: [pid, resource.number, address, 0], subject };
}

function limitText(value: bigint): string {
  return value === RLIM_INFINITY ? "unlimited" : String(value);
}
