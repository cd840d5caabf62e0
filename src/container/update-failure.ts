import { TsrunError } from "../base/errors.ts";
import { failedCall } from "../sys/syscall-error.ts";
import type { UpdateRequest } from "./update-request.ts";

const place = "/linux/resources";

/** What the kernel means by an errno for a limit of a container that runs, by the limit's place. */
const reasons: readonly (readonly [place: RegExp, codes: readonly string[], hint: string])[] = [
  [
    /^\/memory\/(limit|swap)$/,
    ["EBUSY"],
    "the container uses more than that, and the kernel could not take it back: wait until it uses less, or ask for more",
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
export function explainRefusal(thrown: unknown, { resources, document }: UpdateRequest): unknown {
  if (!(thrown instanceof TsrunError) || !thrown.pointer?.startsWith(place)) return thrown;
  const pointer = thrown.pointer.slice(place.length);
  const code = failedCall(thrown)?.code ?? "";
  const reason = reasons.find(([limit, codes]) => limit.test(pointer) && codes.includes(code));
  const hint = thrown.hint ?? reason?.[2];
  return new TsrunError(thrown.message, {
    ...(thrown.cause === undefined ? {} : { cause: thrown.cause }),
    ...(hint === undefined ? {} : { hint }),
    ...placeOf(pointer, thrown.pointer, resources, document),
  });
}

/** A limit that was not asked for, but goes with one that was, is where it was: in config.json. */
function placeOf(
  pointer: string,
  inConfig: string,
  resources: object,
  document: string | undefined,
): { pointer?: string; document?: string } {
  if (!has(resources, pointer)) return { pointer: inConfig };
  return document === undefined ? {} : { pointer, document };
}

function has(value: unknown, pointer: string): boolean {
  let at = value;
  for (const token of pointer.split("/").slice(1)) {
    if (at === null || typeof at !== "object") return false;
    at = (at as Readonly<Record<string, unknown>>)[token.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at !== undefined;
}
