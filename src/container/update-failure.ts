import { type ErrorDetails, TsrunError } from "../base/errors.ts";
import { failedCall, SyscallError } from "../sys/syscall-error.ts";
import type { UpdateRequest } from "./update-request.ts";

const place = "/linux/resources";

/** What the kernel means by an errno for a limit of a container that runs, by the limit's place. */
const reasons: readonly (readonly [place: RegExp, codes: readonly string[], hint: string])[] = [
  [
    /^\/memory\/(limit|swap)$/,
    ["EBUSY"],
    "the container uses more than that, and the kernel could not take it back",
  ],
  [
    /^\/memory\/(limit|swap)$/,
    ["EINVAL"],
    "memory and swap together (swap, --memory-swap) cannot be limited to less than memory (limit, --memory)",
  ],
  [/^\/cpu\/shares$/, ["EINVAL"], "a container that is idle (cpu.idle, --cpu-idle) takes no shares"],
  [
    /^\/cpu\/(quota|period|burst)$/,
    ["EINVAL"],
    "period and quota are 1000 to 1000000 and at least 1000 microseconds, the burst is at most the quota, and no cgroup gets " +
      "a greater part of a period than the one above it",
  ],
  [
    /^\/cpu\/realtime/,
    ["EINVAL", "EBUSY"],
    "no cgroup gets a greater part of a period than the one above it, which has none unless it is given some " +
      "(cpu.rt_runtime_us)",
  ],
  [
    /^\/cpu\/(cpus|mems)$/,
    ["EINVAL", "EACCES", "ENOSPC", "ERANGE", "EBUSY"],
    "the list must be part of that of the cgroup above, and not empty",
  ],
  [/^\/hugepageLimits\//, ["EBUSY"], "the container uses more than that"],
];

/**
 * The error of an update that was refused: with the place in what was asked for instead of config.json, and with what the
 * kernel means.
 */
export function explainRefusal(thrown: unknown, request: UpdateRequest): unknown {
  if (!(thrown instanceof TsrunError) || thrown instanceof SyscallError) return thrown;
  const { message, cause, pointer } = thrown;
  const hint = thrown.hint ?? reasonOf(thrown);
  return new TsrunError(message, {
    ...(cause === undefined ? {} : { cause: explainRefusal(cause, request) }),
    ...(hint === undefined ? {} : { hint }),
    ...placeOf(pointer, request),
  });
}

/** A limit's place below linux.resources, if it is one's. */
function limitAt(pointer: string | undefined): string | undefined {
  return pointer?.startsWith(place) === true ? pointer.slice(place.length) : undefined;
}

function reasonOf(thrown: TsrunError): string | undefined {
  const limit = limitAt(thrown.pointer);
  const code = failedCall(thrown)?.code;
  if (limit === undefined || code === undefined) return undefined;
  return reasons.find(([place, codes]) => place.test(limit) && codes.includes(code))?.[2];
}

/** A limit that was not asked for, but goes with one that was, is where it was: in config.json. */
function placeOf(
  pointer: string | undefined,
  { resources, document }: UpdateRequest,
): Pick<ErrorDetails, "pointer" | "document"> {
  if (pointer === undefined) return {};
  const limit = limitAt(pointer);
  if (limit === undefined || !has(resources, limit)) return { pointer };
  return document === undefined ? {} : { pointer: limit, document };
}

function has(value: unknown, pointer: string): boolean {
  let at = value;
  for (const token of pointer.split("/").slice(1)) {
    if (at === null || typeof at !== "object") return false;
    at = (at as Readonly<Record<string, unknown>>)[token.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at !== undefined;
}
