import { type Finding, limited, missing, needed, ok } from "../finding.ts";
import type { CallFacts, Outcome } from "../read/calls.ts";
import type { KernelFacts } from "../read/kernel.ts";

/** The oldest kernel that tsrun is made for. */
const OLDEST = [5, 10] as const;
const newer = "boot a newer kernel";
const filter =
  "a seccomp filter around tsrun is older than the call (an outer container's profile): update the outer engine";

export function judgeKernel(kernel: KernelFacts): Finding[] {
  return [
    judgeRelease(kernel.release),
    judgeArchitecture(kernel.architecture),
    kernel.timeNamespaces
      ? ok("time namespaces", "there")
      : missing("time namespaces", "not in this kernel (CONFIG_TIME_NS)", {
          consequence: "containers with a namespace of the type time are refused",
          remedy: newer,
        }),
    kernel.keyrings
      ? ok("keyrings", "there")
      : limited("keyrings", "not in this kernel (CONFIG_KEYS)", {
          consequence: "containers get no session keyring of their own",
        }),
    judgePressure(kernel.pressure),
    judgeResctrl(kernel.resctrl),
  ];
}

function judgeRelease(release: string): Finding {
  const [major = 0, minor = 0] = release.split(".").map((part) => Number.parseInt(part, 10));
  const [leastMajor, leastMinor] = OLDEST;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok("release", release);
  return needed("release", release, {
    consequence: `tsrun is made for Linux ${OLDEST.join(".")} and later: below it calls are missing`,
    remedy: newer,
  });
}

function judgeArchitecture(architecture: string): Finding {
  if (architecture === "x64" || architecture === "arm64") return ok("architecture", architecture);
  return needed("architecture", architecture, { consequence: "tsrun has code for x86-64 and arm64 alone" });
}

function judgePressure(pressure: KernelFacts["pressure"]): Finding {
  const consequence = "events and stats tell nothing of what containers wait for";
  switch (pressure) {
    case "measured":
      return ok("pressure (PSI)", "measured");
    case "off":
      return limited("pressure (PSI)", "off", { consequence, remedy: "boot with psi=1" });
    case "none":
      return limited("pressure (PSI)", "not in this kernel (CONFIG_PSI)", { consequence });
  }
}

function judgeResctrl(resctrl: KernelFacts["resctrl"]): Finding {
  const name = "Intel RDT (resctrl)";
  const consequence = "containers with linux.intelRdt are refused";
  switch (resctrl) {
    case "mounted":
      return ok(name, "mounted");
    case "known":
      return missing(name, "not mounted", {
        consequence,
        remedy: "mount -t resctrl resctrl /sys/fs/resctrl, where the processor has it",
      });
    case "none":
      return missing(name, "not in this kernel", { consequence });
  }
}

/** Names of calls with what happens where one is not to be had; without some of them nothing goes. */
const calls: readonly (readonly [
  fact: keyof CallFacts,
  name: string,
  make: typeof limited,
  consequence: string,
])[] = [
  ["openat2", "openat2", limited, "paths in containers are walked name by name: slower, as safe"],
  [
    "clone3",
    "clone3",
    limited,
    "processes are moved into their cgroup after the clone: some ms slower on v2",
  ],
  ["mountApi", "mounts by descriptor", limited, "mounts are made by mount(2) through /proc/self/fd"],
  [
    "mountSetattr",
    "mount_setattr",
    missing,
    "recursive mount options (rro, rnosuid, …) and mounts with mapped ids are refused",
  ],
  ["pidfdOpen", "pidfd_open", needed, "the container's processes cannot be held"],
  ["pidfdSendSignal", "pidfd_send_signal", needed, "no signal reaches a container for sure"],
  ["closeRange", "close_range", limited, "descriptors are closed one by one: slower where many are open"],
  ["memfdCreate", "memfd_create", needed, "processes in containers cannot be sealed off from the executable"],
  ["seccompNotify", "seccomp notify", missing, "profiles with SCMP_ACT_NOTIFY are refused"],
];

export function judgeCalls(facts: CallFacts): Finding[] {
  const found = calls.map(([fact, name, make, consequence]) => {
    const outcome = String(facts[fact]);
    return outcome === ""
      ? ok(name, "works")
      : make(name, describe(outcome), adviceFor(outcome, consequence));
  });
  return [...found, judgeActions(facts.missingActions)];
}

function judgeActions(absent: readonly string[]): Finding {
  if (absent.length === 0) return ok("seccomp actions", "all");
  return missing("seccomp actions", `without ${absent.join(", ")}`, {
    consequence: "profiles that use them are refused",
    remedy: newer,
  });
}

/** What became of a call, in words. */
export function describe(outcome: Outcome): string {
  if (outcome === "ENOSYS") return "not there (ENOSYS)";
  return outcome === "EPERM" || outcome === "EACCES" ? `refused (${outcome})` : `fails (${outcome})`;
}

function adviceFor(outcome: Outcome, consequence: string) {
  return { consequence, remedy: outcome === "ENOSYS" ? `${newer}; or ${filter}` : filter };
}
