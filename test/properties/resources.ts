import { by, type Evidence, each, type PropertyGroups, refused, together } from "./evidence.ts";

const effects = "integration/cgroups";
const limits = "integration/cgroups/limits";
const inside = "integration/resources";
const there = (what: string): Evidence =>
  by(limits, `the ${what} is in the container's cgroup once it is created`);
const readable = (what: string): Evidence => by(inside, `linux.resources.${what} can be read inside`);
const realtime = readable("cpu.realtimeRuntime and cpu.realtimePeriod");
const bytes = readable("blockIO.throttleReadBpsDevice and blockIO.throttleWriteBpsDevice");
const operations = readable("blockIO.throttleReadIOPSDevice and blockIO.throttleWriteIOPSDevice");
const leafWeight = (place: string): Evidence =>
  refused(
    "the kernel has no leaf weights since Linux 5.0 (on cgroup v2 a warning)",
    by(
      inside,
      `linux.resources.blockIO.${place} is not passed over in silence: the kernel has none since Linux 5.0`,
    ),
  );
const rdma = together(
  by(inside, "linux.resources.rdma is refused where the kernel has no such controller, and set where it has"),
  by("unit/cgroups/common/mappings", "toFiles() writes both limits"),
);

const rate = ["major", "minor", "rate"];

/** The limits of the container's cgroup. */
export const resourceProperties: PropertyGroups = {
  "linux.resources.devices": each(
    "linux.resources.devices[].",
    ["allow", "type", "major", "minor", "access"],
    by(
      "integration/devices",
      "the device cgroup refuses what no rule allows",
      "the device cgroup allows what a later rule allows",
      "the device cgroup refuses what a later rule takes back",
    ),
  ),
  "linux.resources.memory": {
    "linux.resources.memory.limit": together(
      there("memory limit"),
      there("memory without a limit"),
      by(effects, "the container reads its memory limit in its own cgroup mount"),
    ),
    "linux.resources.memory.reservation": there("memory reservation"),
    "linux.resources.memory.swap": together(
      there("limit of memory and swap"),
      readable("memory.swap"),
      by(effects, "the memory limit holds inside: what exceeds it is killed and the exit status says so"),
    ),
    "linux.resources.memory.kernel": by(
      inside,
      "linux.resources.memory.kernel is ignored with a warning, as the kernel has no such limit since Linux 5.16",
    ),
    "linux.resources.memory.kernelTCP": readable("memory.kernelTCP"),
    "linux.resources.memory.swappiness": readable("memory.swappiness"),
    "linux.resources.memory.disableOOMKiller": readable("memory.disableOOMKiller"),
    "linux.resources.memory.useHierarchy": readable("memory.useHierarchy"),
    "linux.resources.memory.checkBeforeUpdate": by(
      inside,
      "linux.resources.memory.checkBeforeUpdate changes nothing for a new container",
    ),
  },
  "linux.resources.cpu": {
    "linux.resources.cpu.shares": there("cpu shares"),
    "linux.resources.cpu.quota": there("cpu quota"),
    "linux.resources.cpu.period": together(there("cpu quota"), there("cpu period without a quota")),
    "linux.resources.cpu.burst": together(readable("cpu.burst"), there("cpu burst")),
    "linux.resources.cpu.realtimeRuntime": realtime,
    "linux.resources.cpu.realtimePeriod": realtime,
    "linux.resources.cpu.cpus": there("choice of cpus"),
    "linux.resources.cpu.mems": there("choice of cpus"),
    "linux.resources.cpu.idle": together(readable("cpu.idle"), there("cpu idleness")),
  },
  "linux.resources.pids": {
    "linux.resources.pids.limit": together(
      there("number of processes"),
      there("number of processes without a limit"),
      by(effects, "the pids limit holds inside"),
    ),
  },
  "linux.resources.blockIO": {
    "linux.resources.blockIO.weight": readable("blockIO.weight"),
    "linux.resources.blockIO.leafWeight": leafWeight("leafWeight"),
    ...each(
      "linux.resources.blockIO.weightDevice[].",
      ["major", "minor", "weight"],
      readable("blockIO.weightDevice"),
    ),
    "linux.resources.blockIO.weightDevice[].leafWeight": leafWeight("weightDevice[].leafWeight"),
    ...each("linux.resources.blockIO.throttleReadBpsDevice[].", rate, bytes),
    ...each("linux.resources.blockIO.throttleWriteBpsDevice[].", rate, bytes),
    ...each("linux.resources.blockIO.throttleReadIOPSDevice[].", rate, operations),
    ...each("linux.resources.blockIO.throttleWriteIOPSDevice[].", rate, operations),
  },
  "linux.resources.hugepageLimits": each(
    "linux.resources.hugepageLimits[].",
    ["pageSize", "limit"],
    readable("hugepageLimits"),
  ),
  "linux.resources.network": {
    "linux.resources.network.classID": readable("network.classID"),
    ...each("linux.resources.network.priorities[].", ["name", "priority"], readable("network.priorities")),
  },
  "linux.resources.rdma": each("linux.resources.rdma.*.", ["hcaHandles", "hcaObjects"], rdma),
  "linux.resources.unified": {
    "linux.resources.unified": together(
      by(inside, "linux.resources.unified sets files of cgroup v2, and is refused where there is v1"),
      by("unit/cgroups/v2/unified", "toFiles() writes a file line by line"),
    ),
  },
};
