import { toFiles } from "../../../../src/cgroups/v1/memory.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes the limit before that of memory and swap together",
    { memory: { swap: 200, limit: 100, reservation: 50 } },
    ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200", "memory.soft_limit_in_bytes=50"],
  ],
  [
    "takes the limit of swap off with that of memory",
    { memory: { limit: -1 } },
    ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"],
  ],
  [
    "keeps a limit of swap beside unlimited memory",
    { memory: { limit: -1, swap: 300 } },
    ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=300"],
  ],
  ["writes that of TCP buffers", { memory: { kernelTCP: 7 } }, ["memory.kmem.tcp.limit_in_bytes=7"]],
  ["writes nothing for kernel memory", { memory: { kernel: 7 } }, []],
  ["writes a swappiness of 0", { memory: { swappiness: 0 } }, ["memory.swappiness=0"]],
  ["turns the OOM killer off", { memory: { disableOOMKiller: true } }, ["memory.oom_control=1"]],
  ["leaves the OOM killer on", { memory: { disableOOMKiller: false } }, []],
  ["takes 0 for not set", { memory: { limit: 0, swap: 0, reservation: 0 } }, []],
]);
