import { type Finding, limited, ok } from "../finding.ts";
import type { LimitFacts } from "../read/limits.ts";

/** Each with the least that leaves room for some hundred containers. */
const rules: readonly (readonly [
  fact: "pidMax" | "threadsMax" | "descriptors" | "inotifyInstances" | "inotifyWatches" | "mounts",
  name: string,
  least: number,
  consequence: string,
  remedy: string,
])[] = [
  ["pidMax", "pid_max", 32_768, "few processes in all containers together", "sysctl kernel.pid_max=4194304"],
  [
    "threadsMax",
    "threads-max",
    15_000,
    "few threads in all containers together",
    "sysctl kernel.threads-max",
  ],
  [
    "descriptors",
    "open files (hard)",
    4096,
    "programs that open many files fail; containers get their caller's limit",
    "LimitNOFILE= of the service, or /etc/security/limits.conf",
  ],
  [
    "inotifyInstances",
    "inotify instances",
    128,
    "programs that watch files fail where a user has many containers",
    "sysctl fs.inotify.max_user_instances=1024",
  ],
  [
    "inotifyWatches",
    "inotify watches",
    8192,
    "programs that watch many files fail",
    "sysctl fs.inotify.max_user_watches=524288",
  ],
  [
    "mounts",
    "mounts per namespace",
    10_000,
    "containers with many volumes fail",
    "sysctl fs.mount-max=100000",
  ],
];

export function judgeLimits(facts: LimitFacts): Finding[] {
  const found = rules.flatMap(([fact, name, least, consequence, remedy]) => {
    const value = facts[fact];
    if (value === undefined) return [];
    return [value >= least ? ok(name, text(value)) : limited(name, text(value), { consequence, remedy })];
  });
  return [...found, ...judgeKeys(facts)];
}

function text(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "no limit" : String(value);
}

/** A session keyring for each container is what uses them up. */
function judgeKeys({ maxKeys, keys = 0 }: LimitFacts): Finding[] {
  if (maxKeys === undefined) return [];
  const found = `${keys} of ${maxKeys}`;
  if (maxKeys - keys >= 100) return [ok("keys", found)];
  return [
    limited("keys", found, {
      consequence: "each container takes a keyring: create fails when none is left (EDQUOT)",
      remedy: "sysctl kernel.keys.maxkeys=20000, or create --no-new-keyring",
    }),
  ];
}
