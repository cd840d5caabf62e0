import { type Finding, limited, missing, ok } from "../finding.ts";
import type { CgroupFacts, CgroupPlace } from "../read/cgroups.ts";
import { describe } from "./kernel.ts";

/** Controllers behind linux.resources, and the property that each carries out. */
const controllers: Readonly<Record<string, string>> = {
  cpu: "cpu.shares and quota",
  cpuset: "cpu.cpus and mems",
  memory: "memory",
  pids: "pids",
  io: "blockIO",
  hugetlb: "hugepageLimits",
  rdma: "rdma",
};
/** As v1 calls them. */
const oldNames: Readonly<Record<string, string>> = { io: "blkio" };

/** @param isRoot whether this process is root of the host */
export function judgeCgroups(facts: CgroupFacts, isRoot: boolean): Finding[] {
  if (facts.mode === "none") {
    return [
      missing("mode", "no cgroups are mounted", {
        consequence: "limits are refused, and a container's processes are held by its pid namespace alone",
        remedy: "mount -t cgroup2 none /sys/fs/cgroup",
      }),
    ];
  }
  return [
    judgeMode(facts),
    judgeControllers(facts),
    judgePlaces(facts, isRoot),
    ...judgeSwap(facts.swap),
    ...judgeKill(facts.kill),
    ...(facts.mode === "v2" ? [judgeDevices(facts, isRoot)] : []),
  ];
}

function judgeMode({ mode }: CgroupFacts): Finding {
  if (mode === "v2") return ok("mode", "v2");
  const what = mode === "hybrid" ? "v1, with a v2 tree beside it" : "v1";
  return limited("mode", what, {
    consequence: "no resources.unified, no pressure, no cgroups for ordinary users",
    remedy: "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 alone",
  });
}

function judgeControllers({ mode, v1, v2 }: CgroupFacts): Finding {
  const there = new Set([...v1.flatMap((place) => place.controllers), ...(v2?.controllers ?? [])]);
  const absent = Object.keys(controllers).filter(
    (name) => !there.has(name) && !there.has(oldNames[name] ?? name),
  );
  const found = [...there].filter((name) => !name.startsWith("name=")).join(" ") || "none";
  if (absent.length === 0) return ok("controllers", found);
  const refused = absent.map((name) => controllers[name]).join(", ");
  return limited("controllers", `${found}; without ${absent.join(" ")}`, {
    consequence: `limits of ${refused} are refused`,
    remedy:
      mode === "v2"
        ? `echo +${absent[0]} to cgroup.subtree_control of the cgroups above ${v2?.directory}, where the kernel has it`
        : "the kernel lacks them (CONFIG_CGROUP_*), or boots without (cgroup_disable=)",
  });
}

/** Where the cgroups of containers without a cgroupsPath are made. */
function judgePlaces({ mode, v1, v2 }: CgroupFacts, isRoot: boolean): Finding {
  const places: readonly CgroupPlace[] = mode === "v2" ? (v2 === undefined ? [] : [v2]) : v1;
  const closed = places.filter(({ writable }) => !writable);
  const name = isRoot ? "writable" : "delegation";
  const [first] = places;
  if (closed.length === 0)
    return ok(name, places.length === 1 ? `${first?.directory}` : `${places.length} hierarchies`);
  return limited(name, `not writable: ${closed.map(({ directory }) => directory).join(" ")}`, {
    consequence: isRoot
      ? "containers cannot be made with cgroups"
      : "containers go without cgroups and limits, unless --systemd-cgroup asks the user's own systemd",
    remedy: isRoot
      ? "this is an outer container with read-only cgroups: give it writable ones, of its own namespace"
      : "on v2: systemd-run --user --scope -p Delegate=yes, or a cgroup that root has given to the user",
  });
}

function judgeSwap(swap: boolean | undefined): Finding[] {
  if (swap === undefined) return [];
  if (swap) return [ok("swap accounting", "on")];
  return [
    missing("swap accounting", "off", {
      consequence: "limits of memory.swap are refused",
      remedy: "boot with swapaccount=1",
    }),
  ];
}

function judgeKill(kill: boolean | undefined): Finding[] {
  if (kill === undefined) return [];
  if (kill) return [ok("cgroup.kill", "there")];
  return [
    limited("cgroup.kill", "not there (Linux 5.14)", {
      consequence: "the processes of a container are frozen and killed one by one",
    }),
  ];
}

function judgeDevices({ devices }: CgroupFacts, isRoot: boolean): Finding {
  if (devices === "") return ok("device rules (BPF)", "can be loaded");
  return limited("device rules (BPF)", describe(devices), {
    consequence: isRoot
      ? "containers with resources.devices are refused"
      : "resources.devices has no effect; a user namespace makes no devices anyhow",
    ...(isRoot ? { remedy: "CAP_SYS_ADMIN or CAP_BPF, and a kernel with CONFIG_CGROUP_BPF" } : {}),
  });
}
